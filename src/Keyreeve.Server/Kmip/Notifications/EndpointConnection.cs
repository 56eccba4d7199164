using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// A connection on which the server asks and the other side answers, in TTLV: one that it opens, or one of a client's that it has been
/// given. Used by one thread at a time.
/// </summary>
internal sealed class EndpointConnection : IEndpointLink
{
    private const int HeaderSizeInBytes = 8;

    private readonly Stream _stream;
    private readonly byte[] _header = new byte[HeaderSizeInBytes];
    private Task<int>? _reading;

    /// <summary>On a stream that is open and belongs to the caller.</summary>
    public EndpointConnection(Stream stream) => _stream = stream;

    /// <summary>Connects.</summary>
    /// <param name="endpoint">Where to, as configured.</param>
    /// <param name="tls">Whom to, and as whom.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<EndpointConnection> OpenAsync(DnsEndPoint endpoint, PinnedTls tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SslStream? stream = null;
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(tls.OptionsFor(endpoint.Host), cancellationToken);
            return new EndpointConnection(stream);
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the other side sends something or leaves. Between an answer and the next request it may do neither.</summary>
    public Task WhenHeardOfAsync(CancellationToken cancellationToken) => ReadHeaderAsync(cancellationToken);

    /// <summary>Sends a request and reads its answer, and not a byte behind it.</summary>
    /// <inheritdoc/>
    public async Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(request, cancellationToken);
        var count = await ReadHeaderAsync(cancellationToken).WaitAsync(cancellationToken);
        _reading = null;
        if (count < HeaderSizeInBytes) throw new IOException("The endpoint has closed the connection.");
        var length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
        if (!new TtlvReader(_header).NextIs(Keyreeve.Kmip.Tag.ResponseMessage) || length > PinnedTls.LargestAnswerInBytes)
            throw new IOException("The endpoint does not answer with a KMIP response.");
        var answer = new byte[HeaderSizeInBytes + (int)length];
        _header.CopyTo(answer, 0);
        await _stream.ReadExactlyAsync(answer.AsMemory(HeaderSizeInBytes), cancellationToken);
        return answer;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private Task<int> ReadHeaderAsync(CancellationToken cancellationToken) =>
        _reading ??= _stream.ReadAtLeastAsync(_header, HeaderSizeInBytes, throwOnEndOfStream: false, cancellationToken).AsTask();
}
