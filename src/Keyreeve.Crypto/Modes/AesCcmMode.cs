using System.Security.Cryptography;

namespace Keyreeve.Crypto;

//
//  AES in Counter mode with CBC-MAC (CCM)
//
//  References
//      RFC 3610, NIST SP 800-38C
//
//  Sizes
//      Key         16, 24 or 32 bytes
//      Nonce       7 to 13 bytes; a nonce of N bytes leaves room for messages below 2^(8·(15 - N)) bytes
//      Tag         4, 6, 8, 10, 12, 14 or 16 bytes
//

/// <summary>AES-CCM, for protocols that demand it; elsewhere use AeadKey. Thread safe.</summary>
internal static class AesCcmMode
{
    /// <summary>The shortest nonce, in bytes.</summary>
    public const int MinNonceSizeInBytes = 7;

    /// <summary>The longest nonce, in bytes.</summary>
    public const int MaxNonceSizeInBytes = 13;

    /// <summary>Encrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="nonce">7 to 13 bytes, never used before under this key.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="ciphertext">Takes the encrypted message; as long as the plaintext.</param>
    /// <param name="tag">Takes the tag; its length, 4 to 16 and even, chooses the tag size.</param>
    /// <param name="associatedData">What is authenticated beside the message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    // Six parameters, here and below: the shape of System.Security.Cryptography.AesCcm, which readers know.
    public static void Encrypt(
        SecretBytes key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> plaintext,
        Span<byte> ciphertext,
        Span<byte> tag,
        ReadOnlySpan<byte> associatedData = default)
    {
        RequireSizes(key, nonce, plaintext.Length, tag.Length);
        using var lease = key.Reveal();
        using var ccm = new AesCcm(lease.Span);
        ccm.Encrypt(nonce, plaintext, ciphertext, tag, associatedData);
    }

    /// <summary>Decrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="nonce">The nonce of the encryption.</param>
    /// <param name="ciphertext">The encrypted message.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="plaintext">Takes the message; as long as the ciphertext; all zero when the result is false.</param>
    /// <param name="associatedData">What was authenticated beside the message.</param>
    /// <returns>False when anything was changed.</returns>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static bool TryDecrypt(
        SecretBytes key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> ciphertext,
        ReadOnlySpan<byte> tag,
        Span<byte> plaintext,
        ReadOnlySpan<byte> associatedData = default)
    {
        RequireSizes(key, nonce, ciphertext.Length, tag.Length);
        using var lease = key.Reveal();
        using var ccm = new AesCcm(lease.Span);
        try
        {
            ccm.Decrypt(nonce, ciphertext, tag, plaintext, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            return false;
        }
    }

    private static void RequireSizes(SecretBytes key, ReadOnlySpan<byte> nonce, int messageLength, int tagLength)
    {
        _ = ModeCore.AesName(key, "CCM");
        if (nonce.Length is < MinNonceSizeInBytes or > MaxNonceSizeInBytes)
            throw new ArgumentException("A CCM nonce has 7 to 13 bytes.", nameof(nonce));
        if (tagLength is < 4 or > 16 || tagLength % 2 != 0)
            throw new ArgumentException("A CCM tag has 4, 6, 8, 10, 12, 14 or 16 bytes.", nameof(tagLength));

        // spec: RFC 3610 §2.1 "The length of the message is encoded in L octets", L being 15 less the nonce's length.
        var lengthFieldInBits = 8 * (15 - nonce.Length);
        if (lengthFieldInBits < 31 && messageLength >= 1 << lengthFieldInBits)
            throw new ArgumentException("The message is too long for a nonce of this length.", nameof(messageLength));
    }
}
