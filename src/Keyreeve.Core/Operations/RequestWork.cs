namespace Keyreeve.Core.Operations;

/// <summary>
/// How much computing one request may cost, all items of its batch together: what is expensive is estimated before it is done, in
/// microseconds of an ordinary processor, so that a machine under load answers as an idle one. The first expensive thing of a request
/// is bounded by its own operation alone. Thread safe.
/// </summary>
public sealed class RequestWork
{
    /// <summary>The most that one request may cost.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    private readonly Lock _spending = new();
    private long _spentInMicroseconds;

    /// <summary>What one password costs that is hashed by scrypt.</summary>
    internal const long Password = 50_000;

    /// <summary>An RSA key pair: with the length grow the numbers, and the time until there are two primes.</summary>
    internal static long RsaKeyPair(int lengthInBits)
    {
        var times2048 = lengthInBits / 2048.0;
        return (long)(200_000 * times2048 * times2048 * times2048 * times2048);
    }

    /// <summary>Iterations of PBKDF2.</summary>
    internal static long Iterations(long count) => count;

    /// <summary>Data that goes through a hash function.</summary>
    internal static long Hashing(long lengthInBytes) => lengthInBytes / 256;

    /// <summary>Parts of a split key: their arithmetic, and each is an object of its own.</summary>
    internal static long Parts(long multiplications, int parts) => (multiplications / 16) + (100L * parts);

    /// <summary>A prime of this length that is looked for or tested.</summary>
    internal static long Prime(int lengthInBytes)
    {
        var times256 = lengthInBytes / 256.0;
        return (long)(200_000 * times256 * times256 * times256);
    }

    /// <summary>Objects that are read to see whether they match.</summary>
    internal static long Candidates(int count) => 10L * count;

    // What costs more than this is out of the question anyway, and sums of it stay numbers.
    private const long MostCounted = 1L << 40;

    /// <summary>Takes some of it.</summary>
    /// <param name="microseconds">The estimate.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ServerLimitExceeded"/>: with what was done before it is more than one
    /// request may cost.</exception>
    public void Spend(long microseconds)
    {
        lock (_spending)
        {
            var after = _spentInMicroseconds + Math.Clamp(microseconds, 0, MostCounted);
            if (_spentInMicroseconds > 0 && after > Most.TotalMicroseconds)
                throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"This request as a whole asks for more than {Most.TotalSeconds:0} s of computing; ask for it in several requests.");
            _spentInMicroseconds = after;
        }
    }
}
