using System.Text.Json.Nodes;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>What takes others to agree, as the doors show it: a whole server, two officers, a client of each kind.</summary>
[Trait("Speed", "Slow")]
public sealed class ApprovalDoorTests(ApprovalDoorTests.Door door) : IClassFixture<ApprovalDoorTests.Door>
{
    [Fact]
    [Trait("Attack", "32")]
    public async Task Rest_DestroyAtOnce_IsAskedApprovedAndDone()
    {
        using var app = door.Client(door.App);
        using var olga = door.Client(door.Olga);
        await app.CreateKeyAsync("doomed", "rest");

        var refused = (await app.DeleteAsync("/v1/keys/doomed?confirm=doomed")).ExpectError(403, "ApprovalRequired");
        var id = refused.Text("reference");
        var listed = (await olga.GetAsync("/v1/approvals")).Expect(200).Json["requests"]!.AsArray().Single(r => r!["id"]!.GetValue<string>() == id)!;
        Assert.Equal("app", listed["requester"]!.GetValue<string>());
        Assert.Contains("'doomed'", listed["summary"]!.GetValue<string>(), StringComparison.Ordinal);

        (await app.PostAsync($"/v1/approvals/{id}/approve")).ExpectError(403, "PermissionDenied");
        Assert.Equal("Approved", (await olga.PostAsync($"/v1/approvals/{id}/approve")).Expect(200).Text("state"));
        (await olga.PostAsync($"/v1/approvals/{id}/approve")).ExpectError(409, "Conflict");
        await door.RestartAsync();

        using var again = door.Client(door.App);
        (await again.DeleteAsync("/v1/keys/doomed?confirm=doomed")).Expect(204);
        Assert.Equal("Executed", (await again.GetAsync($"/v1/approvals/{id}")).Expect(200).Text("state"));
        (await again.GetAsync("/v1/approvals/" + Guid.NewGuid())).ExpectError(404, "ItemNotFound");
        var operations = door.ReadAudit().Select(static line => line["event"]!).Where(e => e["detail"]?.GetValue<string>().StartsWith(id, StringComparison.Ordinal) is true)
            .Select(static e => $"{e["principal"]} {e["operation"]} {e["result"]}");
        Assert.Equal(["app RequestApproval Success", "olga Approve Success", "olga Approve Failed"], operations);
        var rules = RulesOfDestroying("doomed");
        Assert.EndsWith("; destroy takes approval", rules[0], StringComparison.Ordinal);
        Assert.EndsWith($"; approval {id} by olga", rules[^1], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Kmip_DestroyAndGet_SayWhatIsMissingAndAreDoneOnceApproved()
    {
        var maker = await door.EnrolWithApprovalAsync("maker", "tapes", "manage");
        var fetcher = await door.EnrolWithApprovalAsync("fetcher", "tapes", "manage", "export");
        await using var made = door.Kmip(maker);
        await using var kmip = door.Kmip(fetcher);
        var others = await CreateAsync(made);
        var own = await CreateAsync(kmip);
        await kmip.GetAsync(own);

        var get = await Assert.ThrowsAsync<KmipException>(() => kmip.GetAsync(others));
        Assert.Equal(ResultReason.PermissionDenied, get.ResultReason);
        await door.ApproveAsync(IdIn(get.Message));
        await kmip.GetAsync(others);

        var destroy = await Assert.ThrowsAsync<KmipException>(() => kmip.DestroyAsync(own));
        Assert.Equal(ResultReason.PermissionDenied, destroy.ResultReason);
        await door.ApproveAsync(IdIn(destroy.Message));
        await kmip.DestroyAsync(own);
        await Assert.ThrowsAsync<KmipException>(() => kmip.GetAsync(own));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Policy_ThatWouldDoWithoutOthers_TakesThem()
    {
        using var admin = door.Client(door.Admin);
        var before = (await admin.GetAsync("/v1/policy")).Expect(200);
        var policy = before.Json["policy"]!.DeepClone().AsObject();
        policy["approvals"] = new JsonArray(new JsonObject { ["for"] = new JsonArray("destroy"), ["group"] = "waived", ["insecureAlone"] = true });
        var change = new JsonObject { ["policy"] = policy, ["expectedVersion"] = before.Text("version") };

        var id = (await admin.SendAsync(HttpMethod.Put, "/v1/policy", change)).ExpectError(403, "ApprovalRequired").Text("reference");
        Assert.Equal(before.Text("version"), (await admin.GetAsync("/v1/policy")).Text("version"));
        await door.ApproveAsync(id);
        (await admin.SendAsync(HttpMethod.Put, "/v1/policy", change)).Expect(200);

        using var app = door.Client(door.App);
        await app.CreateKeyAsync("scratch", "waived");
        (await app.DeleteAsync("/v1/keys/scratch?confirm=scratch")).Expect(204);
        Assert.EndsWith("; approval waived", Assert.Single(RulesOfDestroying("scratch")), StringComparison.Ordinal);
    }

    private List<string> RulesOfDestroying(string key) =>
    [
        .. door.ReadAudit().Select(static line => line["event"]!)
            .Where(e => e["operation"]!.GetValue<string>() is "Destroy" && e["keyName"]?.GetValue<string>() == key).Select(static e => e["rule"]!.GetValue<string>()),
    ];

    // The last words of the sentence that says how: keyreeve approval approve ID.
    private static string IdIn(string message)
    {
        const string Command = "keyreeve approval approve ";
        var start = message.IndexOf(Command, StringComparison.Ordinal) + Command.Length;
        return message.Substring(start, 36);
    }

    private static async Task<UniqueIdentifier> CreateAsync(KmipClient kmip) => await kmip.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))));

    /// <summary>A server with a second officer, olga.</summary>
    public sealed class Door : ServerFixture
    {
        public TestPrincipal Olga { get; private set; } = null!;

        protected override async Task PrepareAsync() => Olga = await EnrolAsync("olga", "*", "officer");

        public async Task ApproveAsync(string id)
        {
            using var olga = Client(Olga);
            (await olga.PostAsync($"/v1/approvals/{id}/approve")).Expect(200);
        }

        /// <summary>Enrols somebody as two officers do: asked, approved, asked again.</summary>
        public async Task<TestPrincipal> EnrolWithApprovalAsync(string name, string group, params string[] allow)
        {
            using var admin = Client(Admin);
            var body = new JsonObject { ["name"] = name, ["group"] = group, ["allow"] = new JsonArray([.. allow.Select(static word => JsonValue.Create(word))]) };
            await ApproveAsync((await admin.PostAsync("/v1/enrolment-codes", body)).ExpectError(403, "ApprovalRequired").Text("reference"));
            return await EnrolAsync(name, group, allow);
        }
    }
}
