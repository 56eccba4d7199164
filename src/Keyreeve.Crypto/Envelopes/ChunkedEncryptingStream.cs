using System.Buffers;
using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>Encrypts a file or stream of any length into a chunked envelope, as it is written.</summary>
/// <remarks>
/// <para>Call <see cref="Complete"/> or <see cref="CompleteAsync"/> at the end. Disposal alone leaves a message without its
/// end, which no reader accepts: so a failure half-way never leaves a file that looks whole.</para>
/// <para>Not thread safe. After a failed write to the destination the stream refuses further use.</para>
/// </remarks>
public sealed class ChunkedEncryptingStream : Stream
{
    /// <summary>Half a MiB a write: large enough for the disk, small enough for the processor's cache.</summary>
    private const int BatchSizeInBytes = 31 * ChunkedEncryption.SealedChunkSizeInBytes;

    private readonly Stream _destination;
    private readonly bool _leaveOpen;
    private readonly ChunkedEncryption _message;
    private readonly byte[] _pending;
    private readonly byte[] _output;
    private byte[]? _start;
    private int _pendingCount;
    private int _outputCount;
    private long _nextChunk;
    private long _written;
    private State _state;

    /// <summary>Begins an envelope; nothing is written before the first full batch or the end.</summary>
    /// <param name="destination">Takes the envelope.</param>
    /// <param name="dataKey">The data key, 32 bytes; copied, so that it may be disposed.</param>
    /// <param name="wrappedKey">The same data key, wrapped.</param>
    /// <param name="context">What the contents belong to; <see cref="EncryptionContext.Empty"/> is said in so many words.</param>
    /// <param name="leaveOpen">Whether disposal leaves the destination open.</param>
    /// <exception cref="ArgumentException">The data key does not have 32 bytes, or the destination cannot be written.</exception>
    public ChunkedEncryptingStream(
        Stream destination, SecretBytes dataKey, WrappedDataKey wrappedKey, EncryptionContext context, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(wrappedKey);
        ArgumentNullException.ThrowIfNull(context);
        if (!destination.CanWrite)
            throw new ArgumentException("The destination cannot be written.", nameof(destination));

        var header = ChunkedEnvelopeHeader.For(wrappedKey);
        var prefix = new byte[ChunkedEncryption.PrefixSizeInBytes];
        _message = ChunkedEncryption.Start(AeadAlgorithm.Aes256Gcm, dataKey, header.BindTo(context), prefix);
        _start = [.. header.Bytes, .. prefix];
        _destination = destination;
        _leaveOpen = leaveOpen;
        _pending = ArrayPool<byte>.Shared.Rent(ChunkedEncryption.ChunkSizeInBytes);
        _output = ArrayPool<byte>.Shared.Rent(BatchSizeInBytes);
    }

    private enum State
    {
        Open,
        Writing,
        Completed,
        Disposed,
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => _state == State.Open;

    /// <summary>Bytes of plaintext written so far.</summary>
    public override long Length => _written;

    /// <summary>Bytes of plaintext written so far; cannot be set.</summary>
    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException("An encrypted stream is written from its start to its end.");
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        CheckOpen();
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Take(buffer)..];
            if (IsBatchFull)
                WriteBatch();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Take(buffer.Span)..];
            if (IsBatchFull)
                await WriteBatchAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        Write(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Hands all full chunks to the destination and flushes it. Up to 16 KiB stay until more or the end comes.</summary>
    public override void Flush()
    {
        CheckOpen();
        WriteBatch();
        _destination.Flush();
    }

    /// <inheritdoc cref="Flush"/>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        CheckOpen();
        await WriteBatchAsync(cancellationToken).ConfigureAwait(false);
        await _destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes the last chunk and flushes the destination. Nothing can be written afterwards.</summary>
    /// <exception cref="InvalidOperationException">The envelope is complete already, or a write to the destination failed.</exception>
    public void Complete()
    {
        CheckOpen();
        SealPending();
        WriteBatch();
        _destination.Flush();
        _state = State.Completed;
    }

    /// <inheritdoc cref="Complete"/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        CheckOpen();
        SealPending();
        await WriteBatchAsync(cancellationToken).ConfigureAwait(false);
        await _destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        _state = State.Completed;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("An encrypting stream is only written.");

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) =>
        throw new NotSupportedException("An encrypted stream is written from its start to its end.");

    /// <inheritdoc/>
    public override void SetLength(long value) =>
        throw new NotSupportedException("An encrypted stream is written from its start to its end.");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Release() && !_leaveOpen)
            await _destination.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Release() && !_leaveOpen)
            _destination.Dispose();
        base.Dispose(disposing);
    }

    private bool IsBatchFull => BatchSizeInBytes - _outputCount < ChunkedEncryption.SealedChunkSizeInBytes;

    /// <summary>Encrypts what fits into the batch; returns how many bytes it took. There is room for a chunk at least.</summary>
    private int Take(ReadOnlySpan<byte> input)
    {
        var rest = input;
        while (!rest.IsEmpty && !IsBatchFull)
        {
            if (_pendingCount == 0 && rest.Length >= ChunkedEncryption.ChunkSizeInBytes)
            {
                Seal(rest[..ChunkedEncryption.ChunkSizeInBytes]);
                rest = rest[ChunkedEncryption.ChunkSizeInBytes..];
                continue;
            }

            var count = Math.Min(rest.Length, ChunkedEncryption.ChunkSizeInBytes - _pendingCount);
            rest[..count].CopyTo(_pending.AsSpan(_pendingCount));
            _pendingCount += count;
            rest = rest[count..];
            if (_pendingCount == ChunkedEncryption.ChunkSizeInBytes)
                SealPending();
        }

        var taken = input.Length - rest.Length;
        _written += taken;
        return taken;
    }

    private void SealPending()
    {
        Seal(_pending.AsSpan(0, _pendingCount));
        _pendingCount = 0;
    }

    private void Seal(ReadOnlySpan<byte> plaintext)
    {
        var length = plaintext.Length + ChunkedEncryption.TagSizeInBytes;
        _message.EncryptChunk(_nextChunk, plaintext, _output.AsSpan(_outputCount, length));
        _nextChunk++;
        _outputCount += length;
    }

    private void WriteBatch()
    {
        // Stays so when the destination throws: how much of the batch it took is not known.
        _state = State.Writing;
        if (_start is not null)
            _destination.Write(_start);
        _destination.Write(_output.AsSpan(0, _outputCount));
        EndOfWrite();
    }

    private async ValueTask WriteBatchAsync(CancellationToken cancellationToken)
    {
        _state = State.Writing;
        if (_start is not null)
            await _destination.WriteAsync(_start, cancellationToken).ConfigureAwait(false);
        await _destination.WriteAsync(_output.AsMemory(0, _outputCount), cancellationToken).ConfigureAwait(false);
        EndOfWrite();
    }

    private void EndOfWrite()
    {
        _start = null;
        _outputCount = 0;
        _state = State.Open;
    }

    private void CheckOpen()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Open)
        {
            throw new InvalidOperationException(_state == State.Completed
                ? "The envelope is complete."
                : "A write of this envelope failed or is under way.");
        }
    }

    private bool Release()
    {
        if (_state == State.Disposed)
            return false;
        _state = State.Disposed;
        _message.Dispose();
        CryptographicOperations.ZeroMemory(_pending);
        ArrayPool<byte>.Shared.Return(_pending);
        ArrayPool<byte>.Shared.Return(_output);
        return true;
    }
}
