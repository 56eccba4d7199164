using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// Writes down the States that objects have entered by their dates, so that each is an event of its own. It holds from its
/// date on in any case, whenever this runs.
/// </summary>
internal sealed class TransitionSweeper(OperationPipeline pipeline, Engine engine, ILogger<TransitionSweeper> logger)
    : DueSweeper(pipeline, engine, logger)
{
    private static readonly TimedTransitionOperation Transition = new();

    /// <inheritdoc/>
    protected override string What => "change of State";

    /// <inheritdoc/>
    protected override IReadOnlyList<IndexCondition> DueBy(DateTimeOffset time) => [IndexTerms.TransitionUntil(time)];

    /// <inheritdoc/>
    protected override async ValueTask DoAsync(ManagedObject candidate, Call call)
    {
        var written = await Pipeline.RunAsync(Transition, call, new TimedTransitionRequest(candidate.Id), CancellationToken.None);
        var state = await written.ReleaseAsync(CancellationToken.None);
        logger.LogInformation("The object {Object} is {State} by its date.", candidate.Id, state.State);
    }
}
