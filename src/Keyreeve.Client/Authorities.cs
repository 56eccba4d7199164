using System.Collections.Immutable;
using System.Text.Json;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>The server's own certificate authorities: by which it is known, and unless yours issue the clients' certificates, they.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class Authorities
{
    private readonly RestTransport _transport;

    internal Authorities(RestTransport transport) => _transport = transport;

    /// <summary>Which there are.</summary>
    public async Task<ImmutableArray<ClientAuthority>> ListAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("/v1/ca", ClientJson.Default.AuthorityAnswer, cancellationToken).ConfigureAwait(false)).Authorities;

    /// <summary>
    /// The list of revoked certificates of one of them (RFC 5280), DER, as the server sent it: whoever relies on it verifies its signature, as for any
    /// list. What the server issued to its clients, and does not let in any more, is on it.
    /// </summary>
    /// <param name="fingerprint">The authority's <see cref="ClientAuthority.Fingerprint"/>; null: of the one that issues.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<byte[]> GetRevocationListAsync(string? fingerprint = null, CancellationToken cancellationToken = default)
    {
        var query = fingerprint is null ? "" : $"?authority={Uri.EscapeDataString(fingerprint)}";
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Get, "/v1/ca/crl" + query), cancellationToken).ConfigureAwait(false);
        return answer.Span.ToArray();
    }

    /// <summary>Takes a step in replacing the one that issues. The caller needs the role SecurityOfficer in the root tenant.</summary>
    public Task<ImmutableArray<ClientAuthority>> ReplaceAsync(AuthorityReplacement step, CancellationToken cancellationToken = default) =>
        ReplaceAsync(step, evenIfShutOut: false, cancellationToken);

    /// <param name="step">Which.</param>
    /// <param name="evenIfShutOut">For <see cref="AuthorityReplacement.Retire"/>: also if the caller's own certificate is of the one before, and taken no more after it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <inheritdoc cref="ReplaceAsync(AuthorityReplacement, CancellationToken)"/>
    public async Task<ImmutableArray<ClientAuthority>> ReplaceAsync(AuthorityReplacement step, bool evenIfShutOut, CancellationToken cancellationToken = default)
    {
        var body = new ReplaceAuthorityBody(step switch
        {
            AuthorityReplacement.Prepare => "prepare",
            AuthorityReplacement.Activate => "activate",
            AuthorityReplacement.Retire => "retire",
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        }, evenIfShutOut ? true : null);
        var request = new RestRequest(HttpMethod.Post, "/v1/ca/replace") { Body = JsonSerializer.SerializeToUtf8Bytes(body, ClientJson.Default.ReplaceAuthorityBody) };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.AuthorityAnswer).Authorities;
    }
}
