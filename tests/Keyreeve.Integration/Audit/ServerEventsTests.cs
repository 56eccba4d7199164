using System.Diagnostics;
using System.Text.Json.Nodes;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Audit;

/// <summary>A server that records some values of contexts, whose clock the test sets forward.</summary>
public sealed class ServerWithEvents : ServerFixture
{
    public JumpingTime Clock { get; } = new();

    public override TimeProvider Time => Clock;

    protected override IReadOnlyList<string> Settings =>
        ["server.sweep-interval=100ms", "server.name=kms-1", "server.node=left", "audit-context.clinic=ward"];
}

/// <summary>That everything that has to be an event is one, with every field that applies.</summary>
public sealed class ServerEventsTests(ServerWithEvents server) : IClassFixture<ServerWithEvents>
{
    [Fact]
    public async Task Encrypt_WithEverythingStated_HasEveryFieldOfTheAllowList()
    {
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("full", "clinic/records");
        var body = new JsonObject { ["plaintext"] = "eA==", ["context"] = new JsonObject { ["ward"] = "7b", ["patient"] = "marker-of-a-person" } };
        var headers = new Dictionary<string, string> { ["X-Keyreeve-Purpose"] = "treatment", ["X-Request-Id"] = "their-own-42" };

        (await app.SendAsync(HttpMethod.Post, "/v1/keys/full/encrypt", body, headers)).Expect(200);

        var record = await FindAsync(r => Is(r, "requestId", "their-own-42"));
        string[] expected =
        [
            "algorithm", "bytes", "contextNames", "contextValues", "correlationId", "credential", "decision", "group", "id", "keyName", "keyVersion",
            "latencyMicros", "node", "objectId", "operation", "principal", "protocol", "purpose", "requestId", "result", "rule", "server",
            "serverAddress", "sourceAddress", "sourcePort", "tenant", "time", "v",
        ];
        Assert.Equal(expected, record.Select(m => m.Key), StringComparer.Ordinal);
        Assert.Equal(("left", "kms-1", "127.0.0.1"), (Text(record, "node"), Text(record, "server"), Text(record, "serverAddress")));
        Assert.Equal(("Allowed", "treatment", "clinic/records"), (Text(record, "decision"), Text(record, "purpose"), Text(record, "group")));
        Assert.Equal(["patient", "ward"], record["contextNames"]!.AsArray().Select(n => n!.GetValue<string>()), StringComparer.Ordinal);
        // The key group says ward, and not patient.
        Assert.Equal(["ward=7b"], record["contextValues"]!.AsArray().Select(n => n!.GetValue<string>()), StringComparer.Ordinal);
        Assert.DoesNotContain("marker-of-a-person", record.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_OfAnInitialisation_NamesTheServerItIsFor()
    {
        var record = await FindAsync(static r => Is(r, "operation", "IssueEnrolmentCode") && Is(r, "protocol", "Local"));

        Assert.Equal(("left", "kms-1", "127.0.0.1"), (Text(record, "node"), Text(record, "server"), Text(record, "serverAddress")));
    }

    [Theory]
    [InlineData("has a blank")]
    [InlineData("longer-than-anybody-needs-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789-0123456789")]
    public async Task Request_WithARequestIdThatIsNone_IsServedAndRecordedWithoutIt(string id)
    {
        using var app = server.Client(server.App);
        var reply = await app.SendAsync(HttpMethod.Get, "/v1/keys", (JsonNode?)null, new Dictionary<string, string> { ["X-Request-Id"] = id });

        var correlation = Assert.Single(reply.Expect(200).Headers.GetValues("X-Correlation-Id"));
        Assert.False((await FindAsync(r => Is(r, "correlationId", correlation))).ContainsKey("requestId"));
    }

    [Fact]
    public async Task Denied_DecisionAndRuleAreThere()
    {
        using var app = server.Client(server.App);
        using var admin = server.Client(server.Admin);
        await app.CreateKeyAsync("decided", "decisions");
        var reply = await admin.PostAsync("/v1/keys/decided/encrypt", new JsonObject { ["plaintext"] = "eA==" });
        reply.Expect(403);

        var correlation = Assert.Single(reply.Headers.GetValues("X-Correlation-Id"));
        var record = await FindAsync(r => Is(r, "correlationId", correlation));
        Assert.Equal(("Denied", "Denied", "default-deny"), (Text(record, "decision"), Text(record, "result"), Text(record, "rule")));
    }

    [Fact]
    public async Task Authentication_ThatFails_IsAnEvent()
    {
        using var nobody = server.Client();
        var reply = await nobody.GetAsync("/v1/keys");
        reply.Expect(401);

        var correlation = Assert.Single(reply.Headers.GetValues("X-Correlation-Id"));
        var record = await FindAsync(r => Is(r, "correlationId", correlation));
        Assert.Equal(("Authenticate", "Failed", "AuthenticationFailed"), (Text(record, "operation"), Text(record, "result"), Text(record, "reason")));
        Assert.Equal("127.0.0.1", Text(record, "sourceAddress"));
    }

    [Fact]
    public async Task State_ThatChangesByItsDate_IsAnEventOfTheServers()
    {
        await using var kmip = server.Kmip(server.App);
        await using var named = kmip.With(new KmipRequestOptions { ClientCorrelationValue = "kmip-own-7" });
        var id = (await named.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
            new(Tag.CryptographicLength, KmipValue.Integer(256)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)CryptographicUsageMask.Encrypt)),
            new(Tag.ActivationDate, KmipValue.DateTime(server.Clock.GetUtcNow().AddHours(1))),
            new(Tag.DeactivationDate, KmipValue.DateTime(server.Clock.GetUtcNow().AddHours(3)))))).ToString();
        await FindAsync(r => Is(r, "requestId", "kmip-own-7") && Is(r, "operation", "Create") && Is(r, "objectId", id));

        server.Clock.Jump(TimeSpan.FromHours(2));
        var active = await FindAsync(r => Is(r, "operation", "TimedTransition") && Is(r, "objectId", id));
        Assert.Equal(("server", "Internal", "Active by its date", "Success"), (Text(active, "principal"), Text(active, "protocol"), Text(active, "detail"), Text(active, "result")));

        server.Clock.Jump(TimeSpan.FromHours(2));
        await FindAsync(r => Is(r, "operation", "TimedTransition") && Is(r, "objectId", id) && Is(r, "detail", "Deactivated by its date"));
        Assert.Equal(2, server.ReadAudit().Count(line => Is(line["event"]!.AsObject(), "operation", "TimedTransition") && Is(line["event"]!.AsObject(), "objectId", id)));
    }

    [Fact]
    public async Task Configuration_ReadAgain_IsAnEventWithWhatIsInForce()
    {
        await server.Server.TakeOverAsync(OptionsReader.ReadFile(server.ConfigurationFile, ["server.name=kms-1", "log.kmip=verbose", "groups.legacy=insecure-interop", "audit-context.clinic=ward"]));
        var record = await FindAsync(r => Is(r, "operation", "ReloadConfiguration") && Is(r, "result", "Success"));
        Assert.Contains("log kmip Verbose, group legacy insecure-interop, context values of clinic: ward", Text(record, "detail"), StringComparison.Ordinal);

        await server.Server.RefuseReloadAsync(2);
        var refused = await FindAsync(r => Is(r, "operation", "ReloadConfiguration") && Is(r, "result", "Failed"));
        Assert.StartsWith("refused: 2 faults", Text(refused, "detail"), StringComparison.Ordinal);
    }

    private static bool Is(JsonObject record, string member, string value) => string.Equals(Text(record, member), value, StringComparison.Ordinal);

    private static string Text(JsonObject record, string member) => record[member]?.GetValue<string>() ?? "(absent)";

    private async Task<JsonObject> FindAsync(Func<JsonObject, bool> wanted)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (server.ReadAudit().Select(line => line["event"]!.AsObject()).FirstOrDefault(wanted) is { } found) return found;
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new TimeoutException("The event did not come.");
            await Task.Delay(25);
        }
    }
}
