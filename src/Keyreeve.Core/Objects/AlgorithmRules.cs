using System.Collections.Frozen;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Objects;

/// <summary>Which keys there may be: lengths of each algorithm, and what the mode of a key group refuses.</summary>
public static class AlgorithmRules
{
    /// <summary>Shortest RSA key in a strict group, in bits.</summary>
    public const int ShortestRsaInBits = 2048;

    // Larger ones take so long that a few of them stop a server.
    private const int LongestRsaInBits = 16384;
    private const int ShortestRsaInteropInBits = 512;

    // spec: NIST SP 800-131A Rev. 2 §10: HMAC keys below 112 bits are disallowed.
    private const int ShortestMacKeyInBits = 112;

    private static readonly FrozenDictionary<CryptographicAlgorithm, SymmetricRule> Symmetric = new Dictionary<CryptographicAlgorithm, SymmetricRule>
    {
        // 512 bits are the two keys of XTS-AES-256.
        [CryptographicAlgorithm.AES] = SymmetricRule.Of(128, 192, 256, 512),
        [CryptographicAlgorithm.Camellia] = SymmetricRule.Of(128, 192, 256),
        [CryptographicAlgorithm.ARIA] = SymmetricRule.Of(128, 192, 256),
        [CryptographicAlgorithm.Twofish] = SymmetricRule.Of(128, 192, 256),
        [CryptographicAlgorithm.SEED] = SymmetricRule.Of(128),
        [CryptographicAlgorithm.SM4] = SymmetricRule.Of(128),
        [CryptographicAlgorithm.ChaCha20] = SymmetricRule.Of(256),
        [CryptographicAlgorithm.ChaCha20Poly1305] = SymmetricRule.Of(256),
        [CryptographicAlgorithm.Poly1305] = SymmetricRule.Of(256),
        [CryptographicAlgorithm.GOSTR34132015] = SymmetricRule.Of(256),
        [CryptographicAlgorithm.HMACSHA1] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA224] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA256] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA384] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA512] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA3224] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA3256] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA3384] = SymmetricRule.Mac,
        [CryptographicAlgorithm.HMACSHA3512] = SymmetricRule.Mac,
        [CryptographicAlgorithm.OneTimePad] = SymmetricRule.Range(8, 1 << 20, isWeak: false),

        // Weak by the length of their keys or of their blocks, or broken.
        [CryptographicAlgorithm.HMACMD5] = SymmetricRule.Range(8, 1 << 14, isWeak: true),
        [CryptographicAlgorithm.DES] = SymmetricRule.Weak(56, 64),
        [CryptographicAlgorithm.TripleDES] = SymmetricRule.Weak(112, 128, 168, 192),
        [CryptographicAlgorithm.IDEA] = SymmetricRule.Weak(128),
        [CryptographicAlgorithm.SKIPJACK] = SymmetricRule.Weak(80),
        [CryptographicAlgorithm.GOST2814789] = SymmetricRule.Weak(256),
        [CryptographicAlgorithm.Blowfish] = SymmetricRule.Range(32, 448, isWeak: true),
        [CryptographicAlgorithm.CAST5] = SymmetricRule.Range(40, 128, isWeak: true),
        [CryptographicAlgorithm.MARS] = SymmetricRule.Range(128, 448, isWeak: true),
        [CryptographicAlgorithm.RC2] = SymmetricRule.Range(40, 1024, isWeak: true),
        [CryptographicAlgorithm.RC4] = SymmetricRule.Range(40, 2048, isWeak: true),
        [CryptographicAlgorithm.RC5] = SymmetricRule.Range(40, 2040, isWeak: true),
    }.ToFrozenDictionary();

    /// <summary>Checks a symmetric key's algorithm and length.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>: there is no such key;
    /// <see cref="KeyreeveError.RefusedByMode"/>: the group's mode refuses it.</exception>
    public static void CheckSymmetric(GroupMode mode, CryptographicAlgorithm algorithm, int lengthInBits)
    {
        if (!Symmetric.TryGetValue(algorithm, out var rule))
            throw Invalid($"{algorithm} is no algorithm of symmetric keys.");
        if (!rule.Allows(lengthInBits))
            throw Invalid($"{algorithm} has no keys of {lengthInBits} bits.");
        if (mode == GroupMode.InsecureInterop) return;
        if (rule.IsWeak || (rule.IsMac && lengthInBits < ShortestMacKeyInBits))
            throw Refused($"{algorithm} with {lengthInBits} bits");
    }

    /// <summary>Checks an RSA key's length.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>, <see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static void CheckRsa(GroupMode mode, int lengthInBits)
    {
        if (lengthInBits is < ShortestRsaInteropInBits or > LongestRsaInBits)
            throw Invalid($"RSA keys have {ShortestRsaInteropInBits} to {LongestRsaInBits} bits, not {lengthInBits}.");
        if (mode != GroupMode.InsecureInterop && lengthInBits < ShortestRsaInBits) throw Refused($"RSA with {lengthInBits} bits");
    }

    /// <summary>Refuses what the strict mode does not allow.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static void RequireInterop(GroupMode mode, string what)
    {
        if (mode != GroupMode.InsecureInterop) throw Refused(what);
    }

    /// <summary>How many bytes a symmetric key of a length has: the lengths of DES leave the parity bits out.</summary>
    public static int SizeInBytes(CryptographicAlgorithm algorithm, int lengthInBits) => (algorithm, lengthInBits) switch
    {
        (CryptographicAlgorithm.DES, _) => 8,
        (CryptographicAlgorithm.TripleDES, 112 or 128) => 16,
        (CryptographicAlgorithm.TripleDES, _) => 24,
        _ => lengthInBits / 8,
    };

    private static KeyreeveException Invalid(string message) => new(KeyreeveError.InvalidAttributeValue, message);

    private static KeyreeveException Refused(string what) => new(
        KeyreeveError.RefusedByMode, $"{what} is refused in a strict key group. Put the object into a group whose mode is 'interop', if it must be.");

    private sealed record SymmetricRule(IReadOnlyList<int> Lengths, int Least, int Most, bool IsWeak, bool IsMac)
    {
        public static SymmetricRule Mac { get; } = new([], 8, 1 << 14, IsWeak: false, IsMac: true);

        public static SymmetricRule Of(params int[] lengths) => new(lengths, 0, 0, IsWeak: false, IsMac: false);

        public static SymmetricRule Weak(params int[] lengths) => new(lengths, 0, 0, IsWeak: true, IsMac: false);

        public static SymmetricRule Range(int least, int most, bool isWeak) => new([], least, most, isWeak, IsMac: false);

        public bool Allows(int lengthInBits) =>
            Lengths.Count > 0 ? Lengths.Contains(lengthInBits) : lengthInBits % 8 == 0 && lengthInBits >= Least && lengthInBits <= Most;
    }
}
