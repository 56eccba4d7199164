using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks for a new root key.</summary>
public sealed record RotateRootKeyRequest;

/// <summary>Makes a new root key, sealed in all slots, under which all tenants' keys are wrapped anew; nothing waits for it.</summary>
public sealed class RotateRootKeyOperation(SealKeeper keeper, ShareCeremony ceremony) : SealOperation<RotateRootKeyRequest, SealStatus>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RotateRootKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<SealStatus> ExecuteAsync(
        OperationScope scope, OperationTarget target, RotateRootKeyRequest request, CancellationToken cancellationToken)
    {
        var generation = await keeper.RotateAsync(cancellationToken);
        scope.Audit.Detail = $"root key {generation}";
        return new SealStatus(generation, keeper.Slots, ceremony.Progress);
    }
}
