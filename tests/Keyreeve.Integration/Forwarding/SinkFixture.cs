using Keyreeve.Core.Audit;
using Keyreeve.Integration.Audit;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A trail, and one sink it is passed on to.</summary>
internal sealed class SinkFixture : IAsyncDisposable
{
    private readonly TrailFixture _trail;
    private readonly string _line;

    private SinkFixture(TrailFixture trail, string line)
    {
        _trail = trail;
        _line = line;
    }

    public SinkForwarder Sink { get; private set; } = null!;

    public TrailFixture Trail => _trail;

    /// <param name="line">The sink as in the configuration.</param>
    public static async Task<SinkFixture> StartAsync(string line)
    {
        var fixture = new SinkFixture(await new TrailFixture().OpenAsync(), line);
        fixture.StartSink();
        return fixture;
    }

    public void StartSink() => Sink = new SinkForwarder("test", SinkOptions.Parse(_line), new SinkParts
    {
        Feed = _trail.Chain.Feed,
        Audit = _trail.Chain,
        CursorDirectory = Path.Combine(_trail.Root, "sinks"),
        Source = new RecordSource("kms-1", "127.0.0.1", "1.0"),
        Time = TimeProvider.System,
        Logger = NullLogger.Instance,
    });

    /// <summary>Appends records and waits for the last.</summary>
    public async Task RecordAsync(int count)
    {
        AuditTicket last = default;
        for (var i = 0; i < count; i++) last = _trail.Chain.Append(TrailFixture.Event());
        await _trail.Chain.WhenDurableAsync(last, CancellationToken.None);
    }

    /// <summary>Waits until every record of the trail has been received at least once, and checks that it is what the trail has.</summary>
    /// <param name="serials">The serial numbers received so far.</param>
    public async Task UntilCompleteAsync(Func<IEnumerable<long>> serials)
    {
        var size = _trail.Chain.Size;
        try
        {
            await TrailFixture.UntilAsync(() => serials().Where(s => s <= size).Distinct().LongCount() == size, $"{size} records at the sink");
        }
        catch (TimeoutException missing)
        {
            throw new TimeoutException($"{missing.Message}; there are {serials().Distinct().LongCount()}, and the sink says {Sink.Status}", missing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sink.DisposeAsync();
        await _trail.DisposeAsync();
    }
}
