using System.Collections.Frozen;
using Keyreeve.Core.Objects;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>CKF of CK_MECHANISM_INFO: what a mechanism does.</summary>
[Flags]
internal enum Pkcs11Does : ulong
{
    None = 0,
    Encrypt = 0x00000100,
    Decrypt = 0x00000200,
    Digest = 0x00000400,
    Sign = 0x00000800,
    Verify = 0x00002000,
}

/// <summary>What a mechanism is, of this library.</summary>
internal enum Pkcs11Scheme
{
    None = 0,
    BlockCipher,
    AuthenticatedCipher,
    RsaOaep,
    Digest,
    Mac,
    RsaSignature,
    Ecdsa,
    Eddsa,
}

/// <summary>A mechanism: CKM_… and the KMIP operation's parameters that it stands for.</summary>
internal sealed record Pkcs11Mechanism
{
    private const int AesBlockInBytes = 16;
    private const int BitsPerByte = 8;

    /// <summary>The mechanisms, by number.</summary>
    public static FrozenDictionary<ulong, Pkcs11Mechanism> All { get; } = Rows().ToFrozenDictionary(row => row.Type);

    /// <summary>CK_MECHANISM_TYPE.</summary>
    public required ulong Type { get; init; }

    public required Pkcs11Scheme Scheme { get; init; }

    public required Pkcs11Does Does { get; init; }

    /// <summary>The shortest and longest key: in bytes for AES and HMAC, in bits otherwise, as PKCS#11 has it; 0 without a key.</summary>
    public (ulong Shortest, ulong Longest) KeySize { get; init; }

    /// <summary>Of which algorithms the key may be.</summary>
    public IReadOnlyList<CryptographicAlgorithm> Keys { get; init; } = [];

    public BlockCipherMode Mode { get; init; }

    public PaddingMethod Padding { get; init; }

    public HashingAlgorithm Hash { get; init; }

    /// <summary>The algorithm of an HMAC.</summary>
    public CryptographicAlgorithm Mac { get; init; }

    /// <summary>The length of the digest or MAC, in bytes.</summary>
    public int OutputSizeInBytes { get; init; }

    /// <summary>The Cryptographic Usage Mask that the key needs for what is begun.</summary>
    public CryptographicUsageMask UsageFor(Pkcs11Function init) => (init, Scheme) switch
    {
        (Pkcs11Function.EncryptInit, _) => CryptographicUsageMask.Encrypt,
        (Pkcs11Function.DecryptInit, _) => CryptographicUsageMask.Decrypt,
        (Pkcs11Function.SignInit, Pkcs11Scheme.Mac) => CryptographicUsageMask.MACGenerate,
        (Pkcs11Function.VerifyInit, Pkcs11Scheme.Mac) => CryptographicUsageMask.MACVerify,
        (Pkcs11Function.SignInit, _) => CryptographicUsageMask.Sign,
        _ => CryptographicUsageMask.Verify,
    };

    /// <summary>How long the output is, or may be at most, before it is computed.</summary>
    public int OutputFor(Pkcs11Function function, Pkcs11Use use, int inputLength)
    {
        var key = ((use.Key?.LengthInBits ?? 0) + BitsPerByte - 1) / BitsPerByte;
        return (Scheme, function) switch
        {
            (Pkcs11Scheme.BlockCipher, Pkcs11Function.Encrypt) when Padding == PaddingMethod.PKCS5 => checked((inputLength / AesBlockInBytes * AesBlockInBytes) + AesBlockInBytes),
            (Pkcs11Scheme.BlockCipher, _) => inputLength,
            (Pkcs11Scheme.AuthenticatedCipher, Pkcs11Function.Encrypt) => checked(inputLength + use.Parameter.TagSizeInBytes),
            (Pkcs11Scheme.AuthenticatedCipher, _) => Math.Max(0, inputLength - use.Parameter.TagSizeInBytes),
            (Pkcs11Scheme.Ecdsa, _) => 2 * key,
            (Pkcs11Scheme.Eddsa, _) => use.Key!.LengthInBits > 256 ? 114 : 64,
            (Pkcs11Scheme.Digest or Pkcs11Scheme.Mac, _) => OutputSizeInBytes,
            _ => key,
        };
    }

    private static IEnumerable<Pkcs11Mechanism> Rows() => [.. Ciphers(), .. Digests(), .. Macs(), .. Signatures()];

    private static IEnumerable<Pkcs11Mechanism> Ciphers()
    {
        yield return Aes(0x1081, BlockCipherMode.ECB, PaddingMethod.None);
        yield return Aes(0x1082, BlockCipherMode.CBC, PaddingMethod.None);
        yield return Aes(0x1085, BlockCipherMode.CBC, PaddingMethod.PKCS5);
        yield return Aes(0x1087, BlockCipherMode.GCM, PaddingMethod.NotSet) with { Scheme = Pkcs11Scheme.AuthenticatedCipher };
        yield return Rsa(0x0009, PaddingMethod.OAEP, HashingAlgorithm.NotSet) with { Scheme = Pkcs11Scheme.RsaOaep, Does = Pkcs11Does.Encrypt | Pkcs11Does.Decrypt };
    }

