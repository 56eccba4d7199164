using System.Globalization;
using System.Threading.RateLimiting;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Records refusals of callers whom nobody knows: each of them as far as that tells an operator what goes on, and the others by their number, since
/// whoever reaches a port can be refused there and must not be able to fill the audit trail's disk by it. One for all doors. Thread safe.
/// </summary>
internal sealed class UnknownCallers : IDisposable
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(10);

    private readonly OperationPipeline _pipeline;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly TokenBucketRateLimiter _records = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 100,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    // The last of those that were only counted, and how many they are.
    private (OperationName Operation, Call Call, KeyreeveException Refusal, int Count, DateTimeOffset Since)? _counted;

    /// <param name="pipeline">Where refusals are recorded.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told of each that is only counted.</param>
    public UnknownCallers(OperationPipeline pipeline, TimeProvider time, ILogger logger)
    {
        _pipeline = pipeline;
        _logger = logger;
        _timer = time.CreateTimer(_ => _ = RecordCountAsync(), null, CountInterval, CountInterval);
    }

    /// <summary>Records a refusal, as far as there are not too many; it is durable by then.</summary>
    /// <exception cref="KeyreeveException">The trail cannot be written.</exception>
    public async ValueTask RefuseAsync(OperationName operation, Call call, KeyreeveException refusal, CancellationToken cancellationToken)
    {
        using var record = _records.AttemptAcquire();
        if (record.IsAcquired)
        {
            await _pipeline.RefuseAsync(operation, call, refusal, cancellationToken);
            return;
        }

        lock (_gate) _counted = (operation, call, refusal, (_counted?.Count ?? 0) + 1, _counted?.Since ?? call.Time);
        _logger.LogWarning("{CorrelationId} from {Address} was refused, and is counted since there are too many: {Reason}", call.CorrelationId, call.SourceAddress, refusal.Message);
    }

    /// <summary>Records how many were only counted, if any were.</summary>
    public async Task RecordCountAsync()
    {
        (OperationName Operation, Call Call, KeyreeveException Refusal, int Count, DateTimeOffset Since) counted;
        lock (_gate)
        {
            if (_counted is not { } some) return;
            counted = some;
            _counted = null;
        }

        try
        {
            var detail = string.Create(
                CultureInfo.InvariantCulture, $"{counted.Count} callers were refused since {counted.Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, too many to record each; this is the last of them");
            await _pipeline.RefuseManyAsync(counted.Operation, counted.Call, counted.Refusal, counted.Count, detail, CancellationToken.None);
        }
        catch (KeyreeveException unavailable)
        {
            _logger.LogError("That {Count} callers were refused could not be recorded, and is recorded later: {Reason}", counted.Count, unavailable.Message);
            lock (_gate) _counted = counted with { Count = counted.Count + (_counted?.Count ?? 0) };
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _records.Dispose();
    }
}
