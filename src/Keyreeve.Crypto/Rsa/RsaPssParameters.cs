namespace Keyreeve.Crypto;

/// <summary>The choices of a PSS signature (RFC 8017 §9.1).</summary>
/// <param name="Digest">Hashes the message.</param>
/// <param name="MaskDigest">Hashes within MGF1; usually the same.</param>
/// <param name="SaltSizeInBytes">Length of the salt; usually the digest's. Verified exactly.</param>
public readonly record struct RsaPssParameters(DigestAlgorithm Digest, DigestAlgorithm MaskDigest, int SaltSizeInBytes)
{
    /// <summary>The usual choice for a digest: the same in MGF1, and a salt as long as it.</summary>
    public static RsaPssParameters Default(DigestAlgorithm digest) => new(digest, digest, digest.DigestSizeInBytes());
}
