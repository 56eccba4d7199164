using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>One who asks for as much as he can.</summary>
/// <param name="Name">Of the row.</param>
/// <param name="Door">Through which door.</param>
/// <param name="ClientsAsync">It and the quiet client, connected to a server from that processor.</param>
internal sealed record Noise(string Name, string Door, Func<ServerUnderTest, int, Task<NeighbourRows.Clients>> ClientsAsync);

/// <summary>
/// What a client that asks for one thing after another is left by one that asks for as much as it can. The server has a processor for
/// itself; both clients, each a process of its own, share a second one, on which the noisy one gives way: as it would be if each had a
/// machine of its own, the quiet one waits for the server and not for the other's processor. So what is seen is how the server divides
/// its processor, and not how the operating system divides the machine between three programs.
/// </summary>
internal static class NeighbourRows
{
    private static readonly Asking Quiet = new(Connections: 1, InFlight: 1);

    // The server compiles what runs often on the one processor that it has.
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(2);

    // Shorter ones say how the operating system gave out its slices.
    private static readonly TimeSpan ShortestRound = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    /// <summary>The noises there are.</summary>
    public static IReadOnlyList<Noise> Noises { get; } =
    [
        Kmip("noisy-neighbour-64", new Asking(64, 1)),
        Kmip("noisy-neighbour-32x8", new Asking(32, 8)),
        Rest("noisy-neighbour-rest-64", new Asking(4, 16)),
        Rest("noisy-neighbour-rest-256", new Asking(16, 16)),
    ];

    public static async Task<IReadOnlyList<Row>> RunAsync(Stage stage, Noise noise, Measurement measurement)
    {
        var server = await stage.PinnedServerAsync();
        await using var clients = await noise.ClientsAsync(server, Processors.Two().Load);
        var length = measurement.RoundLength > ShortestRound ? measurement.RoundLength : ShortestRound;
        var warmUp = stage.WarmUpOf("neighbour-" + noise.Door) > TimeSpan.Zero ? FirstWarmUp : length;
        await clients.AloneAsync(warmUp);
        await clients.BesideAsync(warmUp);
        var rounds = new List<Round>();
        for (var i = 0; i < measurement.Rounds; i++)
        {
            measurement.CancellationToken.ThrowIfCancellationRequested();
            // Each goes first in every other round, so that neither always finds the machine as the other left it.
            var before = i % 2 == 0 ? await clients.AloneAsync(length) : 0;
            var (quiet, loud) = await clients.BesideAsync(length);
            rounds.Add(new Round(i % 2 == 0 ? before : await clients.AloneAsync(length), quiet, loud));
        }

        return RowsOf(noise.Name, rounds);
    }

    private static List<Row> RowsOf(string name, List<Round> rounds)
    {
        var shares = rounds.ConvertAll(static r => r.Beside / (r.Alone / 2));
        return
        [
            new Row(
                name, "requests/s", Measurement.Median(rounds.ConvertAll(static r => r.Beside)), Measurement.Median(rounds.ConvertAll(static r => r.Alone / 2)),
                "its share, one of two: half of what it has alone", Measurement.Median(shares), Measurement.Spread(shares)),
            Figure(name + "-alone", rounds.ConvertAll(static r => r.Alone)),
            Figure(name + "-noise", rounds.ConvertAll(static r => r.Noise)),
        ];
    }

    private static Row Figure(string name, List<double> values) =>
        new(name, "requests/s", Measurement.Median(values), null, null, null, Measurement.Spread(values));

    private static Noise Kmip(string name, Asking noise) => new(name, "kmip", async (server, processor) =>
    {
        var request = KmipRows.EncryptRequest(await KmipRows.NewKeyAsync(server, ProtocolVersion.Kmip21), ProtocolVersion.Kmip21);
        return await Clients.OpenAsync(
            () => NeighbourLoad.KmipAsync(Processors.Start, processor, server.Kmip, server.Files, Quiet, request),
            () => NeighbourLoad.KmipAsync(Processors.StartLast, processor, server.Kmip, server.NeighbourFiles, noise, request));
    });

    private static Noise Rest(string name, Asking noise) => new(name, "rest", (server, processor) =>
    {
        var (address, body) = (RestRows.EncryptAddress(server), RestRows.EncryptBody());
        return Clients.OpenAsync(
            () => NeighbourLoad.RestAsync(Processors.Start, processor, address, server.Files, Quiet, body),
            () => NeighbourLoad.RestAsync(Processors.StartLast, processor, address, server.NeighbourFiles, noise, body));
    });

    /// <summary>Requests a second: the quiet client's alone and beside the noise, and the noise's meanwhile.</summary>
    private sealed record Round(double Alone, double Beside, double Noise);

    /// <summary>The quiet client and the noisy one.</summary>
    internal sealed class Clients : IAsyncDisposable
    {
        private readonly NeighbourLoad _quiet;
        private readonly NeighbourLoad _noise;

        private Clients(NeighbourLoad quiet, NeighbourLoad noise) => (_quiet, _noise) = (quiet, noise);

        public static async Task<Clients> OpenAsync(Func<Task<NeighbourLoad>> quietAsync, Func<Task<NeighbourLoad>> noiseAsync)
        {
            var quiet = await quietAsync();
            try
            {
                return new Clients(quiet, await noiseAsync());
            }
            catch
            {
                await quiet.DisposeAsync();
                throw;
            }
        }

        /// <summary>The quiet client's requests a second, with nobody else there.</summary>
        public async Task<double> AloneAsync(TimeSpan length)
        {
            await _quiet.BeginAsync();
            var rates = await RatesAsync(length, _quiet);
            await _quiet.EndAsync();
            return rates[0];
        }

        /// <summary>Both clients' requests a second, at the same time.</summary>
        public async Task<(double Quiet, double Noise)> BesideAsync(TimeSpan length)
        {
            await _noise.BeginAsync();
            await _quiet.BeginAsync();
            var rates = await RatesAsync(length, _quiet, _noise);
            await _quiet.EndAsync();
            await _noise.EndAsync();
            return (rates[0], rates[1]);
        }

        public async ValueTask DisposeAsync()
        {
            await _quiet.DisposeAsync();
            await _noise.DisposeAsync();
        }

        // Counted once they are under way, each by its own clock.
        private static async Task<double[]> RatesAsync(TimeSpan length, params IReadOnlyList<NeighbourLoad> clients)
        {
            await Task.Delay(Settling);
            var before = new List<(long Answers, double Seconds)>();
            foreach (var client in clients) before.Add(await client.CountAsync());
            await Task.Delay(length);
            var rates = new double[clients.Count];
            for (var i = 0; i < clients.Count; i++)
            {
                var (answers, seconds) = await clients[i].CountAsync();
                if (answers == before[i].Answers) throw new InvalidOperationException("A client had no answer in a whole round: the machine is busy with something else.");
                rates[i] = (answers - before[i].Answers) / (seconds - before[i].Seconds);
            }

            return rates;
        }
    }
}
