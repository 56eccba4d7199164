using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks that a tenant be served no more, for the time being.</summary>
/// <param name="Name">The tenant's name.</param>
/// <param name="Reason">Why; its principals are told. Null if nothing is to be said.</param>
public sealed record FreezeTenantRequest(string Name, string? Reason = null);

/// <summary>
/// Freezes a tenant: when this is answered everything it asks is refused, on connections that are open too, and nothing of it
/// is rotated or destroyed, also if it is due.
/// </summary>
public sealed class FreezeTenantOperation : TenantOperation<FreezeTenantRequest, Tenant>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.FreezeTenant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<Tenant> ExecuteAsync(
        OperationScope scope, OperationTarget target, FreezeTenantRequest request, CancellationToken cancellationToken)
    {
        var tenant = Require(scope, request.Name);
        scope.Audit.Detail = tenant.Told;
        // Who froze it first, and why, stands.
        return ValueTask.FromResult(tenant.State == TenantState.Frozen ? tenant : Change(scope, tenant, TenantState.Frozen, request.Reason));
    }
}
