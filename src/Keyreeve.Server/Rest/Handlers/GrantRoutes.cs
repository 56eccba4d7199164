using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Grants;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of grants: rights on a key in others' hands.</summary>
internal static class GrantRoutes
{
    private const int SmallBodyInBytes = 32 * 1024;

    private static readonly ListGrantsOperation List = new(isOwn: false);
    private static readonly ListGrantsOperation ListOwn = new(isOwn: true);
    private static readonly RevokeGrantOperation Revoke = new(isOwn: false);
    private static readonly RevokeGrantOperation RevokeOwn = new(isOwn: true);

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "CreateGrant", Method = "POST", Pattern = "/v1/grants", SuccessStatus = 201,
            Summary = "Hands a part of the caller's rights on a key to somebody else, for a while.", BodyLimitInBytes = SmallBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ServerLimitExceeded],
        }.Answering(RestJson.Default.CreateGrantBody, RestJson.Default.KeyGrantMessage, CreateAsync),
        new RestRoute
        {
            Name = "ListGrants", Method = "GET", Pattern = "/v1/grants", Summary = "Lists the grants that the caller gave or has, or all of the tenant.",
            Query = [new RestParameter("all", "'true' for all of the tenant.")], Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.KeyGrantListMessage, static async (exchange, ct) =>
        {
            var grants = await exchange.RunAsync(exchange.Query("all") is "true" ? List : ListOwn, new ListGrantsRequest(), ct);
            return new KeyGrantListMessage { Grants = [.. grants.Select(MessageOf)] };
        }),
        new RestRoute
        {
            Name = "RevokeGrant", Method = "DELETE", Pattern = "/v1/grants/{id}", SuccessStatus = 204,
            Summary = "Ends a grant, and what was handed on of it.", Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.Conflict],
        }.AnsweringNothing(static async (exchange, ct) =>
        {
            if (!UniqueIdentifier.TryParse(exchange.Path("id"), out var id)) throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such grant.");
            await exchange.RunAsync(RevokeGrantOperation.IsOf(exchange.Services.Engine.Access, exchange.Call.Principal, id) ? RevokeOwn : Revoke, new RevokeGrantRequest(id), ct);
        }),
    ];

    private static async ValueTask<KeyGrantMessage> CreateAsync(RestExchange exchange, CreateGrantBody body, CancellationToken cancellationToken)
    {
        var request = new CreateGrantRequest
        {
            Key = KeySelector.Parse(body.Key),
            GrantedTo = body.To,
            Roles = [.. body.Allow.Select(PrincipalRoutes.RoleOf)],
            Context = [.. (body.Context ?? []).Select(static term => new ContextTerm(term.Name, term.Exactly, term.Contains))],
            MayBeHandedOn = body.MayBeHandedOn is true,
            ValidFor = body.ValidFor is { } text ? Iso8601Duration.Parse(text, "validFor") : KeyGrant.DefaultLifetime,
        };
        return MessageOf(await exchange.RunAsync(exchange.Services.Principals.CreateGrant, request, cancellationToken));
    }

    private static KeyGrantMessage MessageOf(KeyGrant grant) => new()
    {
        Id = grant.Id.ToString(),
        From = grant.GrantedBy,
        To = grant.GrantedTo,
        Key = grant.Key.ToString(),
        Roles = [.. grant.Roles.Select(static role => role.ToString())],
        Context = grant.Context.IsEmpty ? null : [.. grant.Context.Select(static term => new PolicyContextTerm { Name = term.Name, Exactly = term.Exactly, Contains = term.Contains })],
        MayBeHandedOn = grant.MayBeHandedOn,
        CreatedAt = grant.CreatedAt,
        ExpiresAt = grant.ExpiresAt,
    };
}
