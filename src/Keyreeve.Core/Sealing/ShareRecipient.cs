using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// A custodian's public key, to which a share is encrypted before it leaves the server: an RSA key or certificate in PEM, or a recipient of
/// age. What comes out is opened with <c>openssl pkeyutl</c> or <c>age</c>, and with nothing of ours.
/// </summary>
public abstract class ShareRecipient : IDisposable
{
    /// <summary>Encrypts a share's text.</summary>
    public abstract byte[] Encrypt(SecretBytes share);

    /// <summary>Releases the key.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Reads a public key.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none of those, or a weak one.</exception>
    public static ShareRecipient Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        if (AgeEncryption.TryParseRecipient(trimmed, out var age)) return new Age(age);
        try
        {
            if (PemEncoding.TryFind(trimmed, out var fields)) return ReadPem(trimmed, fields);
        }
        catch (Exception malformed) when (malformed is InvalidKeyException or CryptographicException or FormatException)
        {
            throw Refused(malformed.Message, malformed);
        }

        throw Refused("it is neither PEM nor an age recipient (age1…).", cause: null);
    }

    private static Rsa ReadPem(string text, PemFields fields)
    {
        var der = Convert.FromBase64String(text[fields.Base64Data]);
        return text[fields.Label] switch
        {
            "PUBLIC KEY" => new Rsa(RsaPublicKey.ImportSubjectPublicKeyInfo(der)),
            "RSA PUBLIC KEY" => new Rsa(RsaPublicKey.ImportPkcs1(der)),
            "CERTIFICATE" => FromCertificate(der),
            var other => throw new FormatException($"it is a '{other}'."),
        };
    }

    private static Rsa FromCertificate(byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return new Rsa(RsaPublicKey.ImportSubjectPublicKeyInfo(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }

    private static KeyreeveException Refused(string why, Exception? cause) => new(
        KeyreeveError.InvalidField, $"A custodian's public key is an RSA key or certificate of 2048 bits or more, in PEM, or an age recipient: {why}", cause);

    private sealed class Rsa(RsaPublicKey key) : ShareRecipient
    {
        public override byte[] Encrypt(SecretBytes share)
        {
            using var lease = share.Reveal();
            return RsaOaep.Encrypt(key, RsaOaepParameters.Default(DigestAlgorithm.Sha256), lease.Span);
        }

        public override void Dispose()
        {
            key.Dispose();
            base.Dispose();
        }
    }

    private sealed class Age(byte[] recipient) : ShareRecipient
    {
        public override byte[] Encrypt(SecretBytes share) => AgeEncryption.Encrypt(recipient, share);
    }
}
