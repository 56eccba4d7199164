using System.Xml;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>Tokens: of one's own, or of others where the caller has the role SecurityOfficer.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class Tokens
{
    private const string Path = "/v1/tokens";

    private readonly RestTransport _transport;

    internal Tokens(RestTransport transport) => _transport = transport;

    /// <summary>Makes a token.</summary>
    public Task<IssuedToken> CreateAsync(NewToken token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        var body = new NewTokenBody
        {
            Principal = token.Principal,
            Label = token.Label,
            Allow = token.Allow,
            Groups = token.Groups,
            Keys = token.Keys,
            Networks = token.Networks,
            ValidFor = token.ValidFor is { } time ? XmlConvert.ToString(time) : null,
        };
        return _transport.PostAsync(Path, body, ClientJson.Default.NewTokenBody, ClientJson.Default.IssuedToken, cancellationToken);
    }

    /// <summary>Lists tokens.</summary>
    /// <param name="principal">Whose; <c>*</c> for everybody's; null for the caller's own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<ClientToken>> ListAsync(string? principal = null, CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync(
            principal is null ? Path : $"{Path}?principal={Uri.EscapeDataString(principal)}", ClientJson.Default.ClientTokens, cancellationToken).ConfigureAwait(false)).Tokens;

    /// <summary>Ends a token: nobody is let in by it from now on.</summary>
    public Task RevokeAsync(string id, CancellationToken cancellationToken = default) => _transport.DeleteAsync(Path, id, cancellationToken);
}
