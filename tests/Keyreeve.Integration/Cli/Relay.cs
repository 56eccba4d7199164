using System.Net;
using System.Net.Sockets;

namespace Keyreeve.Integration.Cli;

/// <summary>Stands between clients and a server, and can be slow.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly int _targetPort;
    private readonly Task _accepting;
    private long _delayInTicks;

    public Relay(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How long each piece is held back.</summary>
    public TimeSpan Delay
    {
        get => new(Volatile.Read(ref _delayInTicks));
        set => Volatile.Write(ref _delayInTicks, value.Ticks);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _targetPort, _ended.Token);
            var there = PumpAsync(near.GetStream(), far.GetStream());
            var back = PumpAsync(far.GetStream(), near.GetStream());
            // When one side ends, so does the whole.
            await Task.WhenAny(there, back);
            near.Close();
            far.Close();
            await Task.WhenAll(there, back);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // That is how connections end here.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _ended.Token) is > 0 and var count)
        {
            if (Delay > TimeSpan.Zero)
                await Task.Delay(Delay, _ended.Token);
            await to.WriteAsync(buffer.AsMemory(0, count), _ended.Token);
        }
    }
}
