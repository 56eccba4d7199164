using System.Xml;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>Rights on keys in others' hands.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class Grants
{
    private const string Path = "/v1/grants";

    private readonly RestTransport _transport;

    internal Grants(RestTransport transport) => _transport = transport;

    /// <summary>Hands a part of one's own rights on a key to somebody else. The caller needs the role Granter on the key, or a grant that may be handed on.</summary>
    public Task<ClientKeyGrant> CreateAsync(NewGrant grant, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(grant);
        var body = new NewGrantBody
        {
            Key = grant.Key,
            To = grant.To,
            Allow = grant.Allow,
            Context = grant.Context,
            MayBeHandedOn = grant.MayBeHandedOn,
            ValidFor = grant.ValidFor is { } time ? XmlConvert.ToString(time) : null,
        };
        return _transport.PostAsync(Path, body, ClientJson.Default.NewGrantBody, ClientJson.Default.ClientKeyGrant, cancellationToken);
    }

    /// <summary>Lists the grants that the caller gave or has.</summary>
    /// <param name="all">All of the tenant, for a caller with the role SecurityOfficer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<ClientKeyGrant>> ListAsync(bool all = false, CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync(all ? Path + "?all=true" : Path, ClientJson.Default.ClientKeyGrants, cancellationToken).ConfigureAwait(false)).Grants;

    /// <summary>Ends a grant, and what was handed on of it.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) => _transport.DeleteAsync(Path, id, cancellationToken);
}
