using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks that a tenant and all its keys be no more.</summary>
/// <param name="Name">The tenant's name.</param>
public sealed record DeleteTenantRequest(string Name);

/// <summary>
/// Deletes a tenant that is frozen: its key-encryption keys are gone from the store in one commit with the record, and with them all
/// that they wrap, for good. It takes two people, whoever else is there. What the trail says of the tenant stays.
/// </summary>
public sealed class DeleteTenantOperation : TenantOperation<DeleteTenantRequest, Tenant>, IGuarded<DeleteTenantRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.DeleteTenant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<Tenant> ExecuteAsync(
        OperationScope scope, OperationTarget target, DeleteTenantRequest request, CancellationToken cancellationToken)
    {
        var engine = scope.Engine;
        var tenant = RequireFrozen(scope, request.Name);
        var ended = await engine.Hierarchy.PrepareTenantEndAsync(tenant.Id, cancellationToken);
        scope.MakeOnceRecorded(ended);
        var objects = await engine.Store.LocateAsync(new ObjectQuery { Tenant = tenant.Id, Conditions = [], Limit = 1, CountAll = true }, cancellationToken);
        if (engine.TokenKeys is { } token) await token.StageEndOfTenantAsync(scope, tenant.Id, cancellationToken);
        foreach (var document in ended.Documents) scope.Write(document);
        var deleted = Change(scope, tenant, TenantState.Deleted, reason: null);
        scope.OnCommitted(() =>
        {
            ended.Forget();
            engine.Keys.Forget(tenant.Id);
            engine.Objects.Forget(tenant.Id);
        });
        scope.Audit.Detail = $"{tenant.Told}: key-encryption keys {string.Join(", ", ended.Versions)} are destroyed, and with them {objects.Total} objects";
        return deleted;
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, DeleteTenantRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var tenant = RequireFrozen(scope, request.Name);
        return new GuardedAct
        {
            Kind = ApprovalKind.Destroy,
            TakesTwoAlways = true,
            Summary = $"delete the {tenant.Told} with all its keys, for good",
            Describe = digest =>
            {
                digest.Add(tenant.Id.Value);
                // Thawed and frozen again, it is asked anew.
                digest.Add(tenant.RowVersion);
            },
        };
    }

    // What a copy of the store has brought back need not be frozen first.
    private static Tenant RequireFrozen(OperationScope scope, string name)
    {
        var tenant = Require(scope, name);
        return tenant.State == TenantState.Frozen || scope.Call.Principal.IsServer
            ? tenant
            : throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "Freeze the tenant first: nobody is cut off by its end who was not before.");
    }
}
