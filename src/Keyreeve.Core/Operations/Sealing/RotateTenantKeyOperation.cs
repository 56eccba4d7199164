using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks for a new key-encryption key of a tenant.</summary>
/// <param name="Tenant">Whose; null: the caller's.</param>
public sealed record RotateTenantKeyRequest(TenantId? Tenant = null);

/// <summary>
/// Gives the tenant a new key-encryption key, under which all is wrapped from now on, and has what is older brought under it
/// in the background.
/// </summary>
public sealed class RotateTenantKeyOperation(TenantReWrapping reWrapping) : SealOperation<RotateTenantKeyRequest, RotatedTenantKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.RotateTenantKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<RotatedTenantKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, RotateTenantKeyRequest request, CancellationToken cancellationToken)
    {
        var made = await scope.Engine.Hierarchy.PrepareTenantRotationAsync(request.Tenant ?? scope.Tenant, cancellationToken);
        scope.MakeOnceRecorded(made);
        foreach (var document in made.Documents) scope.Write(document);
        scope.OnCommitted(() =>
        {
            made.Keep();
            reWrapping.Wake();
        });
        scope.Audit.Detail = $"key-encryption key {made.Version} of tenant {made.Tenant}";
        return new RotatedTenantKey(made.Tenant, made.Version);
    }
}

/// <summary>The new key-encryption key.</summary>
/// <param name="Tenant">Whose it is.</param>
/// <param name="Version">Which it is.</param>
public sealed record RotatedTenantKey(TenantId Tenant, int Version);
