using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  PBKDF2
//
//  References
//      RFC 8018 §5.2, NIST SP 800-132
//
//  Sizes
//      Password     any
//      Salt         1 byte to 1 MiB; 16 bytes for anything new
//      Iterations   1 to 100,000,000; 600,000 and more for anything new with SHA-256
//      Output       1 byte to 1 MiB
//
//  By OpenSSL and not by .NET, which knows no SHA-224, SHA-512/224 and SHA-512/256. Guessing takes no memory, so scrypt is
//  the better choice wherever the standard leaves one.
//

/// <summary>PBKDF2 with HMAC: makes a key of a password. Thread safe.</summary>
public static class Pbkdf2
{
    /// <summary>The most iterations that are taken; whoever sets them must not stop the host.</summary>
    public const int MaxIterations = 100_000_000;

    private const int MaxSizeInBytes = 1024 * 1024;

    /// <summary>Derives a key; the caller disposes it.</summary>
    /// <param name="digest">The hash function of the HMAC.</param>
    /// <param name="password">The password.</param>
    /// <param name="salt">Random bytes, others for each password.</param>
    /// <param name="iterations">How much work it takes.</param>
    /// <param name="sizeInBytes">Length of the key.</param>
    /// <exception cref="ArgumentException">A size or a number is not permitted.</exception>
    public static SecretBytes Derive(
        DigestAlgorithm digest, SecretBytes password, ReadOnlySpan<byte> salt, int iterations, int sizeInBytes)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (salt.Length is < 1 or > MaxSizeInBytes)
            throw new ArgumentException("A salt has 1 byte to 1 MiB.", nameof(salt));
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(iterations, MaxIterations);
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeInBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeInBytes, MaxSizeInBytes);
        using var lease = password.Reveal();
        var call = new Call(DigestHandle.Of(digest), lease.Span, salt, iterations);
        return SecretBytes.Create(sizeInBytes, call, static (bytes, c) => c.Run(bytes));
    }

    private readonly ref struct Call(DigestHandle digest, ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations)
    {
        private readonly ReadOnlySpan<byte> _password = password;
        private readonly ReadOnlySpan<byte> _salt = salt;

        public unsafe void Run(Span<byte> destination)
        {
            byte nothing = 0;
            fixed (byte* pass = _password, salted = _salt, output = destination)
            {
                var source = pass == null ? &nothing : pass;
                LibCrypto.Require(LibCrypto.Pbkdf2(
                    source, _password.Length, salted, _salt.Length, iterations, digest, destination.Length, output));
            }
        }
    }
}
