using System.Collections.Frozen;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Objects;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Client.IdentityModel;

/// <summary>An algorithm of RFC 7518 §3.1, as KMIP and .NET call it.</summary>
internal sealed record SigningAlgorithm(HashAlgorithmName Hash, RSASignaturePadding? Padding, CryptographicParameters Parameters)
{
    private static readonly FrozenDictionary<string, SigningAlgorithm> ByName = new Dictionary<string, SigningAlgorithm>(StringComparer.Ordinal)
    {
        [SecurityAlgorithms.RsaSha256] = Pkcs1(HashAlgorithmName.SHA256, DigitalSignatureAlgorithm.SHA_256WithRSAEncryption),
        [SecurityAlgorithms.RsaSha384] = Pkcs1(HashAlgorithmName.SHA384, DigitalSignatureAlgorithm.SHA_384WithRSAEncryption),
        [SecurityAlgorithms.RsaSha512] = Pkcs1(HashAlgorithmName.SHA512, DigitalSignatureAlgorithm.SHA_512WithRSAEncryption),
        [SecurityAlgorithms.RsaSsaPssSha256] = Pss(HashAlgorithmName.SHA256, HashingAlgorithm.SHA_256, 32),
        [SecurityAlgorithms.RsaSsaPssSha384] = Pss(HashAlgorithmName.SHA384, HashingAlgorithm.SHA_384, 48),
        [SecurityAlgorithms.RsaSsaPssSha512] = Pss(HashAlgorithmName.SHA512, HashingAlgorithm.SHA_512, 64),
        [SecurityAlgorithms.EcdsaSha256] = new(HashAlgorithmName.SHA256, null, new() { DigitalSignatureAlgorithm = DigitalSignatureAlgorithm.ECDSAWithSHA256 }),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public bool IsRsa => Padding is not null;

    public static SigningAlgorithm? Find(string name) => ByName.GetValueOrDefault(name);

    private static SigningAlgorithm Pkcs1(HashAlgorithmName hash, DigitalSignatureAlgorithm algorithm) => new(
        hash, RSASignaturePadding.Pkcs1, new() { DigitalSignatureAlgorithm = algorithm, PaddingMethod = PaddingMethod.PKCS1V1_5 });

    // spec: RFC 7518 §3.5 "The size of the salt value is the same size as the hash function output."
    private static SigningAlgorithm Pss(HashAlgorithmName hash, HashingAlgorithm hashing, int saltSizeInBytes) => new(
        hash, RSASignaturePadding.Pss, new()
        {
            CryptographicAlgorithm = CryptographicAlgorithm.RSA, PaddingMethod = PaddingMethod.PSS, HashingAlgorithm = hashing,
            MaskGenerator = MaskGenerator.MGF1, MaskGeneratorHashingAlgorithm = hashing, SaltLength = saltSizeInBytes,
        });
}
