using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Operations.Tenants;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// A store that was put back to an older copy, which somebody accepted: what the trail says was destroyed since is destroyed again before
/// a door opens. A destroyed key does not come back because its copy does.
/// </summary>
internal static class RestoredStore
{
    private const int LinesAtOnce = 1000;
    private const int BytesAtOnce = 1 << 20;

    private static readonly DestroyAgainOperation Destroy = new();
    private static readonly DeleteTenantOperation Delete = new();

    /// <summary>Reads the whole trail and destroys again.</summary>
    /// <returns>How many objects or keys it was.</returns>
    /// <exception cref="KeyreeveException">One could not be destroyed; the server does not start with it.</exception>
    public static async Task<int> DestroyAgainAsync(ServerFoundation foundation, ILogger logger)
    {
        var destroyed = 0;
        var place = default(AuditPlace);
        while (foundation.Trail.Feed.Read(ref place, LinesAtOnce, BytesAtOnce) is { Count: > 0 } lines)
        {
            foreach (var record in lines.Select(AuditRecord.Parse))
            {
                if (Told(record) is { } told && await DestroyAsync(foundation, told)) destroyed++;
                if (DeletedTenant(record) is { } tenant && foundation.Engine.Hierarchy.Has(tenant)) await DeleteAsync(foundation, tenant);
            }
        }

        logger.LogWarning("{Count} keys and objects that the trail says were destroyed had come back with the store, and are destroyed again.", destroyed);
        return destroyed;
    }

    private static Destruction? Told(AuditRecord record) =>
        record["operation"] is nameof(OperationName.Destroy) && string.Equals(record["result"], nameof(AuditResult.Success), StringComparison.OrdinalIgnoreCase)
        && record["objectId"] is { } id && record["tenant"] is { } tenant
            // A key that is destroyed whole has one record, which says how many versions it had.
            ? new Destruction(new TenantId(int.Parse(tenant, System.Globalization.CultureInfo.InvariantCulture)), UniqueIdentifier.Parse(id), record["count"] is not null)
            : null;

    private static TenantId? DeletedTenant(AuditRecord record) =>
        record["operation"] is nameof(OperationName.DeleteTenant) && string.Equals(record["result"], nameof(AuditResult.Success), StringComparison.OrdinalIgnoreCase)
            ? Tenant.ReadTold(record["detail"])
            : null;

    private static async Task DeleteAsync(ServerFoundation foundation, TenantId tenant)
    {
        if (foundation.Engine.Tenants.Find(tenant) is not { } back) return;
        var again = await foundation.Pipeline.RunAsync(Delete, CallOf(foundation.Engine, TenantId.Default, Role.SecurityOfficer), new DeleteTenantRequest(back.Name), CancellationToken.None);
        await again.ReleaseAsync(CancellationToken.None);
    }

    private static async Task<bool> DestroyAsync(ServerFoundation foundation, Destruction told)
    {
        var engine = foundation.Engine;
        if (!engine.Hierarchy.Tenants.Contains(told.Tenant)) return false;
        if (await engine.Objects.FindAsync(told.Tenant, told.Id, CancellationToken.None) is not { } found || !await IsBackAsync(engine, told, found)) return false;
        var call = CallOf(engine, told.Tenant, Role.KeyAdministrator);
        var again = await foundation.Pipeline.RunAsync(Destroy, call, new DestroyAgainRequest(told.Id, told.AllVersions), CancellationToken.None);
        await again.ReleaseAsync(CancellationToken.None);
        return true;
    }

    private static Call CallOf(Engine engine, TenantId tenant, Role role) => new()
    {
        Principal = new Principal
        {
            Tenant = tenant, Name = ServerEvents.PrincipalName, Fingerprint = "", HomeGroup = GroupName.Default, Bindings = [new RoleBinding(role, null)],
        },
        Protocol = Protocol.Internal,
        SourceAddress = "",
        SourcePort = 0,
        CorrelationId = Guid.NewGuid().ToString("N"),
        Time = engine.Time.GetUtcNow(),
    };

    private static async Task<bool> IsBackAsync(Engine engine, Destruction told, ManagedObject found)
    {
        if (!told.AllVersions) return !IsGone(found);
        return (await engine.Objects.FindVersionsAsync(told.Tenant, found.KeyIdentifier, CancellationToken.None)).Any(static version => !IsGone(version));
    }

    private static bool IsGone(ManagedObject managedObject) => managedObject.State is State.Destroyed or State.DestroyedCompromised;

    private sealed record Destruction(TenantId Tenant, UniqueIdentifier Id, bool AllVersions);
}
