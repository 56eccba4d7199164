using System.Security.Cryptography;

namespace Keyreeve.Crypto;

//
//  CBC-MAC with AES (ISO/IEC 9797-1, MAC algorithm 1)
//
//  References
//      ISO/IEC 9797-1:2011, MAC algorithm 1, padding method 1 (zeros)
//
//  Sizes
//      Key     16, 24 or 32 bytes
//      Tag     16 bytes
//
//  Forgeable whenever messages of different lengths share a key, and the zero padding makes m and m‖00 equal. CMAC mends
//  both.
//

/// <summary>Plain CBC-MAC, for old KMIP clients. Use <see cref="AesCmac"/> instead. Thread safe.</summary>
public static class InsecureCbcMac
{
    /// <summary>Length of the code, in bytes.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>Computes the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="message">The message, not empty; zeros fill its last block.</param>
    /// <exception cref="ArgumentException">The key's length is not permitted, or the message is empty.</exception>
    public static byte[] Compute(SecretBytes key, ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
            throw new ArgumentException("CBC-MAC has no code for an empty message.", nameof(message));
        Span<byte> zeroIv = stackalloc byte[AesCbcMode.IvSizeInBytes];
        zeroIv.Clear();
        var blocks = (message.Length + TagSizeInBytes - 1) / TagSizeInBytes;
        var padded = new byte[blocks * TagSizeInBytes];
        message.CopyTo(padded);
        var ciphertext = AesCbcMode.Encrypt(key, zeroIv, padded, BlockPadding.None);
        CryptographicOperations.ZeroMemory(padded);
        return ciphertext.AsSpan(ciphertext.Length - TagSizeInBytes).ToArray();
    }

    /// <summary>Checks the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="message">The message, not empty.</param>
    /// <param name="tag">The code that came with it.</param>
    /// <returns>False when message, key or tag are not those of the computation.</returns>
    /// <exception cref="ArgumentException">The key's length is not permitted, or the message is empty.</exception>
    public static bool Verify(SecretBytes key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag) =>
        CryptographicOperations.FixedTimeEquals(Compute(key, message), tag);
}
