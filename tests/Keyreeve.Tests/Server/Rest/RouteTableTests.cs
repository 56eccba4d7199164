using Keyreeve.Server.Rest.Routing;
using Xunit;

namespace Keyreeve.Tests.Server.Rest;

public sealed class RouteTableTests
{
    public static TheoryData<string> Names => [.. RouteTable.Rows.Select(route => route.Name)];

    [Fact]
    public void Rows_NamesAndMethodsWithPatterns_AreUnique()
    {
        Assert.Equal(RouteTable.Rows.Length, RouteTable.Rows.Select(route => route.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(RouteTable.Rows.Length, RouteTable.Rows.Select(route => (route.Method, route.Pattern)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Row_OfTheTable_IsBounded(string name)
    {
        var route = RouteTable.Rows.Single(row => row.Name == name);

        Assert.NotEqual(RouteAuthentication.None, route.Authentication);
        Assert.InRange(route.TimeLimit, TimeSpan.FromSeconds(1), LongestOf(name));
        Assert.Equal(route.RequestType is not null, route.BodyLimitInBytes > 0);
        // A tenant's whole policy is one document, of ten thousand bindings if need be.
        Assert.InRange(route.BodyLimitInBytes, 0, LargestBodyOf(name));
        Assert.NotEmpty(route.Summary);
        if (route.TakesIdempotencyKey) Assert.Equal("POST", route.Method);
    }

    [Fact]
    public void Rows_WithoutACertificate_AreTheKnownFew() =>
        Assert.Equal(
            ["Authority", "Enrol", "Health", "OpenApi", "Ready", "RevocationList", "Version"],
            RouteTable.Rows.Where(route => route.Authentication == RouteAuthentication.Anonymous).Select(route => route.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);

    // What is removed from the trail is read once more, all of it.
    private static TimeSpan LongestOf(string name) => name is "PruneAudit" ? TimeSpan.FromMinutes(30) : TimeSpan.FromMinutes(1);

    private static int LargestBodyOf(string name) => name switch
    {
        "ComparePolicy" or "ChangePolicy" => 8 * 1024 * 1024,
        "EncryptBatch" or "DecryptBatch" => 4 * 1024 * 1024,
        _ => 256 * 1024,
    };
}
