using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  AES in Cipher Block Chaining mode (CBC)
//
//  References
//      NIST SP 800-38A  Recommendation for Block Cipher Modes of Operation, section 6.2
//      RFC 5652 §6.3    PKCS#7 padding
//
//  Sizes
//      Key     16, 24 or 32 bytes
//      IV      16 bytes, unpredictable
//
//  Not authenticated: whoever can ask "is the padding right?" can read the plaintext. For protocols that fix it (KMIP
//  clients, databases); for everything else there is AeadKey.
//

/// <summary>AES-CBC, for protocols that demand it. Does not detect changes. Thread safe.</summary>
internal static class AesCbcMode
{
    /// <summary>Length of the initialization vector, in bytes.</summary>
    public const int IvSizeInBytes = 16;

    private const string Mode = "CBC";

    /// <summary>Encrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="iv">16 bytes that nobody can foresee, fresh for every message.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="padding">What fills the last block.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Encrypt(SecretBytes key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plaintext, BlockPadding padding) =>
        ModeCore.Encrypt(StartEncryption(key, iv, padding), plaintext);

    /// <summary>Decrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="iv">The initialization vector of the encryption.</param>
    /// <param name="ciphertext">The encrypted message.</param>
    /// <param name="padding">What fills the last block.</param>
    /// <param name="plaintext">The message, when its length and padding are right.</param>
    /// <returns>False when length or padding are wrong; a changed ciphertext usually goes unnoticed.</returns>
    /// <exception cref="ArgumentException">The length of key or initialization vector is not permitted.</exception>
    public static bool TryDecrypt(
        SecretBytes key,
        ReadOnlySpan<byte> iv,
        ReadOnlySpan<byte> ciphertext,
        BlockPadding padding,
        [NotNullWhen(true)] out byte[]? plaintext) =>
        ModeCore.TryRun(StartDecryption(key, iv, padding), ciphertext, out plaintext);

    /// <summary>Begins to encrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public static StreamingCipher StartEncryption(SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(key, iv, padding, CipherDirection.Encrypt);

    /// <summary>Begins to decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="TryDecrypt"/>
    public static StreamingCipher StartDecryption(SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(key, iv, padding, CipherDirection.Decrypt);

    private static StreamingCipher Start(SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding, CipherDirection direction)
    {
        var name = ModeCore.AesName(key, Mode);
        ModeCore.RequireIv(iv, IvSizeInBytes);
        return ModeCore.StartBlockMode(name, key, iv, padding, direction);
    }
}
