using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  AES in Electronic Codebook mode (ECB)
//
//  References
//      NIST SP 800-38A, section 6.1
//
//  Sizes
//      Key     16, 24 or 32 bytes
//

/// <summary>
/// AES-ECB: equal blocks stay visibly equal. Only for protocols that build something on single blocks. Thread safe.
/// </summary>
public static class InsecureAesEcb
{
    private const string Mode = "ECB";

    /// <summary>Encrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="padding">What fills the last block.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Encrypt(SecretBytes key, ReadOnlySpan<byte> plaintext, BlockPadding padding) =>
        ModeCore.Encrypt(StartEncryption(key, padding), plaintext);

    /// <summary>Decrypts a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="ciphertext">The encrypted message.</param>
    /// <param name="padding">What fills the last block.</param>
    /// <param name="plaintext">The message, when its length and padding are right.</param>
    /// <returns>False when length or padding are wrong; a changed ciphertext usually goes unnoticed.</returns>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static bool TryDecrypt(
        SecretBytes key, ReadOnlySpan<byte> ciphertext, BlockPadding padding, [NotNullWhen(true)] out byte[]? plaintext) =>
        ModeCore.TryRun(StartDecryption(key, padding), ciphertext, out plaintext);

    /// <summary>Begins to encrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public static StreamingCipher StartEncryption(SecretBytes key, BlockPadding padding) =>
        ModeCore.StartBlockMode(ModeCore.AesName(key, Mode), key, default, padding, CipherDirection.Encrypt);

    /// <summary>Begins to decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="TryDecrypt"/>
    public static StreamingCipher StartDecryption(SecretBytes key, BlockPadding padding) =>
        ModeCore.StartBlockMode(ModeCore.AesName(key, Mode), key, default, padding, CipherDirection.Decrypt);
}
