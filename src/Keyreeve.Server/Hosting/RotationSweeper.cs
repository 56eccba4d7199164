using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>Replaces the keys and certificates that rotate by themselves and whose interval is over: KMIP 2.1 §4.48 Rotate Automatic.</summary>
internal sealed class RotationSweeper(OperationPipeline pipeline, Engine engine, ILogger<RotationSweeper> logger)
    : DueSweeper(pipeline, engine, logger)
{
    private static readonly ReKeyOperation ReKey = new();
    private static readonly ReKeyKeyPairOperation ReKeyKeyPair = new();
    private static readonly ReCertifyOperation ReCertify = new();

    /// <inheritdoc/>
    protected override string What => "rotation";

    /// <inheritdoc/>
    protected override IReadOnlyList<IndexCondition> DueBy(DateTimeOffset time) => [IndexTerms.RotationUntil(time)];

    /// <inheritdoc/>
    protected override async ValueTask DoAsync(ManagedObject candidate, Call call)
    {
        if (!Rotations.IsDue(candidate, call.Time)) return;

        // spec: KMIP 2.1 §4.54 "specifies the Offset value to use in the equivalent of the ReKey, ReKeyKeyPair or ReCertify
        // operation performed by the server."
        var offset = candidate.Attributes.Find(AttributeName.RotateOffset) is IntervalValue stated ? stated.Seconds : (uint?)null;
        if (candidate.ObjectType == ObjectType.SymmetricKey)
        {
            var replaced = await Pipeline.RunAsync(ReKey, call, new ReKeyRequest { Id = candidate.Id, OffsetInSeconds = offset }, CancellationToken.None);
            var key = await replaced.ReleaseAsync(CancellationToken.None);
            logger.LogInformation("The key {Key} was replaced by {Replacement}, as its Rotate Interval demands.", candidate.Id, key.Id);
            return;
        }

        if (candidate.ObjectType == ObjectType.Certificate)
        {
            var wanted = new ReCertifyRequest { Id = candidate.Id, Offset = offset is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
            var renewed = await Pipeline.RunAsync(ReCertify, call, wanted, CancellationToken.None);
            var certificate = await renewed.ReleaseAsync(CancellationToken.None);
            logger.LogInformation("The certificate {Certificate} was renewed as {Renewal}, as its Rotate Interval demands.", candidate.Id, certificate.Id);
            return;
        }

        if (Rotations.PrivateKeyOf(candidate) is not { } id) return;
        var pair = await Pipeline.RunAsync(ReKeyKeyPair, call, new ReKeyKeyPairRequest { PrivateKeyId = id, OffsetInSeconds = offset }, CancellationToken.None);
        var halves = await pair.ReleaseAsync(CancellationToken.None);
        logger.LogInformation("The key pair of {Key} was replaced by {Replacement}, as its Rotate Interval demands.", id, halves.PrivateKeyId);
    }
}
