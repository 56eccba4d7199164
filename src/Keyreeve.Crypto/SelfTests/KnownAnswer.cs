using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>A computation whose result is known, from elsewhere.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="Compute">Computes it; nothing, or an exception, if it goes wrong.</param>
/// <param name="Expected">What has to come out, in hexadecimal digits.</param>
public sealed record KnownAnswer(string Name, Func<byte[]> Compute, string Expected)
{
    /// <summary>Known answers of every algorithm that this library offers on this machine.</summary>
    public static IReadOnlyList<KnownAnswer> All { get; } =
    [
        .. KnownDigests.All(),
        .. KnownCiphers.All().Where(static answer => AeadAlgorithm.XChaCha20Poly1305.IsAvailable || !answer.Name.StartsWith("XChaCha20", StringComparison.Ordinal)),
        .. KnownPairs.All(),
        .. KnownPostQuantum.All().Where(static answer => answer.Name.StartsWith("ML-KEM", StringComparison.Ordinal)
            ? PostQuantumAlgorithm.MlKem768.IsAvailable() : PostQuantumAlgorithm.MlDsa65.IsAvailable()),
    ];

    /// <summary>Whether the right thing comes out.</summary>
    internal bool Holds()
    {
        try
        {
            return Compute().AsSpan().SequenceEqual(Convert.FromHexString(Expected));
        }
        // Whatever a broken algorithm throws, it is broken.
        catch (Exception broken) when (broken is CryptographicException or ArgumentException or InvalidOperationException or InvalidKeyException or DllNotFoundException)
        {
            return false;
        }
    }
}

/// <summary>Runs known answers.</summary>
public static class SelfTest
{
    /// <summary>Runs them all.</summary>
    /// <param name="answers">Which; <see cref="KnownAnswer.All"/> in earnest.</param>
    /// <param name="time">Measures how long it takes.</param>
    public static SelfTestReport Run(IReadOnlyList<KnownAnswer> answers, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(time);
        var began = time.GetTimestamp();
        var results = answers.Select(static answer => new SelfTestResult(answer.Name, answer.Holds())).ToList();
        return new SelfTestReport(time.GetUtcNow(), time.GetElapsedTime(began), results);
    }
}

/// <summary>What known answers said.</summary>
/// <param name="Time">When.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Results">One for each; none is no success.</param>
public sealed record SelfTestReport(DateTimeOffset Time, TimeSpan Took, IReadOnlyList<SelfTestResult> Results)
{
    /// <summary>Whether all came out right.</summary>
    public bool HasPassed => Results.Count > 0 && Results.All(static result => result.HasPassed);

    /// <summary>The algorithms whose answers did not come out.</summary>
    public IEnumerable<string> Failed => Results.Where(static result => !result.HasPassed).Select(static result => result.Name);
}

/// <summary>What one known answer said.</summary>
/// <param name="Name">The algorithm.</param>
/// <param name="HasPassed">Whether it came out right.</param>
public sealed record SelfTestResult(string Name, bool HasPassed);
