using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks which seal slots there are.</summary>
public sealed record ReadSealStatusRequest;

/// <summary>Which seal slots there are.</summary>
/// <param name="Generation">Which root key is in use.</param>
/// <param name="Slots">The slots, those of earlier root keys among them.</param>
/// <param name="Ceremony">How far shares have been entered.</param>
public sealed record SealStatus(int Generation, IReadOnlyList<SealedRootKey> Slots, CeremonyProgress Ceremony);

/// <summary>Tells which seal slots there are, and when each was last seen to open.</summary>
public sealed class ReadSealStatusOperation(SealKeeper keeper, ShareCeremony ceremony) : SealOperation<ReadSealStatusRequest, SealStatus>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadSealStatus;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<SealStatus> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReadSealStatusRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new SealStatus(keeper.Generation, keeper.Slots, ceremony.Progress));
}
