using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  GMAC: AES-GCM with an empty plaintext
//
//  References
//      NIST SP 800-38D
//
//  Sizes
//      Key     16, 24 or 32 bytes
//      Nonce   1 to 128 bytes; 12 is the length it is made for
//      Tag     16 bytes
//
//  Unlike CMAC and HMAC it needs a nonce, and one that is used twice under a key lets anyone forge codes from then on.
//

/// <summary>A message authentication code made with AES-GCM. Thread safe.</summary>
internal static class AesGmac
{
    /// <summary>Length of the code, in bytes.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>The longest nonce, in bytes.</summary>
    public const int MaxNonceSizeInBytes = 128;

    /// <summary>Computes the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="nonce">1 to 128 bytes, never used before under this key.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Compute(SecretBytes key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> message)
    {
        var name = ModeCore.AesName(key, "GCM");
        if (nonce.Length is < 1 or > MaxNonceSizeInBytes)
            throw new ArgumentException("A GMAC nonce has 1 to 128 bytes.", nameof(nonce));
        using var lease = key.Reveal();
        using var gcm = CipherContext.StartWithIvLength(name, lease.Span, nonce, CipherDirection.Encrypt);
        gcm.Authenticate(message);
        if (!gcm.TryFinal(default, out _))
            throw LibCrypto.Failure();
        var tag = new byte[TagSizeInBytes];
        gcm.GetTag(tag);
        return tag;
    }

    /// <summary>Checks the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="nonce">The nonce of the computation.</param>
    /// <param name="message">The message.</param>
    /// <param name="tag">The code that came with it.</param>
    /// <returns>False when anything is not as it was in the computation.</returns>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static bool Verify(SecretBytes key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag) =>
        CryptographicOperations.FixedTimeEquals(Compute(key, nonce, message), tag);
}
