using System.Buffers.Binary;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;
using Keyreeve.Crypto.Memory;

namespace Keyreeve.Crypto;

/// <summary>Random bytes for nonces, salts and keys, from the operating system's and OpenSSL's generator.</summary>
/// <remarks>
/// A call of the generator costs about the same for 12 bytes as for 4 KiB, so each thread keeps 4 KiB in locked memory
/// and hands every byte out once, wiping it as it goes. Thread safe. A .NET process cannot fork and go on running
/// managed code, so two processes never share a buffer.
/// </remarks>
public static class CryptoRandom
{
    private const int BufferSizeInBytes = 4096;
    private const int BlockSizeInBytes = 32;

    /// <summary>Above this, filling the caller's memory directly is as cheap.</summary>
    private const int LargestBufferedInBytes = BufferSizeInBytes / 4;

    [ThreadStatic]
    private static LockedSlot? _buffer;

    [ThreadStatic]
    private static int _leftInBytes;

    /// <summary>
    /// Stirs bytes into OpenSSL's generator. They count for nothing: a seed that somebody knows or chose makes what comes out
    /// no easier to foresee.
    /// </summary>
    // RAND_add with an entropy of zero: additional input of the next reseeding, SP 800-90A §9.2.
    public static unsafe void Stir(ReadOnlySpan<byte> seed)
    {
        fixed (byte* bytes = seed)
            LibCrypto.RandomAdd(bytes, seed.Length, 0);
    }

    private static HmacKey? _mixing;
    private static long _mixed;

    /// <summary>
    /// Mixes what another generator gave, such as a hardware module's, into the keys that are made from now on: on top of
    /// what they are made of anyway, so that they are no worse if it is bad, and not lost if ours is.
    /// </summary>
    /// <param name="bytes">32 or more; the caller wipes them.</param>
    public static void MixIn(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes.Length, BlockSizeInBytes, nameof(bytes));
        using var seed = SecretBytes.Create(BlockSizeInBytes, bytes, static (state, added) =>
        {
            using var given = SecretBytes.CopyFrom(added);
            using var extracting = new HmacKey(DigestAlgorithm.Sha256, given);
            Span<byte> previous = stackalloc byte[BlockSizeInBytes];
            _mixing?.Compute("keyreeve/mixing/next"u8, previous);
            extracting.Compute(previous, state);
            CryptographicOperations.ZeroMemory(previous);
        });
        // The one before is not wiped here, since somebody may be at it; its memory is wiped when nobody holds it any more.
        Volatile.Write(ref _mixing, new HmacKey(DigestAlgorithm.Sha256, seed));
    }

    /// <summary>Fills <paramref name="destination"/> with random bytes for a key, with what was mixed in.</summary>
    internal static void FillKey(Span<byte> destination)
    {
        Fill(destination);
        Mix(destination);
    }

    /// <summary>Adds what was mixed in, each time other bytes.</summary>
    internal static void Mix(Span<byte> destination)
    {
        if (Volatile.Read(ref _mixing) is not { } mixing) return;
        Span<byte> block = stackalloc byte[BlockSizeInBytes];
        Span<byte> number = stackalloc byte[sizeof(long)];
        for (var start = 0; start < destination.Length; start += BlockSizeInBytes)
        {
            BinaryPrimitives.WriteInt64BigEndian(number, Interlocked.Increment(ref _mixed));
            mixing.Compute(number, block);
            var part = destination.Slice(start, Math.Min(BlockSizeInBytes, destination.Length - start));
            for (var i = 0; i < part.Length; i++) part[i] ^= block[i];
        }

        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>Fills <paramref name="destination"/> with uniformly random bytes.</summary>
    /// <exception cref="CryptographicException">The generator failed.</exception>
    public static void Fill(Span<byte> destination)
    {
        if (destination.Length > LargestBufferedInBytes)
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        var buffer = (_buffer ??= LockedArena.Process.Rent(BufferSizeInBytes)).DangerousGetSpan(BufferSizeInBytes);
        if (_leftInBytes < destination.Length)
        {
            // Nothing counts as filled until the generator has returned.
            _leftInBytes = 0;
            RandomNumberGenerator.Fill(buffer);
            _leftInBytes = BufferSizeInBytes;
        }

        var use = buffer.Slice(_leftInBytes - destination.Length, destination.Length);
        use.CopyTo(destination);
        CryptographicOperations.ZeroMemory(use);
        _leftInBytes -= destination.Length;
    }
}
