using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>Destroys the keys whose day has come.</summary>
internal sealed class DestructionSweeper(OperationPipeline pipeline, Engine engine, ILogger<DestructionSweeper> logger)
    : DueSweeper(pipeline, engine, logger)
{
    private static readonly DestroyKeyOperation Destroy = new();

    /// <inheritdoc/>
    protected override string What => "destruction";

    /// <inheritdoc/>
    protected override IReadOnlyList<IndexCondition> DueBy(DateTimeOffset time) =>
    [
        IndexTerms.Range(AttributeName.DestructionDate, AttributeValue.Of(DateTimeOffset.UnixEpoch), AttributeValue.Of(time)),
        .. IndexTerms.ConditionsFor(AttributeName.CurrentVersion, AttributeValue.Of(true), out _),
    ];

    /// <inheritdoc/>
    protected override async ValueTask DoAsync(ManagedObject candidate, Call call)
    {
        if (candidate.DestructionDate is not { } date || date > call.Time) return;
        var request = new DestroyKeyRequest(
            KeySelector.Of(candidate.KeyIdentifier), candidate.Name ?? candidate.KeyIdentifier.ToString(), OnlyIfScheduled: true);
        // Not cancelled half-way: what has begun is recorded.
        var destroyed = await Pipeline.RunAsync(Destroy, call, request, CancellationToken.None);
        var key = await destroyed.ReleaseAsync(CancellationToken.None);
        logger.LogInformation("The key {Key} was destroyed, as scheduled.", key.Id);
    }
}
