using Keyreeve.Client;

namespace Keyreeve.Integration.Cli;

/// <summary>Load on the same servers over REST and over KMIP at once.</summary>
internal sealed class LoadOverBoth : IAsyncDisposable
{
    private readonly KeyreeveProvider _rest;
    private readonly KmipProvider _kmip;
    private readonly EncryptionLoad _overRest;
    private readonly EncryptionLoad _overKmip;

    /// <summary>Begins.</summary>
    /// <param name="options">How to connect.</param>
    /// <param name="firstHost">The first server's host; all others are this machine.</param>
    /// <param name="servers">Ports for REST and KMIP of each server, in the order in which they are preferred.</param>
    public LoadOverBoth(ClientOptions options, string firstHost, params (int Https, int Kmip)[] servers)
    {
        string Host(int index) => index == 0 ? firstHost : "localhost";
        _rest = new KeyreeveProvider(new KeyreeveClient(options with { Servers = [.. servers.Select((s, i) => new Uri($"https://{Host(i)}:{s.Https}"))] }));
        _kmip = new KmipProvider(options with { Servers = [.. servers.Select((s, i) => new Uri($"kmip://{Host(i)}:{s.Kmip}"))] });
        _overRest = new EncryptionLoad(_rest);
        _overKmip = new EncryptionLoad(_kmip);
    }

    /// <summary>Waits until calls of both that began after now have come through.</summary>
    public Task MoveOnAsync() => Task.WhenAll(_overRest.MoveOnAsync(), _overKmip.MoveOnAsync());

    public Task UntilGivenUpAsync(int server) => Task.WhenAll(
        _overRest.UntilAsync(() => !_rest.Client.Servers[server].Serves, $"server {server} was given up over REST"),
        _overKmip.UntilAsync(() => !_kmip.Servers[server].Serves, $"server {server} was given up over KMIP"));

    public Task UntilTakenBackAsync(int server) => Task.WhenAll(
        _overRest.UntilAsync(() => _rest.Client.Servers[server].Serves, $"server {server} was taken back over REST"),
        _overKmip.UntilAsync(() => _kmip.Servers[server].Serves, $"server {server} was taken back over KMIP"));

    /// <summary>Ends the work; says what was done.</summary>
    public async Task<string> EndAsync() => $"REST: {await _overRest.EndAsync()}\nKMIP: {await _overKmip.EndAsync()}";

    public async ValueTask DisposeAsync()
    {
        await _overRest.DisposeAsync();
        await _overKmip.DisposeAsync();
        await _rest.DisposeAsync();
        await _kmip.DisposeAsync();
    }
}
