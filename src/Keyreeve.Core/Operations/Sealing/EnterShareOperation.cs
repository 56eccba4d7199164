using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Enters a recovery share while the server is open: a drill.</summary>
/// <param name="Share">The share; wiped by the operation.</param>
public sealed record EnterShareRequest(RecoveryShare Share)
{
    /// <summary>Says which share it is, never its value.</summary>
    public override string ToString() => Share.ToString();
}

/// <summary>
/// Takes a share, one from each person. While the server is open that proves that the shares would open it: nothing is
/// released when enough are there, but the date is noted.
/// </summary>
public sealed class EnterShareOperation(SealKeeper keeper, ShareCeremony ceremony) : SealOperation<EnterShareRequest, CeremonyStep>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.EnterShare;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<CeremonyStep> ExecuteAsync(
        OperationScope scope, OperationTarget target, EnterShareRequest request, CancellationToken cancellationToken)
    {
        var slots = keeper.Slots.Where(slot => slot.Generation == keeper.Generation).ToList();
        var step = ceremony.Enter(slots, scope.Call.Principal.Fingerprint, request.Share, out var opened);
        scope.Audit.Detail = $"share {request.Share.Index} of slot {step.Slot.SlotId}, {step.Missing} missing";
        if (opened is null) return step;
        using (opened)
        {
            var drill = await keeper.PrepareDrillAsync(step.Slot.SlotId, opened, cancellationToken);
            scope.MakeOnceRecorded(drill);
            return step with { Slot = drill.Entry };
        }
    }
}
