using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that a seal slot be removed.</summary>
/// <param name="SlotId">Its identity.</param>
public sealed record RemoveSealSlotRequest(string SlotId);

/// <summary>Removes a seal slot. The last that opens the root key in use is not removed.</summary>
public sealed class RemoveSealSlotOperation(SealKeeper keeper) : SealOperation<RemoveSealSlotRequest, SealedRootKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RemoveSealSlot;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

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
