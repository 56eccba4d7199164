using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks that a tenant that is frozen be served again.</summary>
/// <param name="Name">The tenant's name.</param>
public sealed record ThawTenantRequest(string Name);

/// <summary>Thaws a tenant. What came due while it was frozen is done now.</summary>
public sealed class ThawTenantOperation : TenantOperation<ThawTenantRequest, Tenant>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ThawTenant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<Tenant> ExecuteAsync(
        OperationScope scope, OperationTarget target, ThawTenantRequest request, CancellationToken cancellationToken)
    {
        var tenant = Require(scope, request.Name);
        scope.Audit.Detail = tenant.Told;
        return ValueTask.FromResult(tenant.State == TenantState.Active ? tenant : Change(scope, tenant, TenantState.Active, reason: null));
    }
}
