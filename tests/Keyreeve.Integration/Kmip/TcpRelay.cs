using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Keyreeve.Integration.Kmip;

/// <summary>A relay before a server, whose connections a test cuts when it likes.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly Task _accepting;
    private int _connections;

    public TcpRelay(IPEndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there have been.</summary>
    public int Connections => _connections;

    /// <summary>Whether what clients send is swallowed from now on.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Cuts every connection.</summary>
    public void Cut()
    {
        while (_open.TryTake(out var connection)) connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Cut();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient { NoDelay = true };
                await server.ConnectAsync(_server);
                Interlocked.Increment(ref _connections);
                _open.Add(client);
                _open.Add(server);
                _ = PumpAsync(client, server, () => IsDeaf);
                _ = PumpAsync(server, client, static () => false);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener has been stopped.
        }
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to, Func<bool> isSwallowed)
    {
        var buffer = new byte[16384];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer)) > 0)
                if (!isSwallowed()) await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection has been cut.
        }
    }
}
