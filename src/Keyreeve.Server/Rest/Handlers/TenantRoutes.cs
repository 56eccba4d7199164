using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Operations.Tenants;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of tenants, for officers of the root tenant.</summary>
internal static class TenantRoutes
{
    private const int SmallBodyInBytes = 16 * 1024;

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "ListTenants", Method = "GET", Pattern = "/v1/tenants", Summary = "Lists the tenants, those that were deleted included.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.TenantListMessage, static async (exchange, ct) => new TenantListMessage
        {
            Tenants = [.. (await exchange.RunAsync(exchange.Services.Tenants.List, new ListTenantsRequest(), ct)).Select(MessageOf)],
        }),
        new RestRoute
        {
            Name = "CreateTenant", Method = "POST", Pattern = "/v1/tenants", BodyLimitInBytes = SmallBodyInBytes, SuccessStatus = 201,
            Summary = "Makes a tenant with a key-encryption key of its own, and a one-time code for its first administrator.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.NonUniqueName, KeyreeveError.ObjectAlreadyExists],
        }.Answering(RestJson.Default.NewTenantBody, RestJson.Default.NewTenantMessage, static async (exchange, body, ct) =>
        {
            var request = new CreateTenantRequest { Name = body.Name, Administrator = body.Administrator, ValidFor = TimeOf(body.ValidFor), Issuers = body.Issuers ?? [] };
            var created = await exchange.RunAsync(exchange.Services.Tenants.Create, request, ct);
            return new NewTenantMessage { Tenant = MessageOf(created.Tenant), Code = MessageOf(exchange, created.Code) };
        }),
        new RestRoute
        {
            Name = "GetTenant", Method = "GET", Pattern = "/v1/tenants/{name}", Summary = "Tells how it stands with a tenant: numbers, and nothing of what it has.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound],
        }.Answering(RestJson.Default.TenantMessage, static async (exchange, ct) =>
            MessageOf((await exchange.RunAsync(exchange.Services.Tenants.List, new ListTenantsRequest(exchange.Path("name")), ct))[0])),
        new RestRoute
        {
            Name = "FreezeTenant", Method = "POST", Pattern = "/v1/tenants/{name}/freeze", BodyLimitInBytes = SmallBodyInBytes, IsBodyOptional = true,
            Summary = "Freezes a tenant: everything it asks is refused from now on, on connections that are open too, until somebody thaws it.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ObjectDestroyed, KeyreeveError.Conflict],
        }.AnsweringOptional(RestJson.Default.FreezeTenantBody, RestJson.Default.TenantMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Tenants.Freeze, new FreezeTenantRequest(exchange.Path("name"), body?.Reason), ct))),
        new RestRoute
        {
            Name = "ThawTenant", Method = "POST", Pattern = "/v1/tenants/{name}/thaw", Summary = "Thaws a tenant: it is served again.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ObjectDestroyed, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.TenantMessage, static async (exchange, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Tenants.Thaw, new ThawTenantRequest(exchange.Path("name")), ct))),
        new RestRoute
        {
            Name = "DeleteTenant", Method = "DELETE", Pattern = "/v1/tenants/{name}", TimeLimit = TimeSpan.FromMinutes(1),
            Summary = "Deletes a tenant that is frozen, with all its keys, for good. It takes two people; what the trail says of it stays.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ObjectDestroyed,
                KeyreeveError.WrongKeyLifecycleState, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.TenantMessage, static async (exchange, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Tenants.Delete, new DeleteTenantRequest(exchange.Path("name")), ct))),
        new RestRoute
        {
            Name = "InviteTenantAdministrator", Method = "POST", Pattern = "/v1/tenants/{name}/administrators", BodyLimitInBytes = SmallBodyInBytes,
            Summary = "Issues a one-time code for one more administrator of a tenant that has lost its own.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ItemNotFound, KeyreeveError.ObjectDestroyed, KeyreeveError.NonUniqueName],
        }.Answering(RestJson.Default.TenantAdministratorBody, RestJson.Default.EnrolmentCodeMessage, static async (exchange, body, ct) =>
        {
            var request = new InviteTenantAdministratorRequest(exchange.Path("name"), body.Administrator, TimeOf(body.ValidFor));
            return MessageOf(exchange, await exchange.RunAsync(exchange.Services.Tenants.Invite, request, ct));
        }),
    ];

    private static TimeSpan TimeOf(string? text) => text is null ? TimeSpan.FromHours(1) : Iso8601Duration.Parse(text, "validFor");

    private static EnrolmentCodeMessage MessageOf(RestExchange exchange, IssuedEnrolmentCode issued) =>
        new() { Code = issued.Code, CaFingerprint = exchange.Services.Principals.AuthorityFingerprint, ExpiresAt = issued.ExpiresAt };

    private static TenantMessage MessageOf(CountedTenant counted) => MessageOf(counted.Tenant) with
    {
        Principals = counted.Principals,
        Objects = counted.Objects,
        KeyVersions = counted.KeyVersions is null ? null : [.. counted.KeyVersions],
    };

    private static TenantMessage MessageOf(Tenant tenant) => new()
    {
        Name = tenant.Name,
        Number = tenant.Id.Value,
        State = tenant.State.ToString(),
        CreatedAt = tenant.CreatedAt,
        CreatedBy = tenant.CreatedBy,
        ChangedAt = tenant.ChangedAt,
        ChangedBy = tenant.ChangedBy,
        Reason = tenant.Reason,
        Issuers = tenant.Issuers,
    };
}
