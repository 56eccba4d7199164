namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks for a new key-encryption key of the caller's tenant.</summary>
public sealed record RotateTenantKeyRequest;

/// <summary>
/// Gives the tenant a new key-encryption key, under which all is wrapped from now on, and has what is older brought under it
/// in the background.
/// </summary>
public sealed class RotateTenantKeyOperation(TenantReWrapping reWrapping) : SealOperation<RotateTenantKeyRequest, ReWrapProgress>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RotateTenantKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<ReWrapProgress> ExecuteAsync(
        OperationScope scope, OperationTarget target, RotateTenantKeyRequest request, CancellationToken cancellationToken)
    {
        var version = await scope.Engine.Hierarchy.RotateTenantAsync(scope.Tenant, cancellationToken);
        scope.Audit.Detail = $"key-encryption key {version}";
        reWrapping.Wake();
        return reWrapping.Progress;
    }
}
