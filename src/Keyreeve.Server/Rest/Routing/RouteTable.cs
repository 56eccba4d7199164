using System.Collections.Immutable;
using Keyreeve.Server.Rest.Handlers;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>Every route there is. What is served, what is described and what is tested are these rows.</summary>
internal static class RouteTable
{
    public static ImmutableArray<RestRoute> Rows { get; } =
        [.. KeyRoutes.Rows, .. EnvelopeRoutes.Rows, .. PrincipalRoutes.Rows, .. ServerRoutes.Rows];

    public static int LargestBodyInBytes { get; } = Rows.Max(route => route.BodyLimitInBytes);
}
