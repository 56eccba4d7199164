using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>
/// An authority's private key as it signs certificates: RSA with PKCS#1 v1.5, or ECDSA. The key never leaves locked memory.
/// </summary>
internal sealed class AuthorityKey : X509SignatureGenerator, IDisposable
{
    private readonly RsaPrivateKey? _rsa;
    private readonly EcPrivateKey? _ec;
    private readonly DigestAlgorithm _digest;

    private AuthorityKey(RsaPrivateKey? rsa, EcPrivateKey? ec)
    {
        _rsa = rsa;
        _ec = ec;
        _digest = ec?.Curve switch
        {
            EllipticCurve.P384 => DigestAlgorithm.Sha384,
            EllipticCurve.P521 => DigestAlgorithm.Sha512,
            _ => DigestAlgorithm.Sha256,
        };
    }

    /// <summary>The hash it signs with.</summary>
    public HashAlgorithmName HashAlgorithm => _digest switch
    {
        DigestAlgorithm.Sha384 => HashAlgorithmName.SHA384,
        DigestAlgorithm.Sha512 => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };

    /// <summary>Its public key.</summary>
    public PublicKey PublicHalf => BuildPublicKey();

    /// <summary>Opens a kept key.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>: it is of another algorithm.</exception>
    public static AuthorityKey Open(ManagedObject key, SecretBytes material)
    {
        var content = ObjectContent.Of(ObjectType.PrivateKey, key.Attributes, key.Material!.KeyFormatType, material, new WrittenForm(KeyFormatType.PKCS8));
        using var pkcs8 = content.Bytes!;
        return KeyForm.Of(key.Attributes) switch
        {
            RsaForm => OfRsa(pkcs8),
            EcForm => new AuthorityKey(null, EcPrivateKey.ImportPkcs8(pkcs8)),
            _ => throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "Certificates are signed by keys of RSA and of the curves of NIST."),
        };
    }

    /// <summary>Opens a key that has just been made.</summary>
    public static AuthorityKey OfRsa(SecretBytes pkcs8) =>
        new(RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8, RsaKeyPolicy.InsecureAllowSmallRsa), null);

    /// <inheritdoc/>
    public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
    {
        // spec: RFC 4055 §5 "the parameters component … MUST include a parameters field that contains NULL"; RFC 5758 §3.2: for ECDSA
        // "the encoding MUST omit the parameters field".
        var identifier = (_rsa is not null, _digest) switch
        {
            (true, _) => "1.2.840.113549.1.1.11",
            (_, DigestAlgorithm.Sha384) => "1.2.840.10045.4.3.3",
            (_, DigestAlgorithm.Sha512) => "1.2.840.10045.4.3.4",
            _ => "1.2.840.10045.4.3.2",
        };
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(identifier);
            if (_rsa is not null) writer.WriteNull();
        }

        return writer.Encode();
    }

    /// <inheritdoc/>
    public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => _rsa is not null
        ? RsaPkcs1Signature.Sign(_rsa, _digest, data)
        : Ecdsa.Sign(_ec!, _digest, data, EcdsaSignatureFormat.Der);

    /// <inheritdoc/>
    public void Dispose()
    {
        _rsa?.Dispose();
        _ec?.Dispose();
    }

    /// <inheritdoc/>
    protected override PublicKey BuildPublicKey() => PublicKey.CreateFromSubjectPublicKeyInfo(
        _rsa?.PublicKey.ExportSubjectPublicKeyInfo() ?? _ec!.PublicKey.ExportSubjectPublicKeyInfo(), out _);
}
