using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  Poly1305, the bare one-time authenticator
//
//  References
//      RFC 8439, section 2.5
//
//  Sizes
//      Key     32 bytes, for one message
//      Tag     16 bytes
//
//  Two messages under one key give the key away. Within ChaCha20-Poly1305 every message has a key of its own.
//

/// <summary>Poly1305 without ChaCha20, for KMIP clients that ask for it. Thread safe.</summary>
public static class InsecurePoly1305
{
    /// <summary>Length of the key, in bytes.</summary>
    public const int KeySizeInBytes = 32;

    /// <summary>Length of the code, in bytes.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>Begins the code of a message that comes piece by piece.</summary>
    /// <param name="key">32 bytes, for this message alone.</param>
    /// <exception cref="ArgumentException">The key's length is not permitted.</exception>
    public static StreamingMac Start(SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.LengthInBytes == KeySizeInBytes
            ? StreamingMac.Start(MacHandle.Poly1305, key, parameters: null, TagSizeInBytes)
            : throw new ArgumentException($"The key has {KeySizeInBytes} bytes.", nameof(key));
    }
}
