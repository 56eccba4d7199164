using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>
/// C2SP chunked-encryption (https://c2sp.org/chunked-encryption) with SHA-512 and AES-GCM: Cobblestone-128 and -256.
/// One instance is one message's keys.
/// </summary>
/// <remarks>
/// <para>Message: salt(24) || commitment(32) || chunks of 16384 bytes, each with its tag(16), the last one shorter.</para>
/// <para>Whole messages are encrypted and decrypted by the static members here, streams by
/// <see cref="ChunkedEncryptingStream"/> and <see cref="ChunkedDecryptingStream"/>. Thread safe.</para>
/// </remarks>
public sealed class ChunkedEncryption : IDisposable
{
    /// <summary>Plaintext in every chunk but the last, which has less.</summary>
    public const int ChunkSizeInBytes = 16 * 1024;

    /// <summary>Salt and commitment, which come before the first chunk.</summary>
    public const int PrefixSizeInBytes = SaltSizeInBytes + CommitmentSizeInBytes;

    internal const int TagSizeInBytes = 16;
    internal const int SealedChunkSizeInBytes = ChunkSizeInBytes + TagSizeInBytes;
    internal const int SaltSizeInBytes = 24;

    private const int CommitmentSizeInBytes = 32;
    private const int NonceSizeInBytes = 12;
    private const int LargestKeySizeInBytes = 32;

    // spec: C2SP chunked-encryption "the message MUST NOT exceed 2³⁸ chunks (4 PiB)"
    private const long MostChunks = 1L << 38;

    private readonly AeadKey _key;
    private readonly uint _nonceHead;
    private readonly ulong _nonceTail;

    private ChunkedEncryption(AeadKey key, ReadOnlySpan<byte> baseNonce)
    {
        _key = key;
        _nonceHead = BinaryPrimitives.ReadUInt32BigEndian(baseNonce);
        _nonceTail = BinaryPrimitives.ReadUInt64BigEndian(baseNonce[sizeof(uint)..]);
    }

