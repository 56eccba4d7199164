using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Renewal;

/// <summary>A private key that was made here, as its file has it: PKCS #8, PEM.</summary>
internal static class PrivateKeyPem
{
    private const string Label = "PRIVATE KEY";

    /// <summary>Writes it down; every copy on the way is wiped.</summary>
    public static SecretBytes Of(ECDsa key)
    {
        var der = key.ExportPkcs8PrivateKey();
        var pem = GC.AllocateUninitializedArray<char>(PemEncoding.GetEncodedSize(Label.Length, der.Length), pinned: true);
        try
        {
            _ = PemEncoding.TryWrite(Label, der, pem, out var length);
            return SecretBytes.Create(length + 1, (pem, length), static (bytes, from) =>
            {
                Encoding.ASCII.GetBytes(from.pem.AsSpan(0, from.length), bytes);
                bytes[^1] = (byte)'\n';
            });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            Array.Clear(pem);
        }
    }
}
