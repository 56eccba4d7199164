using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// A message on its way through an unauthenticated cipher, piece by piece: any number of <see cref="Update"/>, then one
/// <see cref="TryFinal"/>. Holds a key schedule in OpenSSL's memory until disposed. Not thread safe.
/// </summary>
public sealed class StreamingCipher : IDisposable
{
    private readonly CipherContext _context;
    private bool _isFinished;

    internal StreamingCipher(CipherContext context, int blockSizeInBytes)
    {
        _context = context;
        BlockSizeInBytes = blockSizeInBytes;
    }

    /// <summary>The cipher's block, in bytes; 1 for a mode that works as a stream.</summary>
    public int BlockSizeInBytes { get; }

    /// <summary>The most that one call gives for an input of that length, in bytes.</summary>
    /// <param name="inputLengthInBytes">Length of the input; zero for <see cref="TryFinal"/>.</param>
    public int MaxOutputSizeInBytes(int inputLengthInBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputLengthInBytes);
        return inputLengthInBytes + BlockSizeInBytes;
    }

    /// <summary>Processes the next piece and gives what is complete so far.</summary>
    /// <param name="input">The next bytes; may be empty.</param>
    /// <param name="destination">At least <see cref="MaxOutputSizeInBytes"/> long; must not overlap the input.</param>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException">The destination is too short, or overlaps.</exception>
    /// <exception cref="InvalidOperationException">The message was finished.</exception>
    public int Update(ReadOnlySpan<byte> input, Span<byte> destination)
    {
        RequireUnfinished();
        if (destination.Length < MaxOutputSizeInBytes(input.Length))
            throw new ArgumentException("The destination is shorter than MaxOutputSizeInBytes tells.", nameof(destination));
        if (destination.Overlaps(input))
            throw new ArgumentException("The destination overlaps the input.", nameof(destination));
        return _context.Update(input, destination);
    }

    /// <summary>Ends the message and gives what remains.</summary>
    /// <param name="destination">At least one block long.</param>
    /// <param name="written">The number of bytes written.</param>
    /// <returns>False when the last block is not whole or, decrypting, the padding is wrong: never tell which.</returns>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    /// <exception cref="InvalidOperationException">The message was finished before.</exception>
    public bool TryFinal(Span<byte> destination, out int written)
    {
        RequireUnfinished();
        if (destination.Length < BlockSizeInBytes)
            throw new ArgumentException("The destination is shorter than a block.", nameof(destination));
        _isFinished = true;
        return _context.TryFinal(destination, out written);
    }

    /// <summary>Wipes and releases the key schedule.</summary>
    public void Dispose() => _context.Dispose();

    private void RequireUnfinished()
    {
        if (_isFinished)
            throw new InvalidOperationException("The message was finished.");
    }
}
