using System.Threading.RateLimiting;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Records refusals of callers whom nobody knows: as many as tell an operator what goes on, and no more, since whoever reaches
/// a port can be refused there and must not be able to fill the audit trail's disk by it. One for all doors. Thread safe.
/// </summary>
/// <param name="pipeline">Where refusals are recorded.</param>
/// <param name="logger">Told of those that are not recorded.</param>
internal sealed class UnknownCallers(OperationPipeline pipeline, ILogger logger) : IDisposable
{
    private readonly TokenBucketRateLimiter _records = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = 100,
        TokensPerPeriod = 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    /// <summary>Records a refusal, as far as there are not too many; it is durable by then.</summary>
    /// <exception cref="KeyreeveException">The trail cannot be written.</exception>
    public async ValueTask RefuseAsync(OperationName operation, Call call, KeyreeveException refusal, CancellationToken cancellationToken)
    {
        using var record = _records.AttemptAcquire();
        if (record.IsAcquired) await pipeline.RefuseAsync(operation, call, refusal, cancellationToken);
        else logger.LogWarning("{CorrelationId} from {Address} was refused, unrecorded since there are too many: {Reason}", call.CorrelationId, call.SourceAddress, refusal.Message);
    }

    public void Dispose() => _records.Dispose();
}
