namespace Keyreeve.Crypto;

//
//  CMAC with AES
//
//  References
//      NIST SP 800-38B, RFC 4493
//
//  Sizes
//      Key     16, 24 or 32 bytes
//      Tag     16 bytes
//

/// <summary>A message authentication code made with AES. Thread safe.</summary>
public static class AesCmac
{
    /// <summary>Length of the code, in bytes.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>Computes the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes, used for CMAC only.</param>
    /// <param name="message">The message.</param>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static byte[] Compute(SecretBytes key, ReadOnlySpan<byte> message)
    {
        using var mac = Start(key);
        mac.Update(message);
        return mac.Final();
    }

    /// <summary>Checks the code of a message.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="message">The message.</param>
    /// <param name="tag">The code that came with it.</param>
    /// <returns>False when message, key or tag are not those of the computation.</returns>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static bool Verify(SecretBytes key, ReadOnlySpan<byte> message, ReadOnlySpan<byte> tag)
    {
        using var mac = Start(key);
        mac.Update(message);
        return mac.Verify(tag);
    }

    /// <summary>Begins the code of a message that comes piece by piece.</summary>
    /// <param name="key">An AES key of 16, 24 or 32 bytes.</param>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static StreamingMac Start(SecretBytes key) =>
        StreamingMac.StartCmac(key, ModeCore.AesName(key, "CBC"), TagSizeInBytes);
}
