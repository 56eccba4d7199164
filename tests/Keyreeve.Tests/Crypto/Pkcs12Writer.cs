using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Tests.Crypto;

/// <summary>Writes containers as others do: a shrouded key within contents that are encrypted as a whole. RFC 7292, RFC 8018.</summary>
internal static class Pkcs12Writer
{
    private const string Data = "1.2.840.113549.1.7.1", EncryptedData = "1.2.840.113549.1.7.6", ShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
    private const int Iterations = 1000;
    private static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>The container, with HMAC-SHA-256 as its MAC.</summary>
    public static byte[] WithShroudedKey(byte[] encryptedPrivateKeyInfo, string password)
    {
        var safe = Sequence(w => WriteContent(w, EncryptedData, inner => inner.WriteEncodedValue(Encrypted(SafeContents(encryptedPrivateKeyInfo), password))));
        return Sequence(w =>
        {
            w.WriteInteger(3);
            WriteContent(w, Data, inner => inner.WriteOctetString(safe));
            WriteMac(w, safe, password);
        });
    }

    private static byte[] SafeContents(byte[] encryptedPrivateKeyInfo) =>
        Sequence(w => WriteContent(w, ShroudedKeyBag, inner => inner.WriteEncodedValue(encryptedPrivateKeyInfo)));

    private static byte[] Encrypted(byte[] contents, string password)
    {
        var (salt, iv) = (RandomNumberGenerator.GetBytes(16), RandomNumberGenerator.GetBytes(16));
        using var aes = Aes.Create();
        aes.Key = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        var ciphertext = aes.EncryptCbc(contents, iv);
        return Sequence(w =>
        {
            w.WriteInteger(0);
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(Data);
                WritePbes2(w, salt, iv);
                w.WriteOctetString(ciphertext, new Asn1Tag(TagClass.ContextSpecific, 0));
            }
        });
    }

    private static void WritePbes2(AsnWriter writer, byte[] salt, byte[] iv)
    {
        using var algorithm = writer.PushSequence();
        writer.WriteObjectIdentifier("1.2.840.113549.1.5.13");
        using var parameters = writer.PushSequence();
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("1.2.840.113549.1.5.12");
            using var derivation = writer.PushSequence();
            writer.WriteOctetString(salt);
            writer.WriteInteger(Iterations);
            using var function = writer.PushSequence();
            writer.WriteObjectIdentifier("1.2.840.113549.2.9");
            writer.WriteNull();
        }

        using var cipher = writer.PushSequence();
        writer.WriteObjectIdentifier("2.16.840.1.101.3.4.1.42");
        writer.WriteOctetString(iv);
    }

    private static void WriteMac(AsnWriter writer, byte[] safe, string password)
    {
        var salt = RandomNumberGenerator.GetBytes(8);
        using var mac = writer.PushSequence();
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("2.16.840.1.101.3.4.2.1");
                writer.WriteNull();
            }

            writer.WriteOctetString(HMACSHA256.HashData(MacKey(password, salt), safe));
        }

        writer.WriteOctetString(salt);
        writer.WriteInteger(Iterations);
    }

    // RFC 7292 appendix B.2 with ID 3 and SHA-256, of which one block is enough.
    private static byte[] MacKey(string password, byte[] salt)
    {
        const int blockSize = 64;
        var diversifier = Enumerable.Repeat((byte)3, blockSize);
        var bytes = SHA256.HashData([.. diversifier, .. Fill(salt), .. Fill(Encoding.BigEndianUnicode.GetBytes(password + '\0'))]);
        for (var i = 1; i < Iterations; i++) bytes = SHA256.HashData(bytes);
        return bytes;

        static IEnumerable<byte> Fill(byte[] piece) =>
            Enumerable.Range(0, (piece.Length + blockSize - 1) / blockSize * blockSize).Select(i => piece[i % piece.Length]);
    }

    private static void WriteContent(AsnWriter writer, string type, Action<AsnWriter> content)
    {
        using var sequence = writer.PushSequence();
        writer.WriteObjectIdentifier(type);
        using var tagged = writer.PushSequence(Zero);
        content(writer);
    }

    private static byte[] Sequence(Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence()) content(writer);
        return writer.Encode();
    }
}
