using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Encrypts a short secret to an X25519 recipient in the format of age, so that a custodian opens it with <c>age</c>. References: C2SP
/// age.md.
/// </summary>
internal static class AgeEncryption
{
    private const string HumanReadablePart = "age";
    private const int KeySizeInBytes = 32;
    private const int FileKeySizeInBytes = 16;
    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;
    private const MontgomeryCurve Curve = MontgomeryCurve.X25519;

    /// <summary>Reads <c>age1…</c>, Bech32 of the public key.</summary>
    public static bool TryParseRecipient(string text, [NotNullWhen(true)] out byte[]? publicKey) =>
        Bech32.TryDecode(text, HumanReadablePart, out publicKey) && publicKey.Length == KeySizeInBytes;

    /// <summary>Makes the whole file, of one chunk: at most 64 KiB.</summary>
    public static byte[] Encrypt(byte[] recipient, SecretBytes secret)
    {
        using var fileKey = SecretBytes.Random(FileKeySizeInBytes);
        // spec: age.md "The header starts with the version line", "The final line of the header starts with three hyphens"
        var header = $"age-encryption.org/v1\n{Stanza(recipient, fileKey)}---";
        using var macKey = Derive(fileKey, [], "header");
        byte[] mac;
        using (var lease = macKey.Reveal()) mac = HMACSHA256.HashData(lease.Span, Encoding.ASCII.GetBytes(header));
        return [.. Encoding.ASCII.GetBytes($"{header} {Base64(mac)}\n"), .. Payload(fileKey, secret)];
    }

    // spec: age.md "wrap key = HKDF-SHA-256(ikm = shared secret, salt = ephemeral share || recipient, info = age-encryption.org/v1/X25519)"
    private static string Stanza(byte[] recipient, SecretBytes fileKey)
    {
        using var peer = MontgomeryPublicKey.Import(Curve, recipient);
        using var ephemeral = MontgomeryPrivateKey.Generate(Curve);
        var share = ephemeral.PublicKey.Export();
        if (!Xdh.TryDeriveSharedSecret(ephemeral, peer, out var shared))
            throw new KeyreeveException(KeyreeveError.InvalidField, "A custodian's age recipient is a point of low order, to which anybody could open what is encrypted.");
        using (shared)
        {
            using var wrapKey = Derive(shared, [.. share, .. recipient], "age-encryption.org/v1/X25519");
            // The wrap key is used once, so its nonce may be fixed.
            return $"-> X25519 {Base64(share)}\n{Base64(Seal(wrapKey, new byte[NonceSizeInBytes], fileKey))}\n";
        }
    }

    // spec: age.md "the payload key = HKDF-SHA-256(ikm = file key, salt = nonce, info = payload)"; one chunk, which is the last:
    // counter(11) || 1
    private static byte[] Payload(SecretBytes fileKey, SecretBytes secret)
    {
        var salt = new byte[FileKeySizeInBytes];
        CryptoRandom.Fill(salt);
        using var payloadKey = Derive(fileKey, salt, "payload");
        var nonce = new byte[NonceSizeInBytes];
        nonce[^1] = 1;
        return [.. salt, .. Seal(payloadKey, nonce, secret)];
    }

    private static byte[] Seal(SecretBytes key, byte[] nonce, SecretBytes plaintext)
    {
        using var opened = key.Reveal();
        using var cipher = new ChaCha20Poly1305(opened.Span);
        using var lease = plaintext.Reveal();
        var bytes = new byte[lease.Span.Length + TagSizeInBytes];
        cipher.Encrypt(nonce, lease.Span, bytes.AsSpan(0, lease.Span.Length), bytes.AsSpan(lease.Span.Length));
        return bytes;
    }

    private static SecretBytes Derive(SecretBytes key, byte[] salt, string info) =>
        Hkdf.Derive(DigestAlgorithm.Sha256, key, salt, Encoding.ASCII.GetBytes(info), KeySizeInBytes);

    private static string Base64(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=');
}
