using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Tenants;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>The operations on tenants.</summary>
internal sealed class TenantServices(PrincipalDirectory principals)
{
    public ListTenantsOperation List { get; } = new(principals);

    public CreateTenantOperation Create { get; } = new(principals);

    public InviteTenantAdministratorOperation Invite { get; } = new(principals);

    public FreezeTenantOperation Freeze { get; } = new();

    public DeleteTenantOperation Delete { get; } = new();

    public ThawTenantOperation Thaw { get; } = new();
}
