using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Forwarding;

/// <summary>What all sinks share.</summary>
internal sealed record SinkParts
{
    private static readonly TimeSpan EndTimeLimit = TimeSpan.FromSeconds(3);

    /// <summary>Where the records come from.</summary>
    public required AuditFeed Feed { get; init; }

    /// <summary>Where it is recorded that a sink does not take them.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>The folder of the cursors.</summary>
    public required string CursorDirectory { get; init; }

    /// <summary>Which server speaks.</summary>
    public required RecordSource Source { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>For the operator.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Waits for what was told to end, but no longer than a stop of the server may take: whoever hangs is left behind.</summary>
    /// <param name="passing">What passes records on.</param>
    /// <returns>Whether it has ended.</returns>
    public static async ValueTask<bool> EndsInTimeAsync(Task passing)
    {
        if (await Task.WhenAny(passing, Task.Delay(EndTimeLimit)) != passing) return false;
        await passing;
        return true;
    }
}

/// <summary>How a sink stands.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Target">Where it is.</param>
/// <param name="Passed">The serial number of the last record that was passed on.</param>
/// <param name="Secured">The same, without what may yet be lost with the connection and would then be sent again.</param>
/// <param name="Lag">How many records wait.</param>
/// <param name="FailingSince">Since when it takes none; null if it does.</param>
/// <param name="Failure">Why.</param>
internal sealed record SinkStatus(string Name, string Target, long Passed, long Secured, long Lag, DateTimeOffset? FailingSince, string? Failure);

/// <summary>
/// Keeps watch over one sink: that it fails is told once, after a while, again when the reason is another, and that it has caught up once too, in the server's
/// log and in the trail itself. Written by its forwarder, read by anybody.
/// </summary>
internal sealed class SinkHealth(string name, string target, SinkParts parts, long passed)
{
    private static readonly TimeSpan TellAfter = TimeSpan.FromSeconds(10);

    // Two reasons may take turns with every attempt.
    private static readonly TimeSpan TellAnotherAfter = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private long _passed = passed;
    private long _secured = passed;
    private DateTimeOffset? _failingSince;
    private string? _failure;
    private bool _isTold;
    private string? _toldFailure;
    private DateTimeOffset _toldAt;
    private bool _isCursorTold;

    public SinkStatus Status
    {
        get
        {
            lock (_gate) return new SinkStatus(name, target, _passed, _secured, Math.Max(0, parts.Feed.Size - _passed), _failingSince, _failure);
        }
    }

    public void Passed(long sequence, long secured)
    {
        lock (_gate)
        {
            _passed = sequence;
            _secured = secured;
            _failingSince = null;
            _failure = null;
        }
    }

    public void CaughtUp()
    {
        lock (_gate)
        {
            _failingSince = null;
            _failure = null;
        }

        if (!_isTold) return;
        _isTold = false;
        Tell(AuditResult.Success, $"sink '{name}' ({target}) takes records again and has caught up with record {_passed}");
    }

    public void Failed(long sequence, string failure)
    {
        var now = parts.Time.GetUtcNow();
        lock (_gate)
        {
            _passed = _secured = sequence;
            _failingSince ??= now;
            _failure = failure;
        }

        if (now - _failingSince < TellAfter) return;
        if (_isTold && (string.Equals(failure, _toldFailure, StringComparison.Ordinal) || now - _toldAt < TellAnotherAfter)) return;
        _isTold = true;
        _toldFailure = failure;
        _toldAt = now;
        Tell(AuditResult.Failed, $"sink '{name}' ({target}) has taken no record after {_passed} since {_failingSince:yyyy-MM-dd'T'HH:mm:ss'Z'}: {failure}; they stay in the trail and follow later");
    }

    /// <summary>Tells that the trail has no longer all that this sink would have got: it was not configured when they were removed.</summary>
    public void Missed(long first, long last) =>
        Tell(AuditResult.Failed, $"sink '{name}' ({target}) gets no records {first} to {last}: they were removed from the trail while it was not configured; the archive has them");

    /// <summary>Tells that the trail has no longer all that this sink would have got: somebody damaged it.</summary>
    public void Lost(long first, long last) =>
        Tell(AuditResult.Failed, $"sink '{name}' ({target}) gets no records {first} to {last}: they are missing from the trail; see: keyreeve audit verify");

    public void CursorFailed(string failure)
    {
        if (_isCursorTold) return;
        _isCursorTold = true;
        parts.Logger.LogError("How far sink '{Sink}' has come cannot be kept ({Failure}): after a restart it gets records again.", name, failure);
    }

    private void Tell(AuditResult result, string detail)
    {
        if (result == AuditResult.Success) parts.Logger.LogInformation("Audit: {Detail}.", detail);
        else parts.Logger.LogError("Audit: {Detail}.", detail);
        var now = parts.Time.GetUtcNow();
        try
        {
            parts.Audit.Append(new AuditEvent
            {
                Id = UniqueIdentifier.New(now),
                Time = now,
                Tenant = TenantId.Default,
                Principal = ServerEvents.PrincipalName,
                Operation = nameof(OperationName.SinkState),
                Protocol = Protocol.Internal,
                CorrelationId = Guid.NewGuid().ToString("N"),
                Result = result,
                Detail = detail,
            });
        }
        catch (KeyreeveException unavailable)
        {
            parts.Logger.LogError("That could not be recorded in the trail: {Reason}", unavailable.Message);
        }
    }
}
