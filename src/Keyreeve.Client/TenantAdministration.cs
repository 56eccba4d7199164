using System.Xml;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>The tenants of a server. The caller needs the role SecurityOfficer in the root tenant.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class TenantAdministration
{
    private readonly RestTransport _transport;

    internal TenantAdministration(RestTransport transport) => _transport = transport;

    /// <summary>All tenants, by name, those that were deleted included.</summary>
    public async Task<IReadOnlyList<ClientTenant>> ListAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("/v1/tenants", ClientJson.Default.ClientTenants, cancellationToken).ConfigureAwait(false)).Tenants;

    /// <summary>One tenant, with what is counted of it.</summary>
    public Task<ClientTenant> GetAsync(string name, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(name), ClientJson.Default.ClientTenant, cancellationToken);

    /// <summary>Makes a tenant. Whoever makes it has no right in it.</summary>
    public Task<CreatedTenant> CreateAsync(NewTenant tenant, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var body = new NewTenantBody
        {
            Name = tenant.Name, Administrator = tenant.Administrator, ValidFor = Written(tenant.ValidFor), Issuers = tenant.Issuers.IsDefaultOrEmpty ? null : tenant.Issuers,
        };
        return _transport.PostAsync("/v1/tenants", body, ClientJson.Default.NewTenantBody, ClientJson.Default.CreatedTenant, cancellationToken);
    }

    /// <summary>Freezes a tenant: everything it asks is refused from now on, open connections included.</summary>
    /// <param name="name">The tenant.</param>
    /// <param name="reason">Why; its principals are told.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ClientTenant> FreezeAsync(string name, string? reason = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync(PathOf(name) + "/freeze", new FreezeBody { Reason = reason }, ClientJson.Default.FreezeBody, ClientJson.Default.ClientTenant, cancellationToken);

    /// <summary>Thaws a tenant: it is served again.</summary>
    public async Task<ClientTenant> ThawAsync(string name, CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, PathOf(name) + "/thaw"), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientTenant);
    }

    /// <summary>Deletes a tenant that is frozen, with all its keys, for good. It takes another officer to agree; then the same is asked again.</summary>
    public async Task<ClientTenant> DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Delete, PathOf(name)), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientTenant);
    }

    /// <summary>Makes a one-time code for one more administrator of a tenant that has lost its own.</summary>
    /// <param name="name">The tenant.</param>
    /// <param name="administrator">The administrator's name; nobody there has or had it.</param>
    /// <param name="validFor">How long the code can be used; null takes the server's default, one hour.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<EnrolmentCode> InviteAsync(string name, string administrator, TimeSpan? validFor = null, CancellationToken cancellationToken = default) =>
        _transport.PostAsync(
            PathOf(name) + "/administrators", new TenantAdministratorBody { Administrator = administrator, ValidFor = Written(validFor) },
            ClientJson.Default.TenantAdministratorBody, ClientJson.Default.EnrolmentCode, cancellationToken);

    private static string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"/v1/tenants/{Uri.EscapeDataString(name)}";
    }

    private static string? Written(TimeSpan? time) => time is { } span ? XmlConvert.ToString(span) : null;
}
