namespace Keyreeve.Crypto;

//
//  CMAC with Triple DES
//
//  References
//      NIST SP 800-38B, SP 800-67 Rev. 2 (withdrawn)
//
//  Sizes
//      Key     24 bytes
//      Tag     8 bytes, of which a collision is found after some 2^32 messages
//

/// <summary>A message authentication code made with Triple DES, for old systems. Thread safe.</summary>
public static class InsecureTripleDesCmac
{
    /// <summary>Length of the code, in bytes.</summary>
    public const int TagSizeInBytes = 8;

    private const int KeySizeInBytes = 24;

    /// <summary>Begins the code of a message that comes piece by piece.</summary>
    /// <param name="key">A key of 24 bytes.</param>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static StreamingMac Start(SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.LengthInBytes == KeySizeInBytes
            ? StreamingMac.StartCmac(key, "DES-EDE3-CBC", TagSizeInBytes)
            : throw new ArgumentException("The key has 24 bytes.", nameof(key));
    }
}
