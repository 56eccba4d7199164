using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// Accepts KMIP clients over mutual TLS, within limits in all, per address and per identity.
/// spec: KMIP 2.1 Profiles §3.1 "Basic Authentication Suite": TLS with mutual authentication, port 5696.
/// </summary>
/// <param name="options">Where, and how much.</param>
/// <param name="tls">The server's side of a handshake, made anew for each connection, so that certificates are replaced without a restart.</param>
/// <param name="identify">Says whose certificate a client showed; null if it is not trusted.</param>
/// <param name="processor">Executes messages.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For the operator.</param>
internal sealed class KmipListener(
    KmipOptions options, Func<SslServerAuthenticationOptions> tls, Func<X509Certificate2, KmipCaller?> identify, KmipMessageProcessor processor,
    TimeProvider time, ILogger<KmipListener> logger)
    : IAsyncDisposable
{
    // Of one address that has not shown who it is: so that a flood of half-open handshakes leaves room for the others.
    private const int MaxHandshakesPerAddress = 64;
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<KmipConnection, Task> _connections = new();
    private readonly ConnectionAdmission _handshakes = new(MaxHandshakesPerAddress);
    private readonly ConnectionAdmission _identities = new(options.MaxConnectionsPerIdentity);
    private readonly CancellationTokenSource _abort = new();
    private readonly Socket _socket = NewSocket(options.Listen);
    private Task _accepting = Task.CompletedTask;
    private Task _sweeping = Task.CompletedTask;
    private volatile bool _stopping;

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The port is taken or may not be used.</exception>
    public void Start()
    {
        try
        {
            // Not ReuseAddress: in .NET that is SO_REUSEPORT as well, by which two servers share a port and neither notices.
            _socket.Bind(new IPEndPoint(options.Listen, options.Port));
            _socket.Listen(512);
        }
        catch (SocketException e)
        {
            throw new IOException(
                $"KMIP cannot listen on {options.Listen}:{options.Port}: {e.Message}. Stop what uses the port, or choose another: [kmip] port, or --set kmip.port=N.", e);
        }

        _accepting = AcceptAsync();
        _sweeping = SweepAsync();
    }

    /// <summary>Stops listening, lets requests in flight finish for as long as <paramref name="grace"/>, then closes what is left.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        _stopping = true;
        _socket.Close();
        await _accepting;
        foreach (var connection in _connections.Keys) connection.RequestStop();
        var open = Task.WhenAll(_connections.Values);
        await Task.WhenAny(open, Task.Delay(grace, time));
        await _abort.CancelAsync();
        foreach (var connection in _connections.Keys) connection.Abort();
        await open;
        await _sweeping;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping) await StopAsync(TimeSpan.Zero);
        _abort.Dispose();
        _socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping)
        {
            Socket client;
            try
            {
                client = await _socket.AcceptAsync();
            }
            catch (SocketException) when (!_stopping)
            {
                // The peer left before it was accepted, or descriptors ran out: neither ends the service.
                await Task.Delay(TimeSpan.FromMilliseconds(10), time);
                continue;
            }
            catch (Exception e) when (_stopping && e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Admit(client);
        }
    }

    // '::' is all interfaces, with whichever protocol somebody comes, as at the door of REST.
    private static Socket NewSocket(IPAddress listen)
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (listen.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
        return socket;
    }

    private void Admit(Socket client)
    {
        IPAddress address;
        try
        {
            client.NoDelay = true;
            address = ((IPEndPoint)client.RemoteEndPoint!).Address;
        }
        catch (SocketException)
        {
            client.Dispose();
            return;
        }

        if (_connections.Count >= options.MaxConnections || !_handshakes.TryEnter(NetworkOrigin.Of(address), out var handshake))
        {
            logger.LogWarning("KMIP: a connection from {Address} was refused: too many.", address);
            client.Dispose();
            return;
        }

        // Until it is known whose it is, handshakes of one address take turns with those of others.
        var work = new ProcessorTurn(processor.Turns, Principal.Unknown(address.ToString()));
        var connection = new KmipConnection(client, new WipedReceiveStream(client, work), options, processor, time, logger);
        // Registered before it runs, so that its end finds it.
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = done.Task;
        _ = Task.Run(async () =>
        {
            await ServeAsync(connection, handshake);
            _connections.TryRemove(connection, out _);
            done.SetResult();
        });
    }

    private async Task ServeAsync(KmipConnection connection, IDisposable handshake)
    {
        IDisposable? identity = null;
        try
        {
            await connection.ServeAsync(tls(), identify, Admitted, _abort.Token);
        }
        catch (AuthenticationException e)
        {
            logger.LogWarning("KMIP: {Remote} failed the TLS handshake: {Reason}", connection.Remote, e.InnerException?.Message ?? e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client left, or was closed at its deadline or at our stop: nothing of it remains.
            logger.LogDebug("KMIP: {Remote} ended: {Reason}", connection.Remote, e.Message);
        }
        catch (Exception e)
        {
            logger.LogError(e, "KMIP: the connection of {Remote} ended by a defect.", connection.Remote);
        }
        finally
        {
            handshake.Dispose();
            identity?.Dispose();
            connection.Dispose();
        }

        bool Admitted(string fingerprint)
        {
            handshake.Dispose();
            if (_identities.TryEnter(fingerprint, out identity)) return true;
            logger.LogWarning("KMIP: a connection of {Fingerprint} from {Remote} was refused: it has too many.", fingerprint, connection.Remote);
            return false;
        }
    }

    private async Task SweepAsync()
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        while (!_abort.IsCancellationRequested)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(_abort.Token)) return;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var now = time.GetTimestamp();
            foreach (var connection in _connections.Keys)
            {
                connection.CheckDeadline(now);
                connection.CheckAuthority();
                connection.CheckCaller();
            }
        }
    }
}
