using System.Buffers;
using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>Decrypts a chunked envelope as it is read; seekable when the source is.</summary>
/// <remarks>
/// <para>Gives out only bytes whose chunk was authenticated. A chunk that was altered, moved, repeated, left out or added
/// makes the read that reaches it throw <see cref="CryptographicException"/>, and every read after that. That the file is
/// whole is known once a read has returned 0 or <see cref="Length"/> a number.</para>
/// <para>Seeking costs nothing; the read after it fetches the chunks it needs and no others. Not thread safe. After a
/// failed or cancelled read of the source the stream refuses further use.</para>
/// </remarks>
public sealed class ChunkedDecryptingStream : Stream
{
    private const int ChunkSize = ChunkedEncryption.ChunkSizeInBytes;
    private const int SealedChunkSize = ChunkedEncryption.SealedChunkSizeInBytes;

    /// <summary>Half a MiB a read: large enough for the disk, small enough for the processor's cache.</summary>
    private const int LargestBatchInChunks = 31;

    private readonly Stream _source;
    private readonly bool _leaveOpen;
    private readonly AeadAlgorithm _algorithm;
    private readonly SecretBytes _dataKey;
    private readonly byte[] _context;
    private readonly long _origin;

    /// <summary>Consecutive chunks as they stand in the source, from number <see cref="_sealedIndex"/> on.</summary>
    private readonly byte[] _sealed;

    /// <summary>One decrypted chunk, number <see cref="_chunkIndex"/>, for reads that take less than the whole.</summary>
    private readonly byte[] _chunk;

    private ChunkedEncryption? _message;
    private long _position;
    private long? _length;
    private long _sealedIndex;
    private int _sealedCount;
    private bool _sourceEnded;
    private long _chunkIndex = -1;
    private int _chunkCount;
    private int _batchInChunks = 1;
    private bool _mayBeBeyondEnd;
    private State _state;

    /// <summary>Begins to read behind the header.</summary>
    /// <param name="source">Stands where <see cref="ChunkedEnvelopeHeader.ReadAsync"/> left it.</param>
    /// <param name="header">That header.</param>
    /// <param name="dataKey">The unwrapped data key, 32 bytes; copied, so that it may be disposed.</param>
    /// <param name="context">The context given when the envelope was written.</param>
    /// <param name="leaveOpen">Whether disposal leaves the source open.</param>
    /// <exception cref="ArgumentException">The data key does not have 32 bytes, or the source cannot be read.</exception>
    public ChunkedDecryptingStream(
        Stream source, ChunkedEnvelopeHeader header, SecretBytes dataKey, EncryptionContext context, bool leaveOpen = false)
        : this(source, AeadAlgorithm.Aes256Gcm, dataKey, Bind(header, context), leaveOpen)
    {
    }

