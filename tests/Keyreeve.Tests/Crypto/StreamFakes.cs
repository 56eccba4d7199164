using Keyreeve.Crypto;

namespace Keyreeve.Tests.Crypto;

/// <summary>Gives a few bytes a read, as a network does, and says it cannot seek.</summary>
internal sealed class DribblingStream(byte[] content) : MemoryStream(content)
{
    private int _turn;

    public override bool CanSeek => false;

    // The other overloads of a derived MemoryStream end here.
    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, Next()));

    private int Next() => 1 + 4999 * (_turn++ % 3);
}

/// <summary>Refuses every byte.</summary>
internal sealed class FullDisk : MemoryStream
{
    public override void Write(byte[] buffer, int offset, int count) => throw new IOException("No space left on device.");
}

/// <summary>A chunked message of any size that encrypts each chunk when it is read, and notes which were.</summary>
internal sealed class SimulatedMessage : Stream
{
    private const int Chunk = ChunkedEncryption.ChunkSizeInBytes;
    private const int Sealed = Chunk + 16;

    private readonly ChunkedEncryption _message;
    private readonly byte[] _prefix = new byte[ChunkedEncryption.PrefixSizeInBytes];
    private readonly long _plaintextLength;

    public SimulatedMessage(long plaintextLength)
    {
        _plaintextLength = plaintextLength;
        Key = SecretBytes.Random(32);
        _message = ChunkedEncryption.Start(AeadAlgorithm.Aes256Gcm, Key, [], _prefix);
    }

    public SecretBytes Key { get; }

    public List<long> ChunksRead { get; } = [];

    public int Reads { get; private set; }

    public long BytesRead { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => ChunkedEncryption.CiphertextLength(_plaintextLength);

    public override long Position { get; set; }

    public static byte[] PlaintextAt(long position, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)((position + i) / 8 * 31 >> (int)((position + i) % 8) & 0xFF);
        return bytes;
    }

    public override int Read(Span<byte> buffer)
    {
        Reads++;
        var total = 0;
        while (total < buffer.Length && Position < Length)
        {
            var (part, offset) = PartAtPosition();
            var count = Math.Min(part.Length - offset, buffer.Length - total);
            part.AsSpan(offset, count).CopyTo(buffer[total..]);
            total += count;
            Position += count;
        }

        BytesRead += total;
        return total;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        _message.Dispose();
        Key.Dispose();
        base.Dispose(disposing);
    }

    private (byte[] Part, int Offset) PartAtPosition()
    {
        if (Position < _prefix.Length)
            return (_prefix, (int)Position);
        var index = (Position - _prefix.Length) / Sealed;
        ChunksRead.Add(index);
        var length = (int)Math.Min(Chunk, _plaintextLength - index * Chunk);
        var chunk = new byte[length + 16];
        _message.EncryptChunk(index, PlaintextAt(index * Chunk, length), chunk);
        return (chunk, (int)((Position - _prefix.Length) % Sealed));
    }
}
