using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>The standard's Hashing Algorithms as the hash functions that there are.</summary>
internal static class Digests
{
    /// <summary>The hash function.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static DigestAlgorithm Of(HashingAlgorithm hash) => hash switch
    {
        HashingAlgorithm.SHA1 => DigestAlgorithm.Sha1,
        HashingAlgorithm.SHA224 => DigestAlgorithm.Sha224,
        HashingAlgorithm.SHA256 => DigestAlgorithm.Sha256,
        HashingAlgorithm.SHA384 => DigestAlgorithm.Sha384,
        HashingAlgorithm.SHA512 => DigestAlgorithm.Sha512,
        HashingAlgorithm.SHA512224 => DigestAlgorithm.Sha512_224,
        HashingAlgorithm.SHA512256 => DigestAlgorithm.Sha512_256,
        HashingAlgorithm.SHA3224 => DigestAlgorithm.Sha3_224,
        HashingAlgorithm.SHA3256 => DigestAlgorithm.Sha3_256,
        HashingAlgorithm.SHA3384 => DigestAlgorithm.Sha3_384,
        HashingAlgorithm.SHA3512 => DigestAlgorithm.Sha3_512,
        _ => throw CipherChoice.NotSupported($"Hashing Algorithm {hash} is not offered"),
    };

    /// <summary>The hash function, in interop groups one that nobody should use any more as well.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>;
    /// <see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static DigestAlgorithm Of(HashingAlgorithm hash, GroupMode mode)
    {
        DigestAlgorithm weak;
        switch (hash)
        {
            case HashingAlgorithm.MD5:
                weak = DigestAlgorithm.InsecureMd5;
                break;
            case HashingAlgorithm.RIPEMD160:
                weak = DigestAlgorithm.InsecureRipemd160;
                break;
            default:
                return Of(hash);
        }

        AlgorithmRules.RequireInterop(mode, $"The Hashing Algorithm {hash}");
        return weak;
    }

    /// <summary>The hash function of OAEP: SHA-1 where none is stated, in which it is sound. RFC 8017 §A.2.1.</summary>
    public static DigestAlgorithm OrSha1(HashingAlgorithm hash) => hash == HashingAlgorithm.NotSet ? DigestAlgorithm.Sha1 : Of(hash);
}
