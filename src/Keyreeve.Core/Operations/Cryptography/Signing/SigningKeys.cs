using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Keys made ready to sign and verify, kept with the opened key. A certificate verifies with its subject's key.</summary>
internal static class SigningKeys
{
    private static readonly EdwardsCurve[] EdwardsCurves = [EdwardsCurve.Ed25519, EdwardsCurve.Ed448];

    public static RsaPrivateKey Rsa(in UsableKey key) => RsaKeys.PrivateOf(key);

    public static RsaPublicKey RsaPublic(in UsableKey key) => RsaKeys.PublicOf(key);

    public static DsaPrivateKey Dsa(in UsableKey key) => key.Ready(
        (int)key.Object.Material!.KeyFormatType, static (material, format) => DsaForm.OpenPrivate((KeyFormatType)format, material));

    public static DsaPublicKey DsaPublic(in UsableKey key) => key.Object.ObjectType switch
    {
        ObjectType.PrivateKey => Dsa(key).PublicKey,
        ObjectType.Certificate => key.Ready(0, static (material, _) => DsaPublicKey.ImportSubjectPublicKeyInfo(KeyOfCertificate(material))),
        _ => key.Ready((int)key.Object.Material!.KeyFormatType, static (material, format) => DsaForm.OpenPublic((KeyFormatType)format, material)),
    };

    public static EcPrivateKey Ec(in UsableKey key) => key.Ready(
        (int)key.Object.Material!.KeyFormatType,
        static (material, format) => (KeyFormatType)format == KeyFormatType.PKCS8 ? EcPrivateKey.ImportPkcs8(material) : EcPrivateKey.ImportSec1(material));

    public static EcPublicKey EcPublic(in UsableKey key) => key.Object.ObjectType switch
    {
        ObjectType.PrivateKey => Ec(key).PublicKey,
        ObjectType.Certificate => key.Ready(0, static (material, _) => EcPublicKey.ImportSubjectPublicKeyInfo(KeyOfCertificate(material))),
        _ => key.Ready(0, static (material, _) =>
        {
            using var lease = material.Reveal();
            return EcPublicKey.ImportSubjectPublicKeyInfo(lease.Span);
        }),
    };

    public static EdwardsPrivateKey Edwards(in UsableKey key) => key.Ready(
        (int)CurveOf(key.Object), static (material, curve) => EdwardsPrivateKey.ImportPkcs8((EdwardsCurve)curve, material));

    public static EdwardsPublicKey EdwardsPublic(in UsableKey key) => key.Object.ObjectType switch
    {
        ObjectType.PrivateKey => Edwards(key).PublicKey,
        ObjectType.Certificate => key.Ready(
            (int)CurveOf(key.Object), static (material, curve) => EdwardsPublicKey.ImportSubjectPublicKeyInfo((EdwardsCurve)curve, KeyOfCertificate(material))),
        _ => key.Ready((int)CurveOf(key.Object), static (material, curve) =>
        {
            using var lease = material.Reveal();
            return EdwardsPublicKey.ImportSubjectPublicKeyInfo((EdwardsCurve)curve, lease.Span);
        }),
    };

    public static MlDsaKey MlDsa(in UsableKey key)
    {
        var algorithm = (int)PostQuantumForm.Require(key.Object.CryptographicAlgorithm);
        return key.Object.ObjectType switch
        {
            ObjectType.PrivateKey => key.Ready(algorithm, static (material, a) => MlDsaKey.Import((PostQuantumAlgorithm)a, isPrivate: true, material)),
            ObjectType.Certificate => key.Ready(algorithm, static (material, a) =>
            {
                using var encoded = SecretBytes.CopyFrom(KeyOfCertificate(material));
                return MlDsaKey.Import((PostQuantumAlgorithm)a, isPrivate: false, encoded);
            }),
            _ => key.Ready(algorithm, static (material, a) => MlDsaKey.Import((PostQuantumAlgorithm)a, isPrivate: false, material)),
        };
    }

    private static EdwardsCurve CurveOf(ManagedObject key) => EdwardsCurves[key.CryptographicAlgorithm == CryptographicAlgorithm.Ed25519 ? 0 : 1];

    /// <summary>The public key of a certificate, as SubjectPublicKeyInfo.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidObjectType"/>: it is not one of X.509.</exception>
    public static byte[] KeyOfCertificate(SecretBytes certificate)
    {
        try
        {
            using var lease = certificate.Reveal();
            using var x509 = X509CertificateLoader.LoadCertificate(lease.Span);
            return x509.PublicKey.ExportSubjectPublicKeyInfo();
        }
        catch (CryptographicException malformed)
        {
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The certificate is not one of X.509.", malformed);
        }
    }
}
