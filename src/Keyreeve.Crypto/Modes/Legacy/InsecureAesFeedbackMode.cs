using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  AES in Cipher Feedback (CFB, full block) and Output Feedback (OFB) mode
//
//  References
//      NIST SP 800-38A, sections 6.3 (CFB with s = 128) and 6.4
//
//  Sizes
//      Key     16, 24 or 32 bytes
//      IV      16 bytes, never used before under the key
//

/// <summary>Which value is fed back into the cipher.</summary>
public enum FeedbackMode
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>Cipher feedback of whole blocks (CFB-128).</summary>
    Cfb = 1,

    /// <summary>Output feedback.</summary>
    Ofb = 2,
}

/// <summary>AES-CFB and AES-OFB, for old KMIP clients. Not authenticated, and superseded by CTR. Thread safe.</summary>
internal static class InsecureAesFeedbackMode
{
    /// <summary>Length of the initialization vector, in bytes.</summary>
    public const int IvSizeInBytes = 16;

    /// <summary>Encrypts a message of any length.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="iv">16 bytes, never used before under this key.</param>
    /// <param name="plaintext">The message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Encrypt(FeedbackMode mode, SecretBytes key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plaintext) =>
        ModeCore.Encrypt(StartEncryption(mode, key, iv), plaintext);

    /// <summary>Decrypts a message of any length.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="iv">The initialization vector of the encryption.</param>
    /// <param name="ciphertext">The encrypted message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Decrypt(FeedbackMode mode, SecretBytes key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> ciphertext) =>
        ModeCore.Encrypt(StartDecryption(mode, key, iv), ciphertext);

    /// <summary>Begins to encrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public static StreamingCipher StartEncryption(FeedbackMode mode, SecretBytes key, ReadOnlySpan<byte> iv) =>
        Start(mode, key, iv, CipherDirection.Encrypt);

    /// <summary>Begins to decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Decrypt"/>
    public static StreamingCipher StartDecryption(FeedbackMode mode, SecretBytes key, ReadOnlySpan<byte> iv) =>
        Start(mode, key, iv, CipherDirection.Decrypt);

    private static StreamingCipher Start(FeedbackMode mode, SecretBytes key, ReadOnlySpan<byte> iv, CipherDirection direction)
    {
        var name = ModeCore.AesName(key, mode switch
        {
            FeedbackMode.Cfb => "CFB",
            FeedbackMode.Ofb => "OFB",
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Choose a mode."),
        });
        ModeCore.RequireIv(iv, IvSizeInBytes);
        return ModeCore.StartStreamMode(name, key, iv, direction);
    }
}
