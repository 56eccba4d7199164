using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Conditions;
using Xunit;

namespace Keyreeve.Tests.Server.Alerts;

public sealed class ClockWatchTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(-4, 0)]
    [InlineData(30, 1)]
    [InlineData(-3600, 1)]
    public void Check_AfterAStep_TellsItOnce(int stepInSeconds, int expected)
    {
        var time = new TwoClocks();
        var watch = new ClockWatch(time, TimeSpan.FromSeconds(5));
        var found = new List<AlertFinding>();

        time.Pass(TimeSpan.FromMinutes(10));
        watch.Check(found.Add);
        time.Step(TimeSpan.FromSeconds(stepInSeconds));
        time.Pass(TimeSpan.FromSeconds(10));
        watch.Check(found.Add);
        watch.Check(found.Add);

        Assert.Equal(expected, found.Count);
        Assert.All(found, finding => Assert.Contains(stepInSeconds < 0 ? "back" : "forward", finding.Text, StringComparison.Ordinal));
    }

    private sealed class TwoClocks : TimeProvider
    {
        private DateTimeOffset _wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _steady;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _wall;

        public override long GetTimestamp() => _steady;

        public void Pass(TimeSpan time)
        {
            _wall += time;
            _steady += time.Ticks;
        }

        public void Step(TimeSpan time) => _wall += time;
    }
}
