using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Kmip;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Sealing;

/// <summary>The KMIP door of a sealed server: every message is answered with an error that says so, and the connection ends.</summary>
internal sealed class SealedKmipDoor : IAsyncDisposable
{
    private const int MostConnections = 100;
    private const int LargestRequestInBytes = 64 * 1024;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private readonly TcpListener _listener;
    private readonly SslStreamCertificateContext _certificate;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _connections = new(MostConnections);
    private Task _accepting = Task.CompletedTask;

    private SealedKmipDoor(TcpListener listener, SslStreamCertificateContext certificate, ILogger logger)
    {
        _listener = listener;
        _certificate = certificate;
        _logger = logger;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Opens the door.</summary>
    /// <exception cref="IOException">The address or port cannot be had.</exception>
    public static SealedKmipDoor Start(KmipOptions options, SslStreamCertificateContext certificate, ILogger logger)
    {
        var listener = new TcpListener(options.Listen, options.Port);
        try
        {
            listener.Start();
        }
        catch (SocketException refused)
        {
            listener.Dispose();
            throw new IOException($"KMIP cannot listen on {options.Listen}:{options.Port}: {refused.Message}", refused);
        }

        var door = new SealedKmipDoor(listener, certificate, logger);
        door._accepting = door.AcceptAsync(door._ending.Token);
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        // Those who are being answered have their own time limit, and nothing of ours that could be taken away.
        for (var i = 0; i < MostConnections; i++) await _connections.WaitAsync();
        _connections.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await _connections.WaitAsync(ending);
                _ = AnswerAsync(await AcceptOneAsync(ending), ending);
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<TcpClient> AcceptOneAsync(CancellationToken ending)
    {
        try
        {
            return await _listener.AcceptTcpClientAsync(ending);
        }
        catch
        {
            _connections.Release();
            throw;
        }
    }

    private async Task AnswerAsync(TcpClient connection, CancellationToken ending)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(TimeLimit);
        try
        {
            using (connection)
            {
                await using var tls = new SslStream(connection.GetStream());
                await tls.AuthenticateAsServerAsync(ServerTls.ForSealed(_certificate, isWeb: false), limit.Token);
                var request = await ReadAsync(tls, limit.Token);
                await tls.WriteAsync(Refuse(request), limit.Token);
                await tls.ShutdownAsync();
            }
        }
        catch (Exception gone) when (gone is IOException or AuthenticationException or OperationCanceledException or SocketException)
        {
            _logger.LogDebug("KMIP, sealed: a connection ended: {Reason}", gone.Message);
        }
        finally
        {
            _connections.Release();
        }
    }

    // As much as says how long the message is; all of it, if that is not too much.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(SslStream tls, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestRequestInBytes];
        var count = 0;
        while (count < buffer.Length)
        {
            var read = await tls.ReadAsync(buffer.AsMemory(count), cancellationToken);
            if (read == 0) break;
            count += read;
            try
            {
                if (TtlvFraming.TryReadLength(buffer.AsSpan(0, count), Tag.RequestMessage, LargestRequestInBytes, out var length) && count >= length) break;
            }
            catch (TtlvException)
            {
                break;
            }
        }

        return buffer.AsMemory(0, count);
    }

    private static ReadOnlyMemory<byte> Refuse(ReadOnlyMemory<byte> request)
    {
        var version = RequestMessage.TryReadVersion(request, out var asked) && KmipRoutes.SupportedVersions.Contains(asked) ? asked : ProtocolVersion.Kmip10;
        var refusal = new KeyreeveException(KeyreeveError.Sealed, "The server is sealed and serves nothing until its root key is open.");
        using var output = new TtlvWriter(1024);
        var writer = new ResponseWriter(output);
        writer.Begin(new ResponseHeader { ProtocolVersion = version, TimeStamp = TimeProvider.System.GetUtcNow() });
        foreach (var item in PendingMessage.Refused(version, refusal).Items) writer.WriteItem(item.Failure(refusal, version));
        writer.Complete();
        return output.WrittenMemory.ToArray();
    }
}