    private static IEnumerable<Pkcs11Mechanism> Digests()
    {
        yield return Digest(0x220, HashingAlgorithm.SHA1, 20);
        yield return Digest(0x255, HashingAlgorithm.SHA224, 28);
        yield return Digest(0x250, HashingAlgorithm.SHA256, 32);
        yield return Digest(0x260, HashingAlgorithm.SHA384, 48);
        yield return Digest(0x270, HashingAlgorithm.SHA512, 64);
        yield return Digest(0x2B5, HashingAlgorithm.SHA3224, 28);
        yield return Digest(0x2B0, HashingAlgorithm.SHA3256, 32);
        yield return Digest(0x2C0, HashingAlgorithm.SHA3384, 48);
        yield return Digest(0x2D0, HashingAlgorithm.SHA3512, 64);
    }

    private static IEnumerable<Pkcs11Mechanism> Macs()
    {
        yield return Hmac(0x221, CryptographicAlgorithm.HMACSHA1, 20);
        yield return Hmac(0x256, CryptographicAlgorithm.HMACSHA224, 28);
        yield return Hmac(0x251, CryptographicAlgorithm.HMACSHA256, 32);
        yield return Hmac(0x261, CryptographicAlgorithm.HMACSHA384, 48);
        yield return Hmac(0x271, CryptographicAlgorithm.HMACSHA512, 64);
        yield return Aes(0x108A, BlockCipherMode.CMAC, PaddingMethod.NotSet) with
        {
            Scheme = Pkcs11Scheme.Mac,
            Does = Pkcs11Does.Sign | Pkcs11Does.Verify,
            OutputSizeInBytes = AesBlockInBytes,
        };
    }

    private static IEnumerable<Pkcs11Mechanism> Signatures()
    {
        foreach (var (pkcs1, pss, ecdsa, hash) in HashedSignatures)
        {
            yield return Rsa(pkcs1, PaddingMethod.PKCS1V15, hash);
            yield return Rsa(pss, PaddingMethod.PSS, hash);
            yield return new()
            {
                Type = ecdsa, Scheme = Pkcs11Scheme.Ecdsa, Does = Pkcs11Does.Sign | Pkcs11Does.Verify, KeySize = (256, 521),
                Keys = [CryptographicAlgorithm.EC, CryptographicAlgorithm.ECDSA], Hash = hash,
            };
        }

        yield return new()
        {
            Type = 0x1057, Scheme = Pkcs11Scheme.Eddsa, Does = Pkcs11Does.Sign | Pkcs11Does.Verify, KeySize = (256, 456),
            Keys = [CryptographicAlgorithm.Ed25519, CryptographicAlgorithm.Ed448],
        };
    }

    private static IEnumerable<(ulong Pkcs1, ulong Pss, ulong Ecdsa, HashingAlgorithm Hash)> HashedSignatures =>
    [
        (0x40, 0x43, 0x1044, HashingAlgorithm.SHA256),
        (0x41, 0x44, 0x1045, HashingAlgorithm.SHA384),
        (0x42, 0x45, 0x1046, HashingAlgorithm.SHA512),
    ];

    private static Pkcs11Mechanism Aes(ulong type, BlockCipherMode mode, PaddingMethod padding) => new()
    {
        Type = type, Scheme = Pkcs11Scheme.BlockCipher, Does = Pkcs11Does.Encrypt | Pkcs11Does.Decrypt, KeySize = (16, 32),
        Keys = [CryptographicAlgorithm.AES], Mode = mode, Padding = padding,
    };

    private static Pkcs11Mechanism Rsa(ulong type, PaddingMethod padding, HashingAlgorithm hash) => new()
    {
        Type = type, Scheme = Pkcs11Scheme.RsaSignature, Does = Pkcs11Does.Sign | Pkcs11Does.Verify, KeySize = (2048, 8192),
        Keys = [CryptographicAlgorithm.RSA], Padding = padding, Hash = hash,
    };

    private static Pkcs11Mechanism Digest(ulong type, HashingAlgorithm hash, int size) =>
        new() { Type = type, Scheme = Pkcs11Scheme.Digest, Does = Pkcs11Does.Digest, Hash = hash, OutputSizeInBytes = size };

    private static Pkcs11Mechanism Hmac(ulong type, CryptographicAlgorithm algorithm, int size) => new()
    {
        Type = type, Scheme = Pkcs11Scheme.Mac, Does = Pkcs11Does.Sign | Pkcs11Does.Verify, KeySize = (16, 512), Keys = [algorithm], Mac = algorithm, OutputSizeInBytes = size,
    };
}
