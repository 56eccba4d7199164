using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>
/// What audit costs: throughput, processor time of the server for each request, and the time within which 99 of 100 answers come,
/// against the same parts without it. In turn, round by round. An Encrypt is a use, whose answer does not wait for the disk; a Get is
/// a release, whose answer does, so beside it stands what a flush of the same disk takes by itself.
/// </summary>
internal static class AuditCostRows
{
    // What runs for the first time is being compiled meanwhile, by the same processors.
    private const int FirstWarmUpInRounds = 30;

    /// <summary>At how many connections.</summary>
    public static IReadOnlyList<int> Connections { get; } = [1, 4, 16, 64];

    /// <summary>What is asked, by the name of its rows.</summary>
    public static IReadOnlyList<(string Name, Operation Operation)> Asked { get; } = [("use", Operation.Encrypt), ("release", Operation.Get)];

    public static async Task<IReadOnlyList<Row>> RunAsync(Stage stage, string name, Operation operation, int connections, Measurement measurement)
    {
        var servers = await stage.AuditCostAsync();
        var request = operation == Operation.Get
            ? KmipRows.GetRequest(servers.Key, ProtocolVersion.Kmip21)
            : KmipRows.EncryptRequest(servers.Key, ProtocolVersion.Kmip21);
        var loads = new List<RequestLoad>();
        try
        {
            foreach (var side in servers.Sides)
            {
                loads.Add(await RequestLoad.OpenAsync(
                    () => TlsPeer.ConnectAsync(side.EndPoint, servers.Principal.Certificate), connections, request, 1, answer => KmipRows.Check(answer, operation)));
            }

            var warmUp = stage.WarmUpOf("audit-cost-" + name) > TimeSpan.Zero ? FirstWarmUpInRounds * measurement.RoundLength : measurement.RoundLength;
            foreach (var load in loads) await load.RunAsync(warmUp);
            using var disk = new FlushTimes(servers.Folder);
            return RowsOf($"audit-cost-{name}-{connections}", await MeasureAsync(servers.Sides, loads, disk, measurement), operation == Operation.Get ? connections : 0);
        }
        finally
        {
            foreach (var load in loads) await load.DisposeAsync();
        }
    }

    // Each side goes first in every third round.
    private static async Task<List<Sample[]>> MeasureAsync(IReadOnlyList<CostSide> sides, List<RequestLoad> loads, FlushTimes disk, Measurement measurement)
    {
        var rounds = new List<Sample[]>();
        for (var round = 0; round < measurement.Rounds; round++)
        {
            measurement.CancellationToken.ThrowIfCancellationRequested();
            var samples = new Sample[sides.Count];
            var flush = disk.MeasureMicroseconds();
            for (var turn = 0; turn < sides.Count; turn++)
            {
                var i = (round + turn) % sides.Count;
                var before = sides[i].ProcessorTime();
                var (count, perSecond, slow) = await loads[i].RunTimedAsync(measurement.RoundLength);
                // What the index and the alerts have yet to read of this round is of this round's cost.
                await SettleAsync(sides[i], measurement.CancellationToken);
                samples[i] = new Sample(perSecond, (sides[i].ProcessorTime() - before).TotalMicroseconds / count, slow.TotalMicroseconds, flush);
            }

            rounds.Add(samples);
        }

        return rounds;
    }

    // Idle is a process that takes less than a twentieth of a core.
    private static async Task SettleAsync(CostSide side, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 20; tries++)
        {
            var before = side.ProcessorTime();
            await Task.Delay(200, cancellationToken);
            if (side.ProcessorTime() - before <= TimeSpan.FromMilliseconds(10)) return;
        }
    }

    private static List<Row> RowsOf(string name, List<Sample[]> rounds, int connectionsThatWait)
    {
        List<Row> rows =
        [
            RowOf(name, "requests/s", rounds, side: 0, static s => s.PerSecond, static (ours, none) => ours / none),
            RowOf(name + "-chain", "requests/s", rounds, side: 1, static s => s.PerSecond, static (ours, none) => ours / none),
            RowOf(name + "-cpu", "µs CPU", rounds, side: 0, static s => s.ProcessorMicroseconds, static (ours, none) => none / ours),
            RowOf(name + "-chain-cpu", "µs CPU", rounds, side: 1, static s => s.ProcessorMicroseconds, static (ours, none) => none / ours),
            RowOf(name + "-p99", "µs", rounds, side: 0, static s => s.SlowMicroseconds, static (ours, none) => none / ours),
        ];
        if (connectionsThatWait == 0) return rows;
        rows.Add(WithinBoundOf(name, rounds, connectionsThatWait));
        var flushes = rounds.ConvertAll(static r => r[0].FlushMicroseconds);
        rows.Add(new Row(name + "-flush", "µs a flush", Measurement.Median(flushes), null, null, null, Measurement.Spread(flushes)));
        return rows;
    }

    // What the disk allows: all connections ask at once, their records share one flush, and nothing else costs anything.
    private static Row WithinBoundOf(string name, List<Sample[]> rounds, int connections)
    {
        var bounds = rounds.ConvertAll(r => connections * 1e6 / (r[0].FlushMicroseconds + (connections * 1e6 / r[^1].PerSecond)));
        var ratios = rounds.Zip(bounds, static (r, bound) => r[0].PerSecond / bound).ToList();
        return new Row(
            name + "-bound", "requests/s", Measurement.Median(rounds.ConvertAll(static r => r[0].PerSecond)), Measurement.Median(bounds),
            "the same without audit and one flush for each round of all", Measurement.Median(ratios), Measurement.Spread(ratios));
    }

    private static Row RowOf(string name, string unit, List<Sample[]> rounds, int side, Func<Sample, double> figure, Func<double, double, double> ratio)
    {
        var ours = rounds.ConvertAll(r => figure(r[side]));
        var none = rounds.ConvertAll(r => figure(r[^1]));
        var ratios = ours.Zip(none, ratio).ToList();
        return new Row(name, unit, Measurement.Median(ours), Measurement.Median(none), "the same parts without audit", Measurement.Median(ratios), Measurement.Spread(ratios));
    }

    /// <summary>One side in one round.</summary>
    private sealed record Sample(double PerSecond, double ProcessorMicroseconds, double SlowMicroseconds, double FlushMicroseconds);
}
