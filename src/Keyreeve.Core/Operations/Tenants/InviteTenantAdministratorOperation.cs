using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Principals;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks for a code with which one more administrator of a tenant enrols there.</summary>
/// <param name="Tenant">The tenant's name.</param>
/// <param name="Administrator">The administrator's name; nobody there has or had it.</param>
/// <param name="ValidFor">How long the code can be used.</param>
public sealed record InviteTenantAdministratorRequest(string Tenant, string Administrator, TimeSpan ValidFor);

/// <summary>
/// For a tenant that has lost all its administrators. Whoever uses the code is a new principal, and the tenant's own trail says who
/// let him in: nobody takes a place there quietly.
/// </summary>
public sealed class InviteTenantAdministratorOperation(PrincipalDirectory principals) : TenantOperation<InviteTenantAdministratorRequest, IssuedEnrolmentCode>,
    IGuarded<InviteTenantAdministratorRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.InviteTenantAdministrator;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<IssuedEnrolmentCode> ExecuteAsync(
        OperationScope scope, OperationTarget target, InviteTenantAdministratorRequest request, CancellationToken cancellationToken)
    {
        var tenant = Require(scope, request.Tenant);
        scope.Audit.Detail = $"{tenant.Told}: one more administrator, '{request.Administrator}'";
        if (await principals.ReadNameAsync(tenant.Id, request.Administrator, cancellationToken) is not null)
            throw new KeyreeveException(KeyreeveError.NonUniqueName, "A principal of that name exists there, or did.");
        return TenantAdministratorCode.Stage(scope, principals, tenant, request.Administrator, request.ValidFor);
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, InviteTenantAdministratorRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = $"give a code with which '{request.Administrator}' enrols as administrator of the tenant {Require(scope, request.Tenant).Told}",
            Describe = digest =>
            {
                digest.Add(request.Tenant);
                digest.Add(request.Administrator);
                digest.Add(request.ValidFor.Ticks);
            },
        };
    }
}
