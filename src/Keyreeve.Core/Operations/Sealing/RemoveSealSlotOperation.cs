using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that a seal slot be removed.</summary>
/// <param name="SlotId">Its identity.</param>
public sealed record RemoveSealSlotRequest(string SlotId);

/// <summary>Removes a seal slot. The last that opens the root key in use is not removed.</summary>
public sealed class RemoveSealSlotOperation(SealKeeper keeper) : SealOperation<RemoveSealSlotRequest, SealedRootKey>, IGuarded<RemoveSealSlotRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RemoveSealSlot;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, RemoveSealSlotRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.SealSlots,
            Summary = $"remove the seal slot {request.SlotId}",
            Describe = digest =>
            {
                digest.Add(keeper.Generation);
                digest.Add("remove");
                digest.Add(request.SlotId);
            },
        };
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<SealedRootKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, RemoveSealSlotRequest request, CancellationToken cancellationToken)
    {
        var removal = await keeper.PrepareRemovalAsync(request.SlotId, cancellationToken);
        scope.MakeOnceRecorded(removal);
        scope.Audit.Detail = $"{removal.Entry.Kind} {removal.Entry.SlotId} of root key {removal.Entry.Generation}";
        return removal.Entry;
    }
}
