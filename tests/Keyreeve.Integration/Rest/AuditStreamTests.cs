using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>The trail followed, and exported by those who have no access to its files.</summary>
public sealed class AuditStreamTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Follow_HoweverMuchComes_IsOneRecordOfItsOwn()
    {
        using var app = server.Client(server.App);
        using var follower = server.Client(await server.EnrolAsync("follower", "*", "audit"));
        await app.CreateKeyAsync("before", "followed");
        await UntilFoundAsync(follower, "before");
        using var lines = await follower.OpenAsync("/v1/audit/follow?limit=1&operation=Create&principal=app");

        Assert.Equal("before", (await NextAsync(lines))["keyName"]!.GetValue<string>());
        foreach (var name in (string[])["first", "second", "third"])
        {
            await app.CreateKeyAsync(name, "followed");
            Assert.Equal(name, (await NextAsync(lines))["keyName"]!.GetValue<string>());
        }

        var own = server.ReadAudit().Select(static line => line["event"]!).Where(static e => (string?)e["principal"] == "follower" && ((string?)e["detail"] ?? "").StartsWith("follows", StringComparison.Ordinal));
        Assert.Equal("ReadAudit", (string?)Assert.Single(own)["operation"]);
    }

    [Fact]
    public async Task Follow_AfterARecord_HasAllSince()
    {
        using var app = server.Client(server.App);
        using var reader = server.Client(await server.EnrolAsync("reader-since", "*", "audit"));
        await app.CreateKeyAsync("since-1", "followed");
        await app.CreateKeyAsync("since-2", "followed");
        await UntilFoundAsync(reader, "since-2");
        var first = (await reader.GetAsync("/v1/audit?key=since-1&operation=Create")).Expect(200).Json["records"]![0]!["serial"]!.GetValue<long>();

        using var lines = await reader.OpenAsync($"/v1/audit/follow?after={first}&operation=Create&principal=app");

        Assert.Equal("since-2", (await NextAsync(lines))["keyName"]!.GetValue<string>());
        (await reader.GetAsync("/v1/audit/follow?after=1&limit=1")).ExpectError(400, "InvalidField");
        (await reader.GetAsync("/v1/audit/follow?after=soon")).ExpectError(400, "InvalidField");
        (await app.GetAsync("/v1/audit/follow")).ExpectError(403, "PermissionDenied");
        (await app.GetAsync("/v1/audit/export")).ExpectError(403, "PermissionDenied");
        (await reader.GetAsync("/v1/audit/export?as=pdf")).ExpectError(400, "InvalidField");
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Follow_ByWhomIsDisabled_EndsWithARefusal()
    {
        using var follower = server.Client(await server.EnrolAsync("follower-disabled", "*", "audit"));
        using var lines = await follower.OpenAsync("/v1/audit/follow?operation=Destroy");

        await server.DisableAsync("follower-disabled");

        Assert.Equal("urn:keyreeve:error:AuthenticationFailed", (await NextAsync(lines))["type"]!.GetValue<string>());
        Assert.Null(await lines.ReadLineAsync().WaitAsync(Bound));
    }

    [Fact]
    public async Task Follow_OfATenantThatIsFrozen_EndsWithARefusal()
    {
        using var admin = server.Client(server.Admin);
        var code = (await admin.PostAsync("/v1/tenants", new JsonObject { ["name"] = "icebound", ["administrator"] = "ann" })).Expect(201).Json["code"]!["code"]!.GetValue<string>();
        using var ann = await server.EnrolWithCodeAsync("ann", code);
        using var client = server.Client(ann);
        using var lines = await client.OpenAsync("/v1/audit/follow?operation=Destroy");

        (await admin.PostAsync("/v1/tenants/icebound/freeze", new JsonObject { ["reason"] = "unpaid" })).Expect(200);

        Assert.Equal("urn:keyreeve:error:PermissionDenied", (await NextAsync(lines))["type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Follow_TooOftenAtOnce_IsRefusedAndRecorded()
    {
        using var follower = server.Client(await server.EnrolAsync("follower-often", "*", "audit"));
        var open = new List<StreamReader>();
        try
        {
            for (var i = 0; i < 8; i++) open.Add(await follower.OpenAsync("/v1/audit/follow?operation=Destroy"));
            (await follower.GetAsync("/v1/audit/follow")).ExpectError(429, "TooManyRequests");
            (await follower.GetAsync("/v1/audit/export")).ExpectError(429, "TooManyRequests");
        }
        finally
        {
            open.ForEach(static lines => lines.Dispose());
        }

        Assert.Contains(server.ReadAudit(), static line => (string?)line["event"]!["principal"] == "follower-often" && (string?)line["event"]!["reason"] == "TooManyRequests");
        await Audit.TrailFixture.UntilAsync(async () => (await follower.GetAsync("/v1/audit/export")).Status == 200, "a place, once those who followed have left");
    }

    [Fact]
    public async Task Stop_WhileSomebodyFollows_EndsTheAnswerAsItShould()
    {
        await using var own = new ServerFixture();
        await own.InitializeAsync();
        using var follower = own.Client(await own.EnrolAsync("follower", "*", "audit"));
        using var lines = await follower.OpenAsync("/v1/audit/follow?operation=Destroy");

        await own.Server.StopAsync();

        Assert.Null(await lines.ReadLineAsync().WaitAsync(Bound));
        await own.RestartAsync();
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Export_ByATenantsAuditor_HasItsOwnRecordsAsTheyStandInTheTrail()
    {
        using var admin = server.Client(server.Admin);
        using var app = server.Client(server.App);
        var code = (await admin.PostAsync("/v1/tenants", new JsonObject { ["name"] = "exporting", ["administrator"] = "eve" })).Expect(201).Json["code"]!["code"]!.GetValue<string>();
        using var eve = await server.EnrolWithCodeAsync("eve", code);
        using var client = server.Client(eve);
        await client.CreateKeyAsync("of-the-tenant");
        await app.CreateKeyAsync("of-another", "followed");
        await UntilFoundAsync(client, "of-the-tenant");

        using var reader = await client.OpenAsync("/v1/audit/export?as=json");
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var tenant = Assert.Single(lines.Select(static line => (int)JsonNode.Parse(line)!["record"]!["event"]!["tenant"]!).Distinct());
        Assert.NotEqual(1, tenant);
        Assert.Contains(lines, static line => line.Contains("of-the-tenant", StringComparison.Ordinal));
        var trail = string.Concat(Directory.EnumerateFiles(Path.Combine(server.DataDirectory, "audit"), "*.jsonl").Select(ReadShared));
        foreach (var line in lines)
        {
            var record = line[line.IndexOf("{\"event\"", StringComparison.Ordinal)..];
            Assert.Contains(record[..(record.IndexOf("\"seq\":", StringComparison.Ordinal) + 6)], trail, StringComparison.Ordinal);
        }

        using var table = await client.OpenAsync("/v1/audit/export?key=of-the-tenant");
        var rows = (await table.ReadToEndAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("Serial,Date,Time", rows[0].TrimStart('\uFEFF'), StringComparison.Ordinal);
        Assert.Contains(",eve,Create,success,,of-the-tenant,1,", Assert.Single(rows[1..]), StringComparison.Ordinal);
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static async Task<JsonObject> NextAsync(StreamReader lines)
    {
        while (true)
        {
            // An empty line says that the answer goes on.
            var line = await lines.ReadLineAsync().WaitAsync(Bound) ?? throw new EndOfStreamException();
            if (line.Length > 0) return JsonNode.Parse(line)!.AsObject();
        }
    }

    private static Task UntilFoundAsync(RestClient client, string key) => Audit.TrailFixture.UntilAsync(
        async () => (await client.GetAsync($"/v1/audit?key={key}&operation=Create")).Expect(200).Json["records"]!.AsArray().Count > 0, $"the record of {key}");
}
