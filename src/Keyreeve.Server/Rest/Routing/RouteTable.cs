using System.Collections.Immutable;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Kmip.Https;
using Keyreeve.Server.Rest.Handlers;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>Every route there is. What is served, what is described and what is tested are these rows.</summary>
internal static class RouteTable
{
    /// <summary>The routes of the REST API.</summary>
    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        .. KeyRoutes.Rows, .. EnvelopeRoutes.Rows,
        .. EnvelopeBatchRoutes.Rows,
        .. PrincipalRoutes.Rows, .. AuthorityRoutes.Rows, .. CredentialRoutes.Rows, .. TokenRoutes.Rows, .. GrantRoutes.Rows, .. PolicyRoutes.Rows, .. TenantRoutes.Rows, .. ApprovalRoutes.Rows,
        .. OffboardingRoutes.Rows,
        .. SealRoutes.Rows, .. CryptographyRoutes.Rows,
        .. AuditRoutes.Rows, .. AuditStreamRoutes.Rows, .. AlertRoutes.Rows, .. ServerRoutes.Rows,
    ];

    /// <summary>All that a server serves: the API, and KMIP unless it is turned off.</summary>
    public static ImmutableArray<RestRoute> Served(KmipOptions kmip) => kmip is { Enabled: true, Https: true } ? [.. Rows, KmipOverHttps.Row(kmip)] : Rows;
}
