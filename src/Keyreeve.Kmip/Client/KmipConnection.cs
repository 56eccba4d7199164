using System.Net.Security;
using System.Net.Sockets;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>One connection to a server: one request, one response, in turn.</summary>
internal sealed class KmipConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Socket? _socket;
    private readonly int _maximumLength;

    private KmipConnection(Stream stream, Socket? socket, int maximumLength)
    {
        _stream = stream;
        _socket = socket;
        _maximumLength = maximumLength;
    }

    /// <summary>Whether the server has closed an idle connection, or sent what nobody asked for.</summary>
    public bool IsStale => _socket is not null && (!_socket.Connected || _socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));

    public static async ValueTask<KmipConnection> OpenAsync(KmipClientOptions options, CancellationToken cancellationToken)
    {
        if (options.OpenStream is { } open) return new(await open(cancellationToken), null, options.MaximumResponseLengthInBytes);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? tls = null;
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, cancellationToken);
            tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await tls.AuthenticateAsClientAsync(options.Tls, cancellationToken);
            return new(tls, socket, options.MaximumResponseLengthInBytes);
        }
        catch
        {
            if (tls is not null) await tls.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and receives its response. After any exception the connection is of no use any more.</summary>
    public async ValueTask<MessageBuffer> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await SendAsync(request, cancellationToken);
        return await ReceiveAsync(Tag.ResponseMessage, cancellationToken) ?? throw new EndOfStreamException("The server has closed the connection.");
    }

    /// <summary>Sends a message.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(message, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    /// <summary>Receives a message; null if the other side has left before its first byte.</summary>
    public async ValueTask<MessageBuffer?> ReceiveAsync(Tag tag, CancellationToken cancellationToken)
    {
        var header = new byte[TtlvFraming.HeaderLengthInBytes];
        var count = await _stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken);
        if (count == 0) return null;
        if (count < header.Length) throw new EndOfStreamException("The connection was closed in the middle of a message.");
        TtlvFraming.TryReadLength(header, tag, _maximumLength, out var length);
        var message = new MessageBuffer(length);
        try
        {
            header.CopyTo(message.Memory);
            await _stream.ReadExactlyAsync(message.Memory[header.Length..], cancellationToken);
            return message;
        }
        catch
        {
            message.Dispose();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
