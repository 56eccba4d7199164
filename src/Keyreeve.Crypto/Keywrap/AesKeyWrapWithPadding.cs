using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

//
//  AES Key Wrap with Padding (KWP)
//
//  References
//      RFC 5649  Advanced Encryption Standard (AES) Key Wrap with Padding Algorithm
//      NIST SP 800-38F  Methods for Key Wrapping, section 6.3
//
//  Sizes
//      Key-encryption key   16, 24 or 32 bytes
//      Key                  1 byte to 64 KiB
//      Wrapped key          the key's length rounded up to a multiple of 8, and 8 bytes more
//

/// <summary>AES Key Wrap with Padding of RFC 5649: wraps keys and secret data of any length. Thread safe.</summary>
public static class AesKeyWrapWithPadding
{
    /// <summary>The shortest key that can be wrapped, in bytes.</summary>
    public const int MinKeySizeInBytes = 1;

    /// <summary>The longest key that can be wrapped, in bytes.</summary>
    public const int MaxKeySizeInBytes = 64 * 1024;

    private const string CipherSuffix = "WRAP-PAD";
    private const int SemiblockSizeInBytes = 8;

    /// <summary>Length of a wrapped key, in bytes.</summary>
    /// <param name="keySizeInBytes">Length of the key, from 1 to 65,536.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not permitted.</exception>
    public static int WrappedSizeInBytes(int keySizeInBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keySizeInBytes, MinKeySizeInBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keySizeInBytes, MaxKeySizeInBytes);
        var semiblocks = (keySizeInBytes + SemiblockSizeInBytes - 1) / SemiblockSizeInBytes;
        return (semiblocks + 1) * SemiblockSizeInBytes;
    }

    /// <summary>Wraps <paramref name="key"/>.</summary>
    /// <param name="keyEncryptionKey">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="key">The key to wrap.</param>
    /// <exception cref="ArgumentException">A length is not one of those permitted.</exception>
    /// <exception cref="ObjectDisposedException">One of the keys was disposed.</exception>
    public static byte[] Wrap(SecretBytes keyEncryptionKey, SecretBytes key)
    {
        KeyWrapCore.RequireAesKey(keyEncryptionKey);
        ArgumentNullException.ThrowIfNull(key);
        if (key.LengthInBytes is < MinKeySizeInBytes or > MaxKeySizeInBytes)
            throw new ArgumentException("AES Key Wrap with Padding takes keys of 1 byte to 64 KiB.", nameof(key));
        return KeyWrapCore.Wrap(CipherSuffix, keyEncryptionKey, key, WrappedSizeInBytes(key.LengthInBytes));
    }

    /// <summary>Unwraps <paramref name="wrappedKey"/>; the caller disposes the key.</summary>
    /// <param name="keyEncryptionKey">The key it was wrapped under.</param>
    /// <param name="wrappedKey">What <see cref="Wrap"/> gave.</param>
    /// <param name="key">The key, when it is intact.</param>
    /// <returns>False when it was not wrapped under this key, was changed, or has an impossible length.</returns>
    /// <exception cref="ArgumentException">The key-encryption key has a length that is not permitted.</exception>
    /// <exception cref="ObjectDisposedException">The key-encryption key was disposed.</exception>
    public static bool TryUnwrap(
        SecretBytes keyEncryptionKey, ReadOnlySpan<byte> wrappedKey, [NotNullWhen(true)] out SecretBytes? key)
    {
        KeyWrapCore.RequireAesKey(keyEncryptionKey);
        key = null;
        return wrappedKey.Length is >= 2 * SemiblockSizeInBytes and <= MaxKeySizeInBytes + SemiblockSizeInBytes
            && wrappedKey.Length % SemiblockSizeInBytes == 0
            && KeyWrapCore.TryUnwrap(CipherSuffix, keyEncryptionKey, wrappedKey, out key);
    }
}
