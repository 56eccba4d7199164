using System.Collections.Concurrent;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>The seal file goes while the server runs: what watches over the slots says so, and serves on.</summary>
public sealed class SealFileLostTests : IAsyncLifetime
{
    private readonly Fixture _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Reminder_SealFileGone_SaysSoAndGoesOn()
    {
        File.Delete(Path.Combine(_server.DataDirectory, "seal.json"));
        // What has been read a moment ago counts for a while.
        _server.Clock.Jump(TimeSpan.FromMinutes(1));

        // What a timer's callback throws ends the process.
        Assert.NotEmpty(_server.Clock.HalfDaily);
        foreach (var callback in _server.Clock.HalfDaily) callback();

        Assert.Contains(_server.Log.Lines, static line => line.Contains("The seal file cannot be read", StringComparison.Ordinal));
        using var app = _server.Client(_server.App);
        await app.CreateKeyAsync("after");
    }

    private sealed class Fixture : ServerFixture
    {
        public TimerWatch Clock { get; } = new();

        public override TimeProvider Time => Clock;
    }

    /// <summary>The clock, which keeps what is to be called every twelve hours.</summary>
    private sealed class TimerWatch : JumpingTime
    {
        public ConcurrentQueue<Action> HalfDaily { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (period == TimeSpan.FromHours(12)) HalfDaily.Enqueue(() => callback(state));
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
