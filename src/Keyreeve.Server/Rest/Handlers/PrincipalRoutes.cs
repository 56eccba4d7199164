using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of principals.</summary>
internal static class PrincipalRoutes
{
    private const int SmallBodyInBytes = 16 * 1024;
    private const int RequestBodyInBytes = 32 * 1024;

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "WhoAmI", Method = "GET", Pattern = "/v1/whoami", Summary = "Tells the caller who it is and what it may do; with a token of this server, what that leaves.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.PrincipalMessage, static async (exchange, ct) =>
        {
            var caller = exchange.Call.Principal;
            exchange.Services.Engine.Tenants.RequireOpen(caller.Tenant);
            var message = MessageOf(exchange, caller);
            return caller.Token is not { } token ? message : message with
            {
                Grants = await LeftAsync(exchange, token, message.Grants, ct),
                Token = TokenRoutes.MessageOf(caller.Name, token.Rule, token.Terms),
            };
        }),
        new RestRoute
        {
            Name = "ListPrincipals", Method = "GET", Pattern = "/v1/principals", Summary = "Lists the principals of the tenant.",
        }.Answering(RestJson.Default.PrincipalListMessage, static async (exchange, ct) =>
        {
            var principals = await exchange.RunAsync(exchange.Services.Principals.List, new ListPrincipalsRequest(), ct);
            return new PrincipalListMessage { Principals = [.. principals.Select(enrolled => CredentialRoutes.MessageOf(exchange, enrolled))] };
        }),
        new RestRoute
        {
            Name = "DisablePrincipal", Method = "POST", Pattern = "/v1/principals/{name}/disable",
            Summary = "Disables a principal for good: it is refused from now on, on connections that are open too.",
            Errors = [KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.PrincipalMessage, static async (exchange, ct) =>
            MessageOf(exchange, (await exchange.RunAsync(exchange.Services.Principals.Disable, new DisablePrincipalRequest(exchange.Path("name")), ct)).Principal)),
        new RestRoute
        {
            Name = "IssueEnrolmentCode", Method = "POST", Pattern = "/v1/enrolment-codes",
            Summary = "Issues a one-time code with which a new principal enrols.", BodyLimitInBytes = SmallBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.NonUniqueName],
        }.Answering(RestJson.Default.EnrolmentCodeBody, RestJson.Default.EnrolmentCodeMessage, IssueCodeAsync),
        new RestRoute
        {
            Name = "Enrol", Method = "POST", Pattern = "/v1/enrol", Authentication = RouteAuthentication.Anonymous,
            Summary = "Gives a certificate for a one-time code and a signing request. A code that is wrong, used or expired gives one answer.",
            BodyLimitInBytes = RequestBodyInBytes,
            Errors = [KeyreeveError.AuthenticationFailed, KeyreeveError.InvalidField, KeyreeveError.ObjectAlreadyExists, KeyreeveError.NonUniqueName,
                KeyreeveError.TooManyRequests, KeyreeveError.AuditUnavailable, KeyreeveError.StoreUnavailable],
        }.Answering(RestJson.Default.EnrolBody, RestJson.Default.EnrolmentMessage, EnrolAsync),
        new RestRoute
        {
            Name = "RenewCertificate", Method = "POST", Pattern = "/v1/renew",
            Summary = "Gives the caller a certificate for a new key. The present one holds until the new one has been used, and 15 minutes more.",
            BodyLimitInBytes = RequestBodyInBytes,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.ObjectAlreadyExists, KeyreeveError.Conflict],
        }.Answering(RestJson.Default.RenewalBody, RestJson.Default.EnrolmentMessage, static async (exchange, body, ct) =>
        {
            var issued = await exchange.RunAsync(exchange.Services.Principals.Renew, new RenewCertificateRequest(body.Csr), ct);
            return new EnrolmentMessage { Certificate = issued.CertificatePem, CaChain = issued.ChainPem };
        }),
    ];

    private static async ValueTask<EnrolmentCodeMessage> IssueCodeAsync(RestExchange exchange, EnrolmentCodeBody body, CancellationToken cancellationToken)
    {
        var request = new IssueEnrolmentCodeRequest
        {
            Name = body.Name,
            Group = body.Group is "*" ? null : GroupName.Parse(body.Group),
            Roles = [.. body.Allow.Select(RoleOf)],
            ValidFor = body.ValidFor is { } text ? Iso8601Duration.Parse(text, "validFor") : TimeSpan.FromHours(1),
        };
        var issued = await exchange.RunAsync(exchange.Services.Principals.IssueCode, request, cancellationToken);
        return new EnrolmentCodeMessage
        {
            Code = issued.Code, CaFingerprint = exchange.Services.Principals.AuthorityFingerprint, ExpiresAt = issued.ExpiresAt,
        };
    }

    private static async ValueTask<EnrolmentMessage> EnrolAsync(RestExchange exchange, EnrolBody body, CancellationToken cancellationToken)
    {
        var principals = exchange.Services.Principals;
        if (!principals.TryEnrolFrom(exchange.SourceAddress))
            throw new KeyreeveException(KeyreeveError.TooManyRequests, "There were too many attempts to enrol from this address; wait a minute.");
        var enrolment = await exchange.RunAsync(principals.Enrol, new EnrolRequest { Code = body.Code, SigningRequest = body.Csr }, cancellationToken);
        return new EnrolmentMessage { Certificate = enrolment.Certificate.CertificatePem, CaChain = enrolment.Certificate.ChainPem };
    }

    internal static PrincipalMessage MessageOf(RestExchange exchange, Principal principal) => new()
    {
        Name = principal.Name,
        Fingerprint = principal.Fingerprint,
        Enabled = !principal.IsDisabled,
        HomeGroup = principal.HomeGroup.Value,
        Grants =
        [
            .. principal.Bindings.Select(binding => new GrantMessage { Role = binding.Role.ToString(), Group = binding.Group?.Value ?? "*" }),
            .. exchange.Services.Engine.Access.Of(principal.Tenant).Policy.Bindings
                .Where(binding => binding.IsForEveryone || binding.Principals.Contains(principal.Name, StringComparer.Ordinal)).Select(GrantOf),
        ],
    };

    private static GrantMessage GrantOf(AccessBinding binding) => new()
    {
        Role = binding.Role,
        Group = binding.Group?.Value ?? "*",
        Key = binding.Key?.ToString(),
        Name = binding.Name,
        Denied = binding.IsDeny ? true : null,
        Conditional = binding.Conditions.IsEmpty ? null : true,
    };

    // What is taken away is so with a token too; of what is given it leaves a part.
    private static async ValueTask<ImmutableArray<GrantMessage>> LeftAsync(
        RestExchange exchange, TokenRights token, ImmutableArray<GrantMessage> grants, CancellationToken cancellationToken)
    {
        var (tenant, engine) = (exchange.Call.Principal.Tenant, exchange.Services.Engine);
        var policy = engine.Access.Of(tenant).Policy;
        var left = new List<GrantMessage>();
        foreach (var grant in grants)
        {
            if (grant.Denied is true)
            {
                left.Add(grant);
                continue;
            }

            var roles = token.Left(grant.Role, policy.OperationsOf(grant.Role, isDeny: false));
            if (roles.IsEmpty) continue;
            var places = await token.PlacesAsync(
                grant.Group is "*" ? null : GroupName.Parse(grant.Group), grant.Key is { } key ? UniqueIdentifier.Parse(key) : null,
                async id => (await engine.Objects.FindAsync(tenant, id, cancellationToken))?.Group);
            left.AddRange(places.SelectMany(_ => roles, (place, role) => grant with { Role = role, Group = place.Group?.Value ?? "*", Key = place.Key?.ToString() }));
        }

        // Whoever has another role on keys there sees them by that.
        return [.. left.Distinct().Where(one => one.Role is not nameof(Role.KeyViewer) || !left.Exists(other => IsMore(other, one)))];
    }

    private static bool IsMore(GrantMessage other, GrantMessage viewer) =>
        other is { Denied: null, Conditional: null } && other.Role is not nameof(Role.KeyViewer) && RoleCatalog.TryParse(other.Role, out var role) && RoleCatalog.IsOnKeys(role)
        && string.Equals(other.Group, viewer.Group, StringComparison.Ordinal) && string.Equals(other.Key, viewer.Key, StringComparison.Ordinal);

    internal static Role RoleOf(string word) => word switch
    {
        "use" => Role.KeyUser,
        "manage" => Role.KeyAdministrator,
        "export" => Role.KeyExporter,
        "audit" => Role.Auditor,
        "officer" => Role.SecurityOfficer,
        "operate" => Role.Operator,
        "view" => Role.KeyViewer,
        "encrypt" => Role.Encrypter,
        "decrypt" => Role.Decrypter,
        "generate" => Role.DataKeyGenerator,
        "sign" => Role.Signer,
        "verify" => Role.Verifier,
        "grant" => Role.Granter,
        "masked" => Role.MaskedReader,
        _ => throw new KeyreeveException(
            KeyreeveError.InvalidField,
            "'allow' has the words use, manage, export, audit, officer, operate, view, encrypt, decrypt, generate, sign, verify, grant and masked."),
    };
}
