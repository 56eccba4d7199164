using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks for a new root key.</summary>
public sealed record RotateRootKeyRequest;

/// <summary>Makes a new root key, sealed in all slots, under which all tenants' keys are wrapped anew; nothing waits for it.</summary>
public sealed class RotateRootKeyOperation(SealKeeper keeper) : SealOperation<RotateRootKeyRequest, RotatedRootKey>, IGuarded<RotateRootKeyRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RotateRootKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, RotateRootKeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.RootRotation,
            Summary = $"make a new root key in the place of root key {keeper.Generation}",
            Describe = digest =>
            {
                digest.Add(keeper.Generation);
            },
        };
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<RotatedRootKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, RotateRootKeyRequest request, CancellationToken cancellationToken)
    {
        var rotation = await keeper.PrepareRotationAsync(cancellationToken);
        scope.MakeOnceRecorded(rotation);
        scope.Audit.Detail = $"root key {rotation.Entry.Generation}";
        return new RotatedRootKey(rotation.Entry.Generation);
    }
}

/// <summary>The new root key.</summary>
/// <param name="Generation">Which it is.</param>
public sealed record RotatedRootKey(int Generation);
