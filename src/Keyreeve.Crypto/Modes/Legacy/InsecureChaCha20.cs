using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  ChaCha20, the bare stream cipher
//
//  References
//      D. J. Bernstein, ChaCha, a variant of Salsa20 (2008): counter of 64 bits, nonce of 64 bits
//      RFC 8439, section 2.4: counter of 32 bits, nonce of 96 bits
//
//  Sizes
//      Key     32 bytes
//      Nonce   8 or 12 bytes, never used before under the key
//
//  Not authenticated: a flipped bit of the ciphertext is a flipped bit of the plaintext.
//

/// <summary>ChaCha20 without Poly1305, for KMIP clients that ask for it. Does not detect changes. Thread safe.</summary>
internal static class InsecureChaCha20
{
    /// <summary>Length of the key, in bytes.</summary>
    public const int KeySizeInBytes = 32;

    /// <summary>Length of the first form's nonce, in bytes.</summary>
    public const int OriginalNonceSizeInBytes = 8;

    /// <summary>Length of the RFC's nonce, in bytes.</summary>
    public const int NonceSizeInBytes = 12;

    private const int InitialBlockSizeInBytes = 16;

    /// <summary>Encrypts or decrypts a message: the two are the same.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="nonce">8 or 12 bytes, never used before under the key.</param>
    /// <param name="initialCounter">The number of the first block of 64 bytes, usually 0 or 1.</param>
    /// <param name="input">The message.</param>
    /// <exception cref="ArgumentException">A length is not permitted.</exception>
    public static byte[] Transform(SecretBytes key, ReadOnlySpan<byte> nonce, uint initialCounter, ReadOnlySpan<byte> input) =>
        ModeCore.Encrypt(Start(key, nonce, initialCounter), input);

    /// <summary>Begins to encrypt or decrypt a message piece by piece.</summary>
    /// <inheritdoc cref="Transform"/>
    public static StreamingCipher Start(SecretBytes key, ReadOnlySpan<byte> nonce, uint initialCounter)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.LengthInBytes != KeySizeInBytes)
            throw new ArgumentException($"The key has {KeySizeInBytes} bytes.", nameof(key));
        if (nonce.Length is not (OriginalNonceSizeInBytes or NonceSizeInBytes))
            throw new ArgumentException("The nonce has 8 or 12 bytes.", nameof(nonce));

        // OpenSSL takes the last four words of the initial state: counter, little-endian, then nonce.
        Span<byte> block = stackalloc byte[InitialBlockSizeInBytes];
        block.Clear();
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(block, initialCounter);
        nonce.CopyTo(block[^nonce.Length..]);
        return ModeCore.StartStreamMode("ChaCha20", key, block, CipherDirection.Encrypt);
    }
}
