using System.Collections.Immutable;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of principals.</summary>
internal static class PrincipalRoutes
{
    public static ImmutableArray<RestRoute> Rows { get; } = [];
}
