using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto;

//
//  AES Key Wrap (KW)
//
//  References
//      RFC 3394  Advanced Encryption Standard (AES) Key Wrap Algorithm
//      NIST SP 800-38F  Methods for Key Wrapping, section 6.2
//
//  Sizes
//      Key-encryption key   16, 24 or 32 bytes
//      Key                  a multiple of 8 bytes, from 16 to 64 KiB
//      Wrapped key          8 bytes more than the key
//
//  Deterministic: the same key under the same key-encryption key gives the same bytes, which is what makes it safe to use
//  without a nonce and is harmless for random keys. No associated data: what must be bound goes into the envelope.
//

/// <summary>AES Key Wrap of RFC 3394: wraps keys whose length is a multiple of 8 bytes. Thread safe.</summary>
public static class AesKeyWrap
{
    /// <summary>The shortest key that can be wrapped, in bytes.</summary>
    public const int MinKeySizeInBytes = 16;

    /// <summary>The longest key that can be wrapped, in bytes.</summary>
    public const int MaxKeySizeInBytes = 64 * 1024;

    /// <summary>How much longer the wrapped key is than the key, in bytes.</summary>
    public const int OverheadInBytes = 8;

    private const string CipherSuffix = "WRAP";
    private const int SemiblockSizeInBytes = 8;

    /// <summary>Wraps <paramref name="key"/>.</summary>
    /// <param name="keyEncryptionKey">An AES key of 16, 24 or 32 bytes.</param>
    /// <param name="key">The key to wrap.</param>
    /// <exception cref="ArgumentException">A length is not one of those permitted.</exception>
    /// <exception cref="ObjectDisposedException">One of the keys was disposed.</exception>
    public static byte[] Wrap(SecretBytes keyEncryptionKey, SecretBytes key)
    {
        KeyWrapCore.RequireAesKey(keyEncryptionKey);
        ArgumentNullException.ThrowIfNull(key);
        if (!IsKeySize(key.LengthInBytes))
        {
            throw new ArgumentException(
                "AES Key Wrap takes keys of 16 bytes to 64 KiB whose length is a multiple of 8; AesKeyWrapWithPadding takes any.",
                nameof(key));
        }

        return KeyWrapCore.Wrap(CipherSuffix, keyEncryptionKey, key, key.LengthInBytes + OverheadInBytes);
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
        return IsKeySize(wrappedKey.Length - OverheadInBytes)
            && KeyWrapCore.TryUnwrap(CipherSuffix, keyEncryptionKey, wrappedKey, out key);
    }

    // spec: RFC 3394 §2 "The key wrap algorithm is designed to wrap or encrypt key data. It operates on blocks of 64 bits.";
    // SP 800-38F §5.3.1 sets the minimum of two semiblocks.
    private static bool IsKeySize(int sizeInBytes) =>
        sizeInBytes is >= MinKeySizeInBytes and <= MaxKeySizeInBytes && sizeInBytes % SemiblockSizeInBytes == 0;
}
