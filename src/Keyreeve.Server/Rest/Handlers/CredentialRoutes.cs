using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of credentials that others vouch for: names in certificates, subjects of tokens.</summary>
internal static class CredentialRoutes
{
    private const int SmallBodyInBytes = 16 * 1024;

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "AddPrincipal", Method = "POST", Pattern = "/v1/principals",
            Summary = "Adds a principal that comes with a token of a trusted issuer, or with a certificate of your own authority.",
            BodyLimitInBytes = SmallBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.NonUniqueName, KeyreeveError.ObjectAlreadyExists],
        }.Answering(RestJson.Default.NewPrincipalBody, RestJson.Default.PrincipalMessage, AddPrincipalAsync),
        new RestRoute
        {
            Name = "AddCredential", Method = "POST", Pattern = "/v1/principals/{name}/credentials",
            Summary = "Has a principal recognised by one thing more.", BodyLimitInBytes = SmallBodyInBytes,
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.ObjectAlreadyExists, KeyreeveError.ServerLimitExceeded, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.NewCredentialBody, RestJson.Default.PrincipalMessage, static async (exchange, body, ct) => MessageOf(
            exchange, await exchange.RunAsync(exchange.Services.Principals.AddCredential, new AddCredentialRequest(exchange.Path("name"), CredentialOf(exchange, body)), ct))),
        new RestRoute
        {
            Name = "RemoveCredential", Method = "DELETE", Pattern = "/v1/principals/{name}/credentials/{id}",
            Summary = "Takes a credential from a principal: nobody is let in by it from now on, on connections that are open too.",
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.PrincipalMessage, static async (exchange, ct) => MessageOf(
            exchange, await exchange.RunAsync(exchange.Services.Principals.RemoveCredential, new RemoveCredentialRequest(exchange.Path("name"), exchange.Path("id")), ct))),
    ];

    /// <summary>A principal with its credentials.</summary>
    public static PrincipalMessage MessageOf(RestExchange exchange, EnrolledPrincipal enrolled)
    {
        var first = enrolled.First ?? PrincipalCredential.OfKey(enrolled.Principal.Fingerprint);
        return PrincipalRoutes.MessageOf(exchange, enrolled.Principal) with { Credentials = [MessageOf(first), .. enrolled.Credentials.Select(MessageOf)] };
    }

    private static async ValueTask<PrincipalMessage> AddPrincipalAsync(RestExchange exchange, NewPrincipalBody body, CancellationToken cancellationToken)
    {
        var request = new AddPrincipalRequest
        {
            Name = body.Name,
            Group = body.Group is "*" ? null : GroupName.Parse(body.Group),
            Roles = [.. body.Allow.Select(PrincipalRoutes.RoleOf)],
            Credential = CredentialOf(exchange, body.Credential),
        };
        return MessageOf(exchange, await exchange.RunAsync(exchange.Services.Principals.Add, request, cancellationToken));
    }

    private static PrincipalCredential CredentialOf(RestExchange exchange, NewCredentialBody body) => body switch
    {
        { Issuer: { } issuer, Subject: { } subject, CertificateName: null, Authority: null } => SubjectOf(exchange, issuer, subject),
        { Issuer: null, Subject: null, CertificateName: { } name } => NameOf(exchange, name, body.Authority),
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, "A credential is either 'issuer' and 'subject', or 'certificateName'."),
    };

    private static PrincipalCredential SubjectOf(RestExchange exchange, string issuer, string subject) =>
        exchange.Services.Principals.Identity.Tokens.Trusts(issuer)
            ? PrincipalCredential.OfSubject(issuer, subject)
            : throw new KeyreeveException(KeyreeveError.InvalidField, "The issuer's tokens are not accepted here; name it in [token-issuers] first, exactly as tokens have it in 'iss'.");

    private static PrincipalCredential NameOf(RestExchange exchange, string name, string? authority)
    {
        var roots = exchange.Services.Principals.Identity.Clients.RootFingerprints;
        if (authority is null && roots.Length != 1)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Several authorities are trusted; say with 'authority' which one vouches for the name.");
        var root = authority ?? roots[0];
        return roots.Contains(root, StringComparer.Ordinal)
            ? PrincipalCredential.OfName(root, name)
            : throw new KeyreeveException(KeyreeveError.InvalidField, "No authority of this fingerprint is trusted for clients.");
    }

    private static CredentialMessage MessageOf(PrincipalCredential credential) => new()
    {
        Id = credential.Identity,
        Kind = credential.Kind.ToString(),
        Authority = credential.Authority.Length > 0 ? credential.Authority : null,
        Name = credential.Name.Length > 0 ? credential.Name : null,
    };
}
