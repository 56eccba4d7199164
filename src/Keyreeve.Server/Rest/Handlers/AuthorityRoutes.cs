using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of the server's own certificate authority.</summary>
internal static class AuthorityRoutes
{
    private const int SmallBodyInBytes = 1024;

    // spec: RFC 2585 §4.2 "application/pkix-crl"
    private const string RevocationListType = "application/pkix-crl";

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "Authority", Method = "GET", Pattern = "/v1/ca", Authentication = RouteAuthentication.Anonymous,
            Summary = "Gives the certificates of the server's own authorities, of which while one is replaced there are two, and the roots of its certificate if that is yours; whoever enrols compares the fingerprint before it sends a code.",
        }.Answering(RestJson.Default.AuthorityMessage, static (exchange, _) => ValueTask.FromResult(MessageOf(exchange.Services.Principals.Identity))),
        new RestRoute
        {
            Name = "RevocationList", Method = "GET", Pattern = "/v1/ca/crl", Authentication = RouteAuthentication.Anonymous,
            Summary = "Gives the list of revoked certificates (RFC 5280, DER) of one of the server's own authorities, signed by it.",
            Query = [new("authority", "The fingerprint of the authority, as /v1/ca gives it; without it, of the one that issues.")],
            ResponseContentType = RevocationListType,
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.InvalidField, KeyreeveError.Sealed, KeyreeveError.StoreUnavailable],
            Handler = static async (exchange, ct) =>
                await exchange.AnswerAsync(await exchange.Services.Principals.Identity.RevocationLists.ReadAsync(exchange.Query("authority"), ct), ct, RevocationListType),
        },
        new RestRoute
        {
            Name = "ReplaceAuthority", Method = "POST", Pattern = "/v1/ca/replace", BodyLimitInBytes = SmallBodyInBytes,
            Summary = "Takes a step in replacing the server's own authority: prepare, activate, retire.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.ReplaceAuthorityBody, RestJson.Default.AuthorityMessage, static async (exchange, body, ct) =>
        {
            var principals = exchange.Services.Principals;
            var (step, force) = (StepOf(body.Step), body.Force is true);
            if (force && step != AuthorityStep.Retire) throw new KeyreeveException(KeyreeveError.InvalidField, "'force' goes with the step retire alone.");
            // Who shows a token is not shut out with his certificate.
            var caller = exchange.Context.Request.Headers.Authorization.Count == 0 ? exchange.Context.Features.Get<ClientIdentity>() : null;
            await exchange.RunAsync(principals.ReplaceAuthority, new ReplaceAuthorityRequest(step, caller, force), ct);
            await principals.Identity.RenewAsync();
            return MessageOf(principals.Identity);
        }),
    ];

    private static AuthorityMessage MessageOf(ServerIdentity identity) => new()
    {
        CaChain = identity.TrustedPem,
        Authorities =
        [
            .. new[] { ("current", identity.Authorities.Current), ("next", identity.Authorities.Next), ("previous", identity.Authorities.Previous) }
                .Where(static one => one.Item2 is not null)
                .Select(static one => new AuthorityStanding { Role = one.Item1, Fingerprint = one.Item2!.Fingerprint, ExpiresAt = new DateTimeOffset(one.Item2.Certificate.NotAfter) }),
            .. identity.Certificate.Roots.Select(static root => new AuthorityStanding
            {
                Role = "server", Fingerprint = Convert.ToHexStringLower(SHA256.HashData(root.RawData)), ExpiresAt = new DateTimeOffset(root.NotAfter),
            }),
        ],
    };

    private static AuthorityStep StepOf(string word) => word switch
    {
        "prepare" => AuthorityStep.Prepare,
        "activate" => AuthorityStep.Activate,
        "retire" => AuthorityStep.Retire,
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, "'step' is prepare, activate or retire."),
    };
}