    /// <summary>Length of the message that a plaintext of that length becomes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The plaintext is longer than a message may be, or negative.</exception>
    public static long CiphertextLength(long plaintextLengthInBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(plaintextLengthInBytes);
        var chunks = plaintextLengthInBytes / ChunkSizeInBytes + 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunks, MostChunks, nameof(plaintextLengthInBytes));
        return PrefixSizeInBytes + plaintextLengthInBytes + chunks * TagSizeInBytes;
    }

    /// <summary>Length of the plaintext in a message of that length. False when no message has that length.</summary>
    public static bool TryGetPlaintextLength(long ciphertextLengthInBytes, out long plaintextLengthInBytes)
    {
        plaintextLengthInBytes = 0;
        var chunksLength = ciphertextLengthInBytes - PrefixSizeInBytes;
        if (chunksLength < 0)
            return false;
        var fullChunks = chunksLength / SealedChunkSizeInBytes;
        var lastChunk = chunksLength % SealedChunkSizeInBytes;

        // spec: C2SP chunked-encryption "the final chunk which MUST be shorter than 16 KiB, and MAY be empty"
        if (lastChunk < TagSizeInBytes || fullChunks >= MostChunks)
            return false;
        plaintextLengthInBytes = fullChunks * ChunkSizeInBytes + lastChunk - TagSizeInBytes;
        return true;
    }

    /// <summary>Encrypts a message in one piece.</summary>
    /// <param name="algorithm">AES-256-GCM or AES-128-GCM.</param>
    /// <param name="inputKey">Uniformly random, of the algorithm's size; may encrypt any number of messages.</param>
    /// <param name="context">Bound to the message and needed again to decrypt; possibly empty.</param>
    /// <param name="plaintext">The message, possibly empty.</param>
    /// <exception cref="ArgumentException">The key has the wrong size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is another.</exception>
    public static byte[] Encrypt(AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> plaintext)
    {
        var message = new byte[CiphertextLength(plaintext.Length)];
        using var keys = Start(algorithm, inputKey, context, message);
        var chunks = message.AsSpan(PrefixSizeInBytes);
        for (var index = 0L; !chunks.IsEmpty; index++)
        {
            var length = Math.Min(plaintext.Length, ChunkSizeInBytes);
            keys.EncryptChunk(index, plaintext[..length], chunks[..(length + TagSizeInBytes)]);
            plaintext = plaintext[length..];
            chunks = chunks[(length + TagSizeInBytes)..];
        }

        return message;
    }

    /// <summary>Decrypts a message in one piece. False, with the plaintext zeroed, whatever is wrong.</summary>
    /// <param name="algorithm">AES-256-GCM or AES-128-GCM.</param>
    /// <param name="inputKey">The key it was encrypted under.</param>
    /// <param name="context">The context it was encrypted with.</param>
    /// <param name="message">The message, in whole.</param>
    /// <param name="plaintext">At least as long as <see cref="TryGetPlaintextLength"/> says.</param>
    /// <param name="written">How many bytes of the plaintext were written; zero on failure.</param>
    /// <exception cref="ArgumentException">The key has the wrong size, or the plaintext's span is too short.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is another.</exception>
    public static bool TryDecrypt(
        AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> message, Span<byte> plaintext, out int written)
    {
        written = 0;
        if (!TryGetPlaintextLength(message.Length, out var length))
            return false;
        if (plaintext.Length < length)
            throw new ArgumentException($"The plaintext needs {length} bytes.", nameof(plaintext));
        if (!TryOpen(algorithm, inputKey, context, message[..PrefixSizeInBytes], out var keys))
            return false;

        using (keys)
        {
            var chunks = message[PrefixSizeInBytes..];
            var rest = plaintext[..(int)length];
            for (var index = 0L; !chunks.IsEmpty; index++)
            {
                var chunk = chunks[..Math.Min(chunks.Length, SealedChunkSizeInBytes)];
                var chunkLength = chunk.Length - TagSizeInBytes;
                if (!keys.TryDecryptChunk(index, chunk, rest[..chunkLength]))
                {
                    CryptographicOperations.ZeroMemory(plaintext[..(int)length]);
                    return false;
                }

                chunks = chunks[chunk.Length..];
                rest = rest[chunkLength..];
            }
        }

        written = (int)length;
        return true;
    }

    /// <summary>Wipes the message's keys.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>Begins a message: writes a fresh salt and the commitment to <paramref name="prefix"/>.</summary>
    internal static ChunkedEncryption Start(AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, Span<byte> prefix)
    {
        CryptoRandom.Fill(prefix[..SaltSizeInBytes]);
        return StartWithSalt(algorithm, inputKey, context, prefix);
    }

    /// <summary>Begins a message with the salt that stands in the prefix; apart from <see cref="Start"/> for test vectors alone.</summary>
    internal static ChunkedEncryption StartWithSalt(
        AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, Span<byte> prefix) =>
        Derive(algorithm, inputKey, context, prefix[..SaltSizeInBytes], prefix.Slice(SaltSizeInBytes, CommitmentSizeInBytes));

    /// <summary>Begins to read a message. False when the commitment is not the key's and the context's.</summary>
    internal static bool TryOpen(
        AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> prefix,
        [NotNullWhen(true)] out ChunkedEncryption? message)
    {
        message = null;
        Span<byte> commitment = stackalloc byte[CommitmentSizeInBytes];
        var derived = Derive(algorithm, inputKey, context, prefix[..SaltSizeInBytes], commitment);

        // spec: C2SP chunked-encryption "implementations MUST check the commitment matches the derived value before
        // continuing"
        if (!CryptographicOperations.FixedTimeEquals(commitment, prefix.Slice(SaltSizeInBytes, CommitmentSizeInBytes)))
        {
            derived.Dispose();
            return false;
        }

        message = derived;
        return true;
    }

    /// <summary>Encrypts a chunk. Each index is used once for a message; only the last chunk is shorter than the others.</summary>
    internal void EncryptChunk(long index, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        // spec: C2SP chunked-encryption "If the chunk counter reaches or exceeds 2³⁸ while encrypting or decrypting,
        // implementations MUST abort."
        if (index >= MostChunks)
            throw new InvalidOperationException("A message has at most 2^38 chunks.");
        Span<byte> nonce = stackalloc byte[NonceSizeInBytes];
        WriteNonce(index, nonce);
        _key.Encrypt(nonce, plaintext, default, destination[..plaintext.Length], destination[plaintext.Length..]);
    }

    /// <summary>Decrypts a chunk. False, with the plaintext zeroed, whatever is wrong.</summary>
    internal bool TryDecryptChunk(long index, ReadOnlySpan<byte> chunk, Span<byte> plaintext)
    {
        if (index >= MostChunks || chunk.Length is < TagSizeInBytes or > SealedChunkSizeInBytes)
            return false;
        Span<byte> nonce = stackalloc byte[NonceSizeInBytes];
        WriteNonce(index, nonce);
        return _key.TryDecrypt(nonce, chunk[..^TagSizeInBytes], chunk[^TagSizeInBytes..], default, plaintext);
    }

    private static ChunkedEncryption Derive(
        AeadAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> context, ReadOnlySpan<byte> salt, Span<byte> commitment)
    {
        ArgumentNullException.ThrowIfNull(inputKey);
        var label = algorithm switch
        {
            AeadAlgorithm.Aes128Gcm => "c2sp.org/chunked-encryption@v1+AEAD_AES_128_GCM\0"u8,
            AeadAlgorithm.Aes256Gcm => "c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Chunks are encrypted with AES-128-GCM or AES-256-GCM."),
        };
        var keySize = algorithm.KeySizeInBytes;

        // spec: C2SP chunked-encryption "an input key of len(key) bytes (i.e. the same key size as the underlying AEAD)"
        if (inputKey.LengthInBytes != keySize)
            throw new ArgumentException($"{algorithm} takes a key of {keySize} bytes, not {inputKey.LengthInBytes}.", nameof(inputKey));

        // spec: C2SP chunked-encryption "key || base nonce || commitment = HKDF-Expand(prk = input key, info =
        // "c2sp.org/chunked-encryption@v1+" || aead || 0x00 || salt || context)"
        Span<byte> info = stackalloc byte[label.Length + SaltSizeInBytes];
        label.CopyTo(info);
        salt.CopyTo(info[label.Length..]);
        Span<byte> derived = stackalloc byte[LargestKeySizeInBytes + NonceSizeInBytes + CommitmentSizeInBytes];
        derived = derived[..(keySize + NonceSizeInBytes + CommitmentSizeInBytes)];
        try
        {
            using var hmac = new HmacKey(DigestAlgorithm.Sha512, inputKey);
            Hkdf.Expand(hmac, info, context, derived);
            derived[(keySize + NonceSizeInBytes)..].CopyTo(commitment);
            using var chunkKey = SecretBytes.CopyFrom(derived[..keySize]);
            return new ChunkedEncryption(new AeadKey(algorithm, chunkKey), derived.Slice(keySize, NonceSizeInBytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private void WriteNonce(long index, Span<byte> nonce)
    {
        // spec: C2SP chunked-encryption "the XOR of the base nonce and the chunk number as a big-endian integer as wide
        // as the base nonce"
        BinaryPrimitives.WriteUInt32BigEndian(nonce, _nonceHead);
        BinaryPrimitives.WriteUInt64BigEndian(nonce[sizeof(uint)..], _nonceTail ^ (ulong)index);
    }
}
