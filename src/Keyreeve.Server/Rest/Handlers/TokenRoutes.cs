using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of tokens: for the caller itself, and for others by whoever decides about them.</summary>
internal static class TokenRoutes
{
    private const int SmallBodyInBytes = 32 * 1024;

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "CreateToken", Method = "POST", Pattern = "/v1/tokens", SuccessStatus = 201,
            Summary = "Makes a token with a part of a principal's rights, which is shown this once.", BodyLimitInBytes = SmallBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ServerLimitExceeded, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.CreateTokenBody, RestJson.Default.IssuedTokenMessage, CreateAsync),
        new RestRoute
        {
            Name = "ListTokens", Method = "GET", Pattern = "/v1/tokens", Summary = "Lists tokens and when each was used last: the caller's own, or those of another principal.",
            Query = [new RestParameter("principal", "Whose tokens; '*' for everybody's. The caller's own if absent.")],
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.TokenListMessage, static async (exchange, ct) =>
        {
            var name = exchange.Query("principal");
            var tokens = exchange.Services.Principals.Tokens;
            var listed = await exchange.RunAsync(IsOwn(exchange, name) ? tokens.ListOwn : tokens.List, new ListTokensRequest(name is "*" ? null : name), ct);
            return new TokenListMessage { Tokens = [.. listed.Select(static known => MessageOf(known.PrincipalName, known.Credential) with { LastUsedAt = known.LastUsedAt })] };
        }),
        new RestRoute
        {
            Name = "RevokeToken", Method = "DELETE", Pattern = "/v1/tokens/{id}", SuccessStatus = 204,
            Summary = "Ends a token: nobody is let in by it from now on, on connections that are open too.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.Conflict],
        }.AnsweringNothing(static async (exchange, ct) =>
        {
            var id = exchange.Path("id");
            var tokens = exchange.Services.Principals.Tokens;
            await exchange.RunAsync(tokens.IsOf(exchange.Call.Principal, id) ? tokens.RevokeOwn : tokens.Revoke, new RevokeTokenRequest(id), ct);
        }),
    ];

    private static async ValueTask<IssuedTokenMessage> CreateAsync(RestExchange exchange, CreateTokenBody body, CancellationToken cancellationToken)
    {
        var request = new CreateTokenRequest
        {
            PrincipalName = body.Principal ?? exchange.Call.Principal.Name,
            Label = body.Label,
            Roles = [.. body.Allow.Select(PrincipalRoutes.RoleOf)],
            Groups = [.. Narrowed(body.Groups, "groups").Select(GroupName.Parse)],
            Keys = [.. Narrowed(body.Keys, "keys").Select(KeyOf)],
            Networks = Narrowed(body.Networks, "networks"),
            ValidFor = body.ValidFor is { } text ? Iso8601Duration.Parse(text, "validFor") : TokenTerms.DefaultLifetime,
        };
        var tokens = exchange.Services.Principals.Tokens;
        var issued = await exchange.RunAsync(IsOwn(exchange, body.Principal) ? tokens.CreateOwn : tokens.Create, request, cancellationToken);
        return new IssuedTokenMessage { Token = issued.Token, Terms = MessageOf(issued.PrincipalName, issued.Credential) };
    }

    private static bool IsOwn(RestExchange exchange, string? name) => name is null || string.Equals(name, exchange.Call.Principal.Name, StringComparison.Ordinal);

    // A program whose list came out empty meant to narrow the token, not to have it hold everywhere.
    private static ImmutableArray<string> Narrowed(ImmutableArray<string>? list, string name) => list is { IsEmpty: true }
        ? throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is an empty list; leave it out where it is not to narrow the token.")
        : list ?? [];

    private static UniqueIdentifier KeyOf(string text) => UniqueIdentifier.TryParse(text, out var key)
        ? key
        : throw new KeyreeveException(KeyreeveError.InvalidField, "'keys' has the identifiers of keys, as 'keyreeve key show' prints them.");

    private static TokenMessage MessageOf(string principal, PrincipalCredential credential) => MessageOf(principal, credential.Identity, credential.Token!);

    internal static TokenMessage MessageOf(string principal, string identity, TokenTerms terms) => new()
    {
        Id = identity,
        Principal = principal,
        Label = terms.Label,
        Roles = [.. terms.Roles.Select(static role => role.ToString())],
        Groups = terms.Groups,
        Keys = terms.Keys,
        Networks = terms.Networks,
        CreatedAt = terms.CreatedAt,
        CreatedBy = terms.CreatedBy,
        ExpiresAt = terms.ExpiresAt,
    };
}
