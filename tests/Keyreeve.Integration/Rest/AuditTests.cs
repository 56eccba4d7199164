using System.Text.Json.Nodes;
using Keyreeve.Core;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>What the trail says of requests over REST, and what it does not.</summary>
public sealed class AuditTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Request_AllowedOrRefused_IsOneRecordUnderItsCorrelationId()
    {
        using var app = server.Client(server.App);
        using var admin = server.Client(server.Admin);
        using var nobody = server.Client();
        using var stranger = server.Client(await server.EnrolAsync("stranger", "elsewhere", "use"));
        await app.CreateKeyAsync("recorded", "records");
        var context = new JsonObject { ["customer"] = "marker-of-a-context-value" };

        var headers = new Dictionary<string, string> { ["X-Keyreeve-Purpose"] = "billing/run-7" };
        var encrypted = (await app.SendAsync(
            HttpMethod.Post, "/v1/keys/recorded/encrypt",
            new JsonObject { ["plaintext"] = Convert.ToBase64String("marker-of-a-plaintext"u8), ["context"] = context.DeepClone() }, headers)).Expect(200);
        var ciphertext = encrypted.Text("ciphertext");
        var wrongContext = (await app.DecryptAsync(ciphertext)).ExpectError(422, "CryptographicFailure");
        var notAllowed = (await admin.DecryptAsync(ciphertext, context)).ExpectError(403, "PermissionDenied");
        var hidden = (await stranger.DecryptAsync(ciphertext, context)).ExpectError(422, "CryptographicFailure");
        var unknown = (await nobody.DecryptAsync(ciphertext, context)).ExpectError(401, "AuthenticationFailed");

        var records = server.ReadAudit();
        var record = Find(records, encrypted);
        Assert.Equal("Encrypt", Text(record, "operation"));
        Assert.Equal("Success", Text(record, "result"));
        Assert.Equal("app", Text(record, "principal"));
        Assert.Equal("Rest", Text(record, "protocol"));
        Assert.Equal("recorded", Text(record, "keyName"));
        Assert.Equal("records", Text(record, "group"));
        Assert.Equal("billing/run-7", Text(record, "purpose"));
        Assert.Equal("AES", Text(record, "algorithm"));
        Assert.Equal("customer", record["contextNames"]![0]!.GetValue<string>());
        Assert.Equal(21, record["bytes"]!.GetValue<long>());

        Assert.Equal(("Failed", "CryptographicFailure"), (Text(Find(records, wrongContext), "result"), Text(Find(records, wrongContext), "reason")));
        Assert.Equal(("Denied", "PermissionDenied"), (Text(Find(records, notAllowed), "result"), Text(Find(records, notAllowed), "reason")));
        // What the caller cannot tell apart, the trail can.
        Assert.Equal(("Denied", "CryptographicFailure"), (Text(Find(records, hidden), "result"), Text(Find(records, hidden), "reason")));
        Assert.Equal("records", Text(Find(records, hidden), "group"));
        Assert.Equal(("anonymous", "Authenticate"), (Text(Find(records, unknown), "principal"), Text(Find(records, unknown), "operation")));
    }

    [Fact]
    public async Task Search_ByAnAuditor_FindsTheRecordAndNobodyElseMay()
    {
        using var app = server.Client(server.App);
        using var auditor = server.Client(await server.EnrolAsync("auditor", "*", "audit"));
        await app.CreateKeyAsync("searched", "records");
        await app.EncryptAsync("searched", "x"u8.ToArray());

        var found = await UntilFoundAsync(auditor, "/v1/audit?key=searched&operation=Encrypt&principal=app&result=Success");
        var record = found.Json["records"]![0]!.AsObject();
        Assert.Equal("records", Text(record, "group"));
        Assert.Equal(64, Text(record, "hash")!.Length);

        (await app.GetAsync("/v1/audit")).ExpectError(403, "PermissionDenied");
        (await auditor.GetAsync("/v1/audit?limit=0")).ExpectError(400, "InvalidField");
        foreach (var unclear in (string[])["yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00.5"])
        {
            Assert.Contains(Moment.Form, (await auditor.GetAsync("/v1/audit?from=" + unclear)).ExpectError(400, "InvalidField").Text("detail"), StringComparison.Ordinal);
            Assert.Contains(Moment.Form, (await auditor.GetAsync("/v1/alerts?from=" + unclear)).ExpectError(400, "InvalidField").Text("detail"), StringComparison.Ordinal);
        }

        (await auditor.PostAsync("/v1/keys/searched/encrypt", new JsonObject { ["plaintext"] = "eA==" })).ExpectError(404, "ItemNotFound");
        // Looking is recorded as well.
        await UntilFoundAsync(auditor, "/v1/audit?operation=ReadAudit&principal=auditor");
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task Markers_OfSecrets_AreNowhereInTheFolderOrTheLog()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("markers");
        var plaintext = "marker-7f3a-of-a-plaintext"u8.ToArray();
        var dataKey = (await app.PostAsync("/v1/keys/markers/datakey")).Expect(200).Text("plaintext");
        await app.DecryptAsync(await app.EncryptAsync("markers", plaintext));
        (await app.PostAsync("/v1/keys/markers/encrypt", new JsonObject { ["plaintext"] = Convert.ToBase64String(plaintext), ["unknown"] = 1 })).Expect(400);

        byte[][] markers =
        [
            plaintext, System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(plaintext)),
            System.Text.Encoding.ASCII.GetBytes(dataKey), Convert.FromBase64String(dataKey),
            System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Convert.FromBase64String(dataKey))),
        ];
        foreach (var file in Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) == "keyreeve.lock") continue; // empty, and locked
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            var content = copy.ToArray();
            foreach (var marker in markers) Assert.True(content.AsSpan().IndexOf(marker) < 0, $"A marker is in {file}.");
        }

        foreach (var marker in new[] { "marker-7f3a", Convert.ToBase64String(plaintext), dataKey })
            Assert.DoesNotContain(server.Log.Lines, line => line.Contains(marker, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trail_AfterStartsAndStops_RecordsThemAndVerifies()
    {
        await using var own = new ServerFixture();
        await own.InitializeAsync();
        await own.RestartAsync();

        var operations = own.ReadAudit().Select(line => Text(line["event"]!.AsObject(), "operation")).ToList();
        Assert.Equal(2, operations.Count(operation => operation == "ServerStart"));
        Assert.Equal(1, operations.Count(operation => operation == "ServerStop"));
        var started = own.ReadAudit().Select(line => line["event"]!.AsObject()).First(record => Text(record, "operation") == "ServerStart");
        Assert.Equal(("server", "Internal"), (Text(started, "principal"), Text(started, "protocol")));
    }

    [Fact]
    public async Task Decrypt_UnderAnEarlierVersion_IsRecordedUnderTheKeysName()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("renewed", "records");
        var body = new JsonObject { ["plaintext"] = Convert.ToBase64String("before"u8) };
        var ciphertext = (await app.PostAsync("/v1/keys/renewed/encrypt", body)).Expect(200).Text("ciphertext");
        (await app.PostAsync("/v1/keys/renewed/rotate")).Expect(200);
        var decrypted = (await app.DecryptAsync(ciphertext)).Expect(200);
        var record = Find(server.ReadAudit(), decrypted);
        Assert.Equal(("renewed", 1), (Text(record, "keyName"), record["keyVersion"]!.GetValue<int>()));
    }

    private static JsonObject Find(IReadOnlyList<JsonObject> records, RestReply reply)
    {
        var id = Assert.Single(reply.Headers.GetValues("X-Correlation-Id"));
        return Assert.Single(records.Select(line => line["event"]!.AsObject()), record => Text(record, "correlationId") == id);
    }

    private static string Text(JsonObject record, string member) => record[member]?.GetValue<string>() ?? "(absent)";

    private static async Task<RestReply> UntilFoundAsync(RestClient client, string path)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            var reply = (await client.GetAsync(path)).Expect(200);
            if (reply.Json["records"]!.AsArray().Count > 0) return reply;
            if (System.Diagnostics.Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(20)) throw new TimeoutException("Not found: " + path);
            await Task.Delay(50);
        }
    }
}
