using System.Buffers;
using System.Security.Cryptography;

namespace Keyreeve.Server;

/// <summary>
/// A growing buffer from the pool whose bytes are wiped when they have been used: messages carry keys and plaintext.
/// Not thread safe.
/// </summary>
internal sealed class WipedBuffer(int initialSizeInBytes = 1024) : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(initialSizeInBytes);
    private int _start;
    private int _end;

    /// <summary>What has been written and not yet consumed.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(_start, _end - _start);

    /// <summary>How many bytes that is.</summary>
    public int Length => _end - _start;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_end);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _end);
        _end += count;
    }

    /// <summary>Wipes the first <paramref name="count"/> bytes and forgets them.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _end - _start);
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(_start, count));
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    /// <summary>Wipes everything and gives the memory back.</summary>
    public void Dispose()
    {
        if (_bytes.Length == 0) return;
        Release(_bytes);
        _bytes = [];
        _start = _end = 0;
    }

    private void MakeRoom(int sizeInBytes)
    {
        if (_bytes.Length - _end >= sizeInBytes) return;
        var length = _end - _start;
        if (_start > 0 && _bytes.Length - length >= sizeInBytes && length <= _bytes.Length / 2)
        {
            _bytes.AsSpan(_start, length).CopyTo(_bytes);
            CryptographicOperations.ZeroMemory(_bytes.AsSpan(length, _end - length));
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, length + sizeInBytes));
            _bytes.AsSpan(_start, length).CopyTo(larger);
            Release(_bytes);
            _bytes = larger;
        }

        _start = 0;
        _end = length;
    }

    // A writer may have written beyond what it advanced over, so all of it goes.
    private static void Release(byte[] bytes)
    {
        CryptographicOperations.ZeroMemory(bytes);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
