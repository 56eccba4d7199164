using Keyreeve.Integration.Audit;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Forwarding.Formats;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>What is told of a sink that takes nothing.</summary>
public sealed class SinkHealthTests
{
    [Fact]
    public async Task Failed_ForAnotherReason_IsToldAgainAndNoMoreThanEveryFiveMinutes()
    {
        await using var trail = await new TrailFixture().OpenAsync();
        var time = new JumpingTime();
        var health = new SinkHealth("siem", "tls://siem.example:6514", new SinkParts
        {
            Feed = trail.Chain.Feed,
            Audit = trail.Chain,
            CursorDirectory = trail.Root,
            Source = new RecordSource("kms-1", "127.0.0.1", "1.0"),
            Time = time,
            Logger = NullLogger.Instance,
        }, 0);
        health.Failed(0, "refused");
        time.Jump(TimeSpan.FromSeconds(11));
        health.Failed(0, "refused");
        health.Failed(0, "the certificate has ended");
        time.Jump(TimeSpan.FromMinutes(6));
        health.Failed(0, "refused");
        health.Failed(0, "the certificate has ended");
        health.Failed(0, "no answer");
        await trail.RecordAsync(1);

        var told = trail.Details();
        Assert.Equal(2, told.Length);
        Assert.Contains(": refused;", told[0], StringComparison.Ordinal);
        Assert.Contains(": the certificate has ended;", told[1], StringComparison.Ordinal);

        time.Jump(TimeSpan.FromMinutes(6));
        health.Passed(1, 1);
        health.CaughtUp();
        await trail.RecordAsync(1);
        Assert.EndsWith("has caught up with record 1", trail.Details()[2], StringComparison.Ordinal);
    }
}
