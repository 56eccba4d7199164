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
