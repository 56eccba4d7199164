using System.Diagnostics.CodeAnalysis;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  Camellia, ARIA and SM4: block ciphers of 128 bits that stand in national standards beside AES
//
//  References
//      RFC 3713 (Camellia), RFC 5794 (ARIA), GB/T 32907-2016 and RFC 8998 (SM4); NIST SP 800-38A for the modes
//
//  Sizes
//      Key     16, 24 or 32 bytes; SM4: 16 bytes
//      IV      16 bytes; none in ECB; in CTR the first counter block
//
//  None of the modes is authenticated. For new uses there is AeadKey.
//

/// <summary>A block cipher of a national standard.</summary>
public enum NationalBlockCipher
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>Camellia (Japan).</summary>
    Camellia = 1,

    /// <summary>ARIA (Korea).</summary>
    Aria = 2,

    /// <summary>SM4 (China).</summary>
    Sm4 = 3,
}

/// <summary>A mode of operation without authentication.</summary>
public enum UnauthenticatedMode
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>Cipher block chaining.</summary>
    Cbc = 1,

    /// <summary>Counter; takes no padding.</summary>
    Ctr = 2,

    /// <summary>Electronic codebook; has no initialization vector, and equal blocks stay visibly equal.</summary>
    InsecureEcb = 3,

    /// <summary>Cipher feedback of whole blocks; takes no padding.</summary>
    InsecureCfb = 4,

    /// <summary>Output feedback; takes no padding.</summary>
    InsecureOfb = 5,
}

/// <summary>Camellia, ARIA and SM4, for protocols that demand them. Does not detect changes. Thread safe.</summary>
internal static class NationalBlockCipherMode
{
    /// <summary>Length of a block and of the initialization vector, in bytes.</summary>
    public const int BlockSizeInBytes = 16;

    /// <summary>Begins to encrypt a message piece by piece.</summary>
    /// <param name="cipher">The cipher.</param>
    /// <param name="mode">The mode.</param>
    /// <param name="key">A key of 16, 24 or 32 bytes; of SM4: 16.</param>
    /// <param name="iv">16 bytes; empty in ECB.</param>
    /// <param name="padding">What fills the last block; none in CTR, CFB and OFB.</param>
    /// <exception cref="ArgumentException">A length is not permitted, or the padding does not suit the mode.</exception>
    public static StreamingCipher StartEncryption(
        NationalBlockCipher cipher, UnauthenticatedMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(cipher, mode, key, iv, padding, CipherDirection.Encrypt);

    /// <summary>Begins to decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="StartEncryption"/>
    public static StreamingCipher StartDecryption(
        NationalBlockCipher cipher, UnauthenticatedMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding) =>
        Start(cipher, mode, key, iv, padding, CipherDirection.Decrypt);

    /// <summary>Runs a whole message through a cipher that was started, and disposes of it.</summary>
    /// <param name="started">The cipher.</param>
    /// <param name="input">The message.</param>
    /// <param name="output">What comes out.</param>
    /// <returns>False when the message is not whole blocks where it has to be, or its padding is wrong: never tell which.</returns>
    public static bool TryRun(StreamingCipher started, ReadOnlySpan<byte> input, [NotNullWhen(true)] out byte[]? output) =>
        ModeCore.TryRun(started, input, out output);

    // Six parameters: each is one of the mode's inputs, and the shape is that of the other modes.
    private static StreamingCipher Start(
        NationalBlockCipher cipher, UnauthenticatedMode mode, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding, CipherDirection direction)
    {
        var name = NameOf(cipher, key) + mode switch
        {
            UnauthenticatedMode.Cbc => "-CBC",
            UnauthenticatedMode.Ctr => "-CTR",
            UnauthenticatedMode.InsecureEcb => "-ECB",
            UnauthenticatedMode.InsecureCfb => "-CFB",
            UnauthenticatedMode.InsecureOfb => "-OFB",
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Choose a mode."),
        };
        ModeCore.RequireIv(iv, mode == UnauthenticatedMode.InsecureEcb ? 0 : BlockSizeInBytes);
        if (mode is UnauthenticatedMode.Cbc or UnauthenticatedMode.InsecureEcb)
            return ModeCore.StartBlockMode(name, key, iv, padding, direction);
        return padding == BlockPadding.None
            ? ModeCore.StartStreamMode(name, key, iv, direction)
            : throw new ArgumentException("CTR, CFB and OFB take no padding.", nameof(padding));
    }

    private static string NameOf(NationalBlockCipher cipher, SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return (cipher, key.LengthInBytes) switch
        {
            (NationalBlockCipher.Camellia, 16 or 24 or 32) => $"CAMELLIA-{8 * key.LengthInBytes}",
            (NationalBlockCipher.Aria, 16 or 24 or 32) => $"ARIA-{8 * key.LengthInBytes}",
            (NationalBlockCipher.Sm4, 16) => "SM4",
            (NationalBlockCipher.Unspecified, _) => throw new ArgumentOutOfRangeException(nameof(cipher), cipher, "Choose a cipher."),
            _ => throw new ArgumentException("The key has a length that the cipher has not.", nameof(key)),
        };
    }
}
