using System.Buffers;
using System.Security.Cryptography;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Kmip.Client;

/// <summary>
/// What an operation returned. The payload holds views of the message; <see cref="Dispose"/> wipes it. Copy what is needed longer,
/// into memory fit for it.
/// </summary>
/// <typeparam name="TPayload">The response payload.</typeparam>
public sealed class KmipResponse<TPayload> : IDisposable
{
    private readonly MessageBuffer _buffer;
    private readonly TPayload _payload;

    internal KmipResponse(MessageBuffer buffer, ResponseHeader header, TPayload payload)
    {
        _buffer = buffer;
        Header = header;
        _payload = payload;
    }

    /// <summary>The message's header.</summary>
    public ResponseHeader Header { get; }

    /// <summary>What the operation returned; views of the message.</summary>
    /// <exception cref="ObjectDisposedException">The message has been wiped.</exception>
    public TPayload Payload
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer.IsDisposed, this);
            return _payload;
        }
    }

    /// <summary>Wipes the message.</summary>
    public void Dispose() => _buffer.Dispose();
}

/// <summary>A received message in pooled memory that is wiped.</summary>
internal sealed class MessageBuffer : IDisposable
{
    private byte[]? _bytes;
    private readonly int _length;

    public MessageBuffer(int length)
    {
        _bytes = ArrayPool<byte>.Shared.Rent(length);
        _length = length;
    }

    public bool IsDisposed => _bytes is null;

    public Memory<byte> Memory => _bytes.AsMemory(0, _length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is not { } bytes) return;
        CryptographicOperations.ZeroMemory(bytes.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
