using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks whether a seal slot would open.</summary>
/// <param name="SlotId">Its identity.</param>
public sealed record DrillSealSlotRequest(string SlotId);

/// <summary>Proves, while all goes on, that a slot would open the root key, and notes the date.</summary>
public sealed class DrillSealSlotOperation(SealKeeper keeper) : SealOperation<DrillSealSlotRequest, SealedRootKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.DrillSealSlot;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<SealedRootKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, DrillSealSlotRequest request, CancellationToken cancellationToken)
    {
        scope.Audit.Detail = $"{keeper.Require(request.SlotId).Kind} {request.SlotId}";
        var drill = await keeper.PrepareDrillAsync(request.SlotId, cancellationToken);
        scope.MakeOnceRecorded(drill);
        return drill.Entry;
    }
}
