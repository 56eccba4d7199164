using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.OpenApi;
using Keyreeve.Server.Rest.Routing;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class ApiDescriptionTests(RestDoor door) : IClassFixture<RestDoor>
{
    private static readonly JsonObject Document = JsonNode.Parse(ApiDescription.Utf8)!.AsObject();

    public static TheoryData<string> RouteNames => [.. RouteTable.Rows.Select(route => route.Name)];

    [Fact]
    public void Document_InTheRepository_IsWhatTheCodeSays() =>
        Snapshot.AssertEqual("docs/openapi.json", Encoding.UTF8.GetString(ApiDescription.Utf8) + "\n");

    [Fact]
    public async Task Document_Served_IsTheSame()
    {
        using var client = door.Client();

        Assert.Equal(Encoding.UTF8.GetString(ApiDescription.Utf8), (await client.GetAsync("/openapi/v1.json")).Expect(200).Body);
    }

    [Theory]
    [MemberData(nameof(RouteNames))]
    public void Route_OfTheTable_IsDescribedWithSchemasAndErrors(string name)
    {
        var route = RouteTable.Rows.Single(row => row.Name == name);
        var operation = Document["paths"]![route.Pattern]![route.Method.ToLowerInvariant()]!;

        Assert.Equal(name, operation["operationId"]!.GetValue<string>());
        if (route.RequestType is not null) AssertResolves(operation["requestBody"]!["content"]!["application/json"]!["schema"]!);
        var responses = operation["responses"]!.AsObject();
        if (route.ResponseType is not null)
            AssertResolves(responses[route.SuccessStatus.ToString(System.Globalization.CultureInfo.InvariantCulture)]!["content"]!["application/json"]!["schema"]!);
        foreach (var error in route.Errors)
        {
            var described = responses[RestErrors.For(error).Status.ToString(System.Globalization.CultureInfo.InvariantCulture)];
            Assert.Contains(error.ToString(), described!["description"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.Equal(
            route.Pattern.Split('{').Length - 1,
            operation["parameters"]?.AsArray().Count(parameter => parameter!["in"]!.GetValue<string>() == "path") ?? 0);
        Assert.Equal(
            route.Authentication == RouteAuthentication.ClientCertificate ? ["clientCertificate", "bearerToken"] : [],
            operation["security"]!.AsArray().Select(static one => Assert.Single(one!.AsObject()).Key));
    }

    [Theory]
    [MemberData(nameof(RouteNames))]
    public async Task Route_ThatDemandsACertificate_IsRefusedWithoutOne(string name)
    {
        var route = RouteTable.Rows.Single(row => row.Name == name);
        using var client = door.Client();

        var reply = await client.SendAsync(
            new HttpMethod(route.Method), route.Pattern.Replace("{key}", "absent", StringComparison.Ordinal).Replace("{name}", "absent", StringComparison.Ordinal).Replace("{id}", "absent", StringComparison.Ordinal),
            (HttpContent?)null);

        if (route.Authentication == RouteAuthentication.ClientCertificate) reply.ExpectError(401, "AuthenticationFailed");
        else Assert.NotEqual(401, reply.Status);
    }

    private static void AssertResolves(JsonNode schema)
    {
        var reference = schema["$ref"]!.GetValue<string>();
        Assert.StartsWith("#/components/schemas/", reference, StringComparison.Ordinal);
        var resolved = Document["components"]!["schemas"]![reference["#/components/schemas/".Length..]]!;
        Assert.NotEmpty(resolved["description"]!.GetValue<string>());
        foreach (var (_, property) in resolved["properties"]?.AsObject() ?? [])
        {
            if (property!["$ref"] is null) Assert.NotEmpty(property["description"]!.GetValue<string>());
        }
    }
}