    /// <summary>Begins to read a bare C2SP message.</summary>
    internal ChunkedDecryptingStream(Stream source, AeadAlgorithm algorithm, SecretBytes dataKey, byte[] context, bool leaveOpen)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(dataKey);
        if (!source.CanRead)
            throw new ArgumentException("The source cannot be read.", nameof(source));
        if (dataKey.LengthInBytes != algorithm.KeySizeInBytes)
            throw new ArgumentException($"The data key must have {algorithm.KeySizeInBytes} bytes.", nameof(dataKey));
        _source = source;
        _algorithm = algorithm;
        _context = context;
        _leaveOpen = leaveOpen;
        _origin = source.CanSeek ? source.Position : 0;
        _dataKey = dataKey.Clone();
        _sealed = ArrayPool<byte>.Shared.Rent(LargestBatchInChunks * SealedChunkSize);
        _chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
    }

    private enum State
    {
        Open,
        Reading,
        Failed,
        Disposed,
    }

    /// <inheritdoc/>
    public override bool CanRead => _state != State.Disposed;

    /// <inheritdoc/>
    public override bool CanSeek => _state != State.Disposed && _source.CanSeek;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <summary>Length of the plaintext. The end of the source is authenticated before it is told.</summary>
    /// <exception cref="NotSupportedException">The source cannot seek.</exception>
    /// <exception cref="CryptographicException">The source does not end as it was written.</exception>
    public override long Length
    {
        get
        {
            CheckOpen();
            if (_length is { } known)
                return known;
            var lastIndex = LengthBySize() / ChunkSize;
            while (!TryLoad(lastIndex))
                Fill(lastIndex, 1);
            return _length ?? throw Fail();
        }
    }

    /// <summary>Position in the plaintext.</summary>
    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        CheckOpen();
        if (_mayBeBeyondEnd && _position >= LengthBySize())
            return _position >= Length ? 0 : throw Fail();
        _mayBeBeyondEnd = false;
        while (true)
        {
            var count = ReadBuffered(buffer);
            if (count > 0 || buffer.IsEmpty || _position >= _length)
                return count;
            Fill(_position / ChunkSize, _position % ChunkSize + buffer.Length);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CheckOpen();
        if (_mayBeBeyondEnd && _position >= LengthBySize())
        {
            var lastIndex = LengthBySize() / ChunkSize;
            while (_length is null && !TryLoad(lastIndex))
                await FillAsync(lastIndex, 1, cancellationToken).ConfigureAwait(false);
            return _position >= _length ? 0 : throw Fail();
        }

        _mayBeBeyondEnd = false;
        while (true)
        {
            var count = ReadBuffered(buffer.Span);
            if (count > 0 || buffer.IsEmpty || _position >= _length)
                return count;
            await FillAsync(_position / ChunkSize, _position % ChunkSize + buffer.Length, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <summary>Moves to a position, which may lie behind the end. Reads nothing, unless it is relative to the end.</summary>
    /// <exception cref="NotSupportedException">The source cannot seek.</exception>
    /// <exception cref="IOException">The position is negative.</exception>
    public override long Seek(long offset, SeekOrigin origin)
    {
        CheckOpen();
        if (!_source.CanSeek)
            throw new NotSupportedException("The source cannot seek.");
        var target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "No such origin."),
        };
        if (target < 0)
            throw new IOException("A position cannot be negative.");
        _position = target;
        _mayBeBeyondEnd = true;
        return target;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is ever written.
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("A decrypting stream is only read.");

    /// <inheritdoc/>
    public override void SetLength(long value) =>
        throw new NotSupportedException("A decrypting stream is only read.");

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Release() && !_leaveOpen)
            await _source.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Release() && !_leaveOpen)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Bind(ChunkedEnvelopeHeader header, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(context);
        return header.BindTo(context);
    }

    /// <summary>Decrypts as much as lies in memory.</summary>
    private int ReadBuffered(Span<byte> buffer)
    {
        var rest = buffer;
        while (!rest.IsEmpty && !(_position >= _length))
        {
            var index = _position / ChunkSize;
            var offset = (int)(_position % ChunkSize);
            int count;
            if (offset == 0 && index != _chunkIndex && TryFind(index, out var chunk, out var isLast)
                && rest.Length >= chunk.Length - ChunkedEncryption.TagSizeInBytes)
            {
                count = chunk.Length - ChunkedEncryption.TagSizeInBytes;
                Decrypt(index, chunk, isLast, rest[..count]);
            }
            else
            {
                if (!TryLoad(index))
                    break;
                count = Math.Min(Math.Max(_chunkCount - offset, 0), rest.Length);
                _chunk.AsSpan(offset, count).CopyTo(rest);
            }

            rest = rest[count..];
            _position += count;
        }

        return buffer.Length - rest.Length;
    }

    /// <summary>Decrypts a chunk into the chunk buffer. False when it does not lie in memory.</summary>
    private bool TryLoad(long index)
    {
        if (index == _chunkIndex)
            return true;
        if (!TryFind(index, out var chunk, out var isLast))
            return false;
        _chunkIndex = -1;
        var count = chunk.Length - ChunkedEncryption.TagSizeInBytes;
        Decrypt(index, chunk, isLast, _chunk.AsSpan(0, count));
        _chunkIndex = index;
        _chunkCount = count;
        return true;
    }

    /// <summary>Finds a chunk among those fetched. What is shorter than a full chunk is the last, or no chunk at all.</summary>
    private bool TryFind(long index, out ReadOnlySpan<byte> chunk, out bool isLast)
    {
        chunk = default;
        isLast = false;
        var number = index - _sealedIndex;
        if (_message is null || number < 0 || number > LargestBatchInChunks)
            return false;
        var start = (int)number * SealedChunkSize;
        var available = _sealedCount - start;
        if (available < SealedChunkSize)
        {
            if (!_sourceEnded || available < 0)
                return false;

            // spec: C2SP chunked-encryption "it must decrypt the final chunk, which must have encrypted length between
            // len(tag) and 16 KiB + len(tag) - 1. Otherwise, it must return a message truncation error."
            if (available < ChunkedEncryption.TagSizeInBytes)
                throw Fail();
            isLast = true;
        }

        chunk = _sealed.AsSpan(start, Math.Min(available, SealedChunkSize));
        return true;
    }

    private void Decrypt(long index, ReadOnlySpan<byte> chunk, bool isLast, Span<byte> plaintext)
    {
        if (!_message!.TryDecryptChunk(index, chunk, plaintext))
            throw Fail();
        if (isLast)
            _length = index * ChunkSize + plaintext.Length;
    }

    private void Fill(long index, long wantedBytes)
    {
        _state = State.Reading;
        if (_message is null)
        {
            SeekSource(_origin);
            var prefix = _sealed.AsSpan(0, ChunkedEncryption.PrefixSizeInBytes);
            Open(_source.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false));
        }

        var batch = Prepare(index, wantedBytes);
        var read = _source.ReadAtLeast(batch.Span, batch.Length, throwOnEndOfStream: false);
        EndOfRead(read, batch.Length);
    }

    private async ValueTask FillAsync(long index, long wantedBytes, CancellationToken cancellationToken)
    {
        _state = State.Reading;
        if (_message is null)
        {
            SeekSource(_origin);
            var prefix = _sealed.AsMemory(0, ChunkedEncryption.PrefixSizeInBytes);
            Open(await _source.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false));
        }

        var batch = Prepare(index, wantedBytes);
        var read = await _source.ReadAtLeastAsync(batch, batch.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        EndOfRead(read, batch.Length);
    }

    /// <summary>Derives the message's keys from the prefix, which stands at the start of the batch buffer.</summary>
    private void Open(int prefixRead)
    {
        if (prefixRead < ChunkedEncryption.PrefixSizeInBytes
            || !ChunkedEncryption.TryOpen(
                _algorithm, _dataKey, _context, _sealed.AsSpan(0, ChunkedEncryption.PrefixSizeInBytes), out var message))
        {
            throw Fail();
        }

        _message = message;
        _dataKey.Dispose();
    }

    /// <summary>
    /// Says where to fetch how much: what is wanted, and ever more ahead of it as long as the reads go straight on.
    /// </summary>
    private Memory<byte> Prepare(long index, long wantedBytes)
    {
        var goesStraightOn = index == _sealedIndex + _sealedCount / SealedChunkSize;
        _batchInChunks = goesStraightOn ? Math.Min(_batchInChunks * 2, LargestBatchInChunks) : 1;
        var wantedChunks = Math.Min((wantedBytes + ChunkSize - 1) / ChunkSize, LargestBatchInChunks);
        var chunks = (int)Math.Max(wantedChunks, _batchInChunks);

        SeekSource(_origin + ChunkedEncryption.PrefixSizeInBytes + index * SealedChunkSize);
        _sealedIndex = index;
        _sealedCount = 0;
        return _sealed.AsMemory(0, chunks * SealedChunkSize);
    }

    private void EndOfRead(int read, int asked)
    {
        _sealedCount = read;
        _sourceEnded = read < asked;
        _state = State.Open;
    }

    private void SeekSource(long position)
    {
        if (_source.CanSeek && _source.Position != position)
            _source.Position = position;
    }

    /// <summary>The plaintext's length if the source ends as it should, which the source's size alone does not prove.</summary>
    private long LengthBySize()
    {
        if (!_source.CanSeek)
            throw new NotSupportedException("The source cannot seek.");
        return ChunkedEncryption.TryGetPlaintextLength(_source.Length - _origin, out var length) ? length : throw Fail();
    }

    private void CheckOpen()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state != State.Open)
            throw Fail();
    }

    /// <summary>One error for everything, and no way back from it.</summary>
    private CryptographicException Fail()
    {
        _state = State.Failed;
        return new CryptographicException(
            "The encrypted stream was altered or cut short, its key or context is another, or an earlier read of it failed.");
    }

    private bool Release()
    {
        if (_state == State.Disposed)
            return false;
        _state = State.Disposed;
        _message?.Dispose();
        _dataKey.Dispose();
        CryptographicOperations.ZeroMemory(_chunk);
        ArrayPool<byte>.Shared.Return(_chunk);
        ArrayPool<byte>.Shared.Return(_sealed);
        return true;
    }
}
