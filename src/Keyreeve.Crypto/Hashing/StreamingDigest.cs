using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// The digest of a message that comes piece by piece: any number of <see cref="Update"/>, then one <see cref="Final"/>. What
/// comes out is what the <c>SignDigest</c> and <c>VerifyDigest</c> functions take. Not thread safe.
/// </summary>
public sealed class StreamingDigest : IDisposable
{
    private readonly DigestContextHandle _context;
    private bool _isFinished;

    /// <summary>Begins a message.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not an algorithm.</exception>
    public StreamingDigest(DigestAlgorithm algorithm)
    {
        DigestSizeInBytes = algorithm.DigestSizeInBytes();
        Algorithm = algorithm;
        _context = LibCrypto.Require(LibCrypto.DigestContextNew());
        LibCrypto.Require(LibCrypto.DigestInit(_context, DigestHandle.Of(algorithm), 0));
    }

    /// <summary>The hash function.</summary>
    public DigestAlgorithm Algorithm { get; }

    /// <summary>Length of the digest, in bytes.</summary>
    public int DigestSizeInBytes { get; }

    /// <summary>Computes the digest of a message that is there in whole.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not an algorithm.</exception>
    public static byte[] Compute(DigestAlgorithm algorithm, ReadOnlySpan<byte> message)
    {
        var digest = new byte[algorithm.DigestSizeInBytes()];
        KeyOperation.Digest(algorithm, message, digest);
        return digest;
    }

    /// <summary>Computes the digest of a message that is there in whole, and leaves no garbage. Stateless and thread safe.</summary>
    /// <param name="algorithm">The hash function.</param>
    /// <param name="message">The message.</param>
    /// <param name="digest">Takes the digest; exactly as long.</param>
    /// <exception cref="ArgumentException">The digest has another length.</exception>
    // The hash function is looked up in the library once and not for each message, as the BCL does: half of the cost of a short one.
    public static void Compute(DigestAlgorithm algorithm, ReadOnlySpan<byte> message, Span<byte> digest) => KeyOperation.Digest(algorithm, message, digest);

    /// <summary>Takes the next piece of the message.</summary>
    /// <exception cref="InvalidOperationException">The message was finished.</exception>
    public unsafe void Update(ReadOnlySpan<byte> input)
    {
        RequireUnfinished();
        fixed (byte* bytes = input)
            LibCrypto.Require(LibCrypto.DigestUpdate(_context, bytes, (nuint)input.Length));
    }

    /// <summary>Ends the message and gives its digest.</summary>
    /// <exception cref="InvalidOperationException">The message was finished before.</exception>
    public unsafe byte[] Final()
    {
        RequireUnfinished();
        _isFinished = true;
        var digest = new byte[DigestSizeInBytes];
        fixed (byte* output = digest)
            LibCrypto.Require(LibCrypto.DigestFinal(_context, output, out _));
        return digest;
    }

    /// <summary>Releases the state.</summary>
    public void Dispose() => _context.Dispose();

    private void RequireUnfinished()
    {
        if (_isFinished)
            throw new InvalidOperationException("The message was finished.");
    }
}
