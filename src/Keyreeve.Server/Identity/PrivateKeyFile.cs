using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Server.Identity;

/// <summary>Private keys of certificates in PEM files that nobody else may read.</summary>
internal static class PrivateKeyFile
{
    private const string EllipticCurve = "1.2.840.10045.2.1";

    /// <summary>The certificate with its key.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="PrivateFileException">Others may read it.</exception>
    /// <exception cref="CryptographicException">It is not the key of that certificate.</exception>
    public static X509Certificate2 WithKey(X509Certificate2 certificate, string keyFile)
    {
        using var pem = PrivateFile.ReadSecret(keyFile);
        // An array of our own, so that the key's text is wiped and never a string.
        var text = GC.AllocateUninitializedArray<char>(pem.LengthInBytes, pinned: true);
        try
        {
            using (var lease = pem.Reveal()) Encoding.Latin1.GetChars(lease.Span, text);
            using AsymmetricAlgorithm key = certificate.PublicKey.Oid.Value is EllipticCurve ? ECDsa.Create() : RSA.Create();
            key.ImportFromPem(text);
            return key is ECDsa curve ? certificate.CopyWithPrivateKey(curve) : certificate.CopyWithPrivateKey((RSA)key);
        }
        catch (Exception malformed) when (malformed is ArgumentException or CryptographicException)
        {
            throw new CryptographicException($"'{keyFile}' is not the private key, in PEM and not encrypted, of the certificate", malformed);
        }
        finally
        {
            Array.Clear(text);
        }
    }
}
