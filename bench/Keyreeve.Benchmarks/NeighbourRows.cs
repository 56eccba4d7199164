using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>What a client that asks for one thing after another is left by one that asks for as much as it can.</summary>
internal static class NeighbourRows
{
    private const int NoisyConnections = 32;
    private const int NoisyInFlight = 8;

    public static async Task<Comparison> QuietAsync(Stage stage)
    {
        var server = await stage.ServerAsync();
        var request = KmipRows.EncryptRequest(await KmipRows.NewKeyAsync(server, ProtocolVersion.Kmip21), ProtocolVersion.Kmip21);
        var quiet = await KmipRows.LoadAsync(server, connections: 1, request, inFlight: 1, Operation.Encrypt);
        var noisy = new Noise(server.OpenNeighbour());
        await noisy.OpenAsync(server, request);
        return new Comparison
        {
            Name = "noisy-neighbour",
            Unit = "requests/s",
            Ours = async length =>
            {
                var noise = noisy.RunAsync(length);
                var rate = await quiet.RunAsync(length);
                await noise;
                return rate;
            },
            Reference = async length => await quiet.RunAsync(length) / 2,
            ReferenceName = "its share, one of two: half of what it has alone",
            WarmUp = stage.WarmUpOf("kmip"),
            Owned = [quiet, noisy],
        };
    }

    /// <summary>Another principal, on many connections with many requests in flight on each.</summary>
    private sealed class Noise(X509Certificate2 certificate) : IAsyncDisposable
    {
        private RequestLoad? _load;

        public async Task OpenAsync(ServerUnderTest server, byte[] request) =>
            _load = await RequestLoad.OpenAsync(() => TlsPeer.ConnectAsync(server.Kmip, certificate), NoisyConnections, request, NoisyInFlight);

        public Task<double> RunAsync(TimeSpan length) => _load!.RunAsync(length);

        public async ValueTask DisposeAsync()
        {
            if (_load is not null) await _load.DisposeAsync();
            certificate.Dispose();
        }
    }
}
