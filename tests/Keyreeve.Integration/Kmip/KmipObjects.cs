using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Objects;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>One object of each kind that all servers know, made for the run.</summary>
internal static class KmipObjects
{
    /// <summary>An AES key of these bytes.</summary>
    public static ManagedObject Aes(byte[] key) =>
        ManagedObject.FromKey(ObjectType.SymmetricKey, Block(KeyFormatType.Raw, key, CryptographicAlgorithm.AES, key.Length * 8));

    /// <summary>A key for HMAC with SHA-256 of these bytes.</summary>
    public static ManagedObject Hmac(byte[] key) =>
        ManagedObject.FromKey(ObjectType.SymmetricKey, Block(KeyFormatType.Raw, key, CryptographicAlgorithm.HMAC_SHA256, key.Length * 8));

    /// <summary>A password.</summary>
    public static ManagedObject Password(byte[] password) =>
        ManagedObject.FromSecretData(SecretDataType.Password, Block(KeyFormatType.Opaque, password, null, null));

    /// <summary>The private key of a pair.</summary>
    public static ManagedObject RsaPrivate(RSA pair) => Key(ObjectType.PrivateKey, KeyFormatType.PKCS_8, pair.ExportPkcs8PrivateKey());

    /// <summary>The objects, and what each is for.</summary>
    public static IEnumerable<(ManagedObject Object, CryptographicUsageMask? Mask)> All()
    {
        using var pair = RSA.Create(2048);
        var request = new CertificateRequest("CN=registered", pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));

        yield return (Aes(RandomNumberGenerator.GetBytes(32)), CryptographicUsageMask.Encrypt);
        yield return (Key(ObjectType.PublicKey, KeyFormatType.PKCS_1, pair.ExportRSAPublicKey()), CryptographicUsageMask.Verify);
        yield return (Key(ObjectType.PublicKey, KeyFormatType.X_509, pair.ExportSubjectPublicKeyInfo()), CryptographicUsageMask.Verify);
        yield return (Key(ObjectType.PrivateKey, KeyFormatType.PKCS_1, pair.ExportRSAPrivateKey()), CryptographicUsageMask.Sign);
        yield return (RsaPrivate(pair), CryptographicUsageMask.Sign);
        yield return (ManagedObject.FromCertificate(CertificateType.X_509, certificate.RawData), CryptographicUsageMask.Verify);
        yield return (Password("open sesame"u8.ToArray()), CryptographicUsageMask.Verify);
        yield return (ManagedObject.FromOpaque((OpaqueDataType)0x80000000, new byte[] { 0, 1, 255 }), null);
    }

    /// <summary>Asserts that an object came back as it was given.</summary>
    public static void AssertEqual(ManagedObject expected, ManagedObject actual)
    {
        Assert.Equal(expected.ObjectType, actual.ObjectType);
        Assert.Equal(expected.Content.ToArray(), actual.Content.ToArray());
        Assert.Equal((expected.CertificateType, expected.SecretDataType, expected.OpaqueDataType), (actual.CertificateType, actual.SecretDataType, actual.OpaqueDataType));
        if (expected.KeyBlock.KeyValue is not { } value) return;
        Assert.Equal(expected.KeyBlock.KeyFormatType, actual.KeyBlock.KeyFormatType);
        Assert.Equal((expected.KeyBlock.CryptographicAlgorithm, expected.KeyBlock.CryptographicLength), (actual.KeyBlock.CryptographicAlgorithm, actual.KeyBlock.CryptographicLength));
        Assert.Equal(value.KeyMaterial.AsBytes().ToArray(), actual.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());
    }

    private static ManagedObject Key(ObjectType type, KeyFormatType format, byte[] bytes) =>
        ManagedObject.FromKey(type, Block(format, bytes, CryptographicAlgorithm.RSA, 2048));

    private static KeyBlock Block(KeyFormatType format, byte[] bytes, CryptographicAlgorithm? algorithm, int? length) => new()
    {
        KeyFormatType = format,
        KeyValue = KeyValue.FromBytes(bytes),
        CryptographicAlgorithm = algorithm,
        CryptographicLength = length,
    };
}
