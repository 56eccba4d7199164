using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  Triple DES (TDEA)
//
//  References
//      NIST SP 800-67 Rev. 2 (withdrawn; decryption of old data only since 2024), SP 800-38A for the modes
//
//  Sizes
//      Key     16 bytes (two keys) or 24 bytes (three keys); parity bits are ignored
//      IV      8 bytes; none in ECB
//
//  A block of 64 bits repeats after some 32 GiB under one key (Sweet32), whatever the mode.
//

/// <summary>A mode of Triple DES.</summary>
public enum TripleDesMode
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>Electronic codebook; has no initialization vector.</summary>
    Ecb = 1,

    /// <summary>Cipher block chaining.</summary>
    Cbc = 2,

    /// <summary>Cipher feedback of whole blocks (CFB-64); takes no padding.</summary>
    Cfb = 3,

    /// <summary>Output feedback; takes no padding.</summary>
    Ofb = 4,
}

/// <summary>Triple DES, to read what old systems wrote. Thread safe.</summary>
internal static class InsecureTripleDes
{
    /// <summary>Length of a block and of the initialization vector, in bytes.</summary>
    public const int BlockSizeInBytes = 8;

    /// <summary>Encrypts a message.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="key">A key of 16 or 24 bytes.</param>
    /// <param name="iv">8 bytes; empty in ECB.</param>
    /// <param name="plaintext">The message.</param>
    /// <param name="padding">What fills the last block; none in CFB and OFB.</param>
    /// <exception cref="ArgumentException">A length is not permitted, or the padding does not suit the mode.</exception>
    public static byte[] Encrypt(
        TripleDesMode mode, SecretBytes key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plaintext, BlockPadding padding) =>
        ModeCore.Encrypt(StartEncryption(mode, key, iv, padding), plaintext);

    /// <summary>Decrypts a message.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="key">A key of 16 or 24 bytes.</param>
    /// <param name="iv">The initialization vector of the encryption; empty in ECB.</param>
    /// <param name="ciphertext">The encrypted message.</param>
    /// <param name="padding">What fills the last block; none in CFB and OFB.</param>
    /// <param name="plaintext">The message, when its length and padding are right.</param>
    /// <returns>False when length or padding are wrong; a changed ciphertext usually goes unnoticed.</returns>
    /// <exception cref="ArgumentException">A length is not permitted, or the padding does not suit the mode.</exception>
    // Six parameters: each is one of the mode's inputs, and the shape is that of the other modes.
    public static bool TryDecrypt(
        TripleDesMode mode,
        SecretBytes key,
        ReadOnlySpan<byte> iv,
        ReadOnlySpan<byte> ciphertext,
        BlockPadding padding,
        [NotNullWhen(true)] out byte[]? plaintext) =>
        ModeCore.TryRun(StartDecryption(mode, key, iv, padding), ciphertext, out plaintext);

    /// <summary>Begins to encrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public static StreamingCipher StartEncryption(
        TripleDesMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(mode, key, iv, padding, CipherDirection.Encrypt);

    /// <summary>Begins to decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Encrypt"/>
    public static StreamingCipher StartDecryption(
        TripleDesMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(mode, key, iv, padding, CipherDirection.Decrypt);

    private static StreamingCipher Start(
        TripleDesMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding, CipherDirection direction)
    {
        ArgumentNullException.ThrowIfNull(key);
        var cipher = key.LengthInBytes switch
        {
            16 => "DES-EDE-",
            24 => "DES-EDE3-",
            _ => throw new ArgumentException("A Triple DES key has 16 or 24 bytes.", nameof(key)),
        };
        ModeCore.RequireIv(iv, mode == TripleDesMode.Ecb ? 0 : BlockSizeInBytes);
        return mode switch
        {
            TripleDesMode.Ecb => ModeCore.StartBlockMode(cipher + "ECB", key, iv, padding, direction),
            TripleDesMode.Cbc => ModeCore.StartBlockMode(cipher + "CBC", key, iv, padding, direction),
            _ when padding != BlockPadding.None => throw new ArgumentException("CFB and OFB take no padding.", nameof(padding)),
            TripleDesMode.Cfb => ModeCore.StartStreamMode(cipher + "CFB", key, iv, direction),
            TripleDesMode.Ofb => ModeCore.StartStreamMode(cipher + "OFB", key, iv, direction),
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Choose a mode."),
        };
    }
}
