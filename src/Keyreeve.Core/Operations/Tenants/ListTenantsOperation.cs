using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks which tenants there are.</summary>
/// <param name="Name">The name of the one that is meant, with its figures; null for all.</param>
public sealed record ListTenantsRequest(string? Name = null);

/// <summary>A tenant, and what is counted of it: numbers, and never a name of what it has.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Principals">How many enabled principals it has; null if that was not asked for.</param>
/// <param name="Objects">How many managed objects.</param>
/// <param name="KeyVersions">The versions of its key-encryption key that there are.</param>
public sealed record CountedTenant(Tenant Tenant, int? Principals = null, long? Objects = null, IReadOnlyList<int>? KeyVersions = null);

/// <summary>Lists tenants, those that were deleted included.</summary>
public sealed class ListTenantsOperation(PrincipalDirectory principals) : TenantOperation<ListTenantsRequest, ImmutableArray<CountedTenant>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ListTenants;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override async ValueTask<ImmutableArray<CountedTenant>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListTenantsRequest request, CancellationToken cancellationToken)
    {
        if (request.Name is not { } name)
        {
            var all = scope.Engine.Tenants.List();
            scope.Audit.Count = all.Length;
            return [.. all.Select(static tenant => new CountedTenant(tenant))];
        }

        var found = scope.Engine.Tenants.Find(name) ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no tenant of that name.");
        scope.Audit.Detail = found.Told;
        var objects = await scope.Engine.Store.LocateAsync(new ObjectQuery { Tenant = found.Id, Conditions = [], Limit = 1, CountAll = true }, cancellationToken);
        var hierarchy = scope.Engine.Hierarchy;
        return [new CountedTenant(found, principals.List(found.Id).Count(static p => !p.Principal.IsDisabled), objects.Total, hierarchy.Has(found.Id) ? hierarchy.VersionsOf(found.Id) : [])];
    }
}
