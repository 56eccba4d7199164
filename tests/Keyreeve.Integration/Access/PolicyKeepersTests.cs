using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>A policy that nobody could mend is not taken, and a file that says too little by mistake is not either.</summary>
public sealed class PolicyKeepersTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": []}""")]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": [{"principals": ["app"], "role": "KeyUser", "tenant": true}]}""")]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": [{"principals": ["admin"], "role": "SecurityOfficer", "group": "g"}]}""")]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": [{"principals": ["nobody-here"], "role": "SecurityOfficer", "tenant": true}]}""")]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": [{"principals": ["admin"], "role": "SecurityOfficer", "tenant": true, "conditions": {"notAfter": "2020-01-01T00:00:00Z"}}]}""")]
    [InlineData("""{"format": "keyreeve-policy/1", "bindings": [{"principals": ["admin"], "role": "SecurityOfficer", "tenant": true}, {"effect": "deny", "everyone": true, "role": "SecurityOfficer", "tenant": true}]}""")]
    public async Task Policy_ThatNobodyCouldChangeAnyMore_IsRefusedAndChangesNothing(string policy)
    {
        using var admin = server.Client(server.Admin);
        var before = (await admin.GetAsync("/v1/policy")).Expect(200);

        var refused = (await PutAsync(admin, policy)).ExpectError(400, "InvalidField");

        Assert.Contains("could change this policy any more", refused.Body, StringComparison.Ordinal);
        Assert.Contains("could change this policy any more", (await CompareAsync(admin, policy)).ExpectError(400, "InvalidField").Body, StringComparison.Ordinal);
        Assert.Equal(before.Text("version"), (await admin.GetAsync("/v1/policy")).Text("version"));
    }

    [Theory]
    [Trait("Attack", "32")]
    [InlineData("""{"for": ["policy"], "tenant": true, "approvals": 2}""")]
    [InlineData("""{"for": ["policy"], "tenant": true, "approvals": 1, "approvers": ["app"]}""")]
    [InlineData("""{"for": ["policy"], "tenant": true, "approvals": 1, "approvers": ["admin"]}""")]
    public async Task ApprovalOfPolicies_ThatNobodyCouldGive_IsRefused(string rule)
    {
        using var admin = server.Client(server.Admin);
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["approvals"] = new JsonArray(JsonNode.Parse(rule));

        var refused = (await PutAsync(admin, policy.ToJsonString())).ExpectError(400, "InvalidField");

        Assert.Contains("others to agree to a change", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task Compare_TellsWhatApplyWouldNotDoAndWhatNobodyCouldDo()
    {
        using var admin = server.Client(server.Admin);
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["bindings"]!.AsArray().Add(JsonNode.Parse("""{"principals": ["admin"], "role": "Granter", "tenant": true, "name": "more"}"""));
        policy["approvals"] = JsonNode.Parse("""[{"for": ["export"], "group": "vault", "approvals": 3}]""");

        var warnings = (await CompareAsync(admin, policy.ToJsonString())).Expect(200).Json["warnings"]!.AsArray().Select(static w => w!.GetValue<string>()).ToList();

        Assert.Contains("admin would gain more: another officer has to apply it.", warnings);
        Assert.Contains("export in the group vault takes 3 approvals, and only admin could give one.", warnings);
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task DenyForEveryone_IsTakenBackByAnOfficerWhomItGivesNothing_AndByNobodyElse()
    {
        using var admin = server.Client(server.Admin);
        await server.ChangePolicyAsync(static policy =>
        {
            Bindings(policy).Add(JsonNode.Parse("""{"effect": "deny", "name": "no-export", "everyone": true, "role": "KeyExporter", "group": "vault"}"""));
            Bindings(policy).Add(JsonNode.Parse("""{"effect": "deny", "name": "no-change", "everyone": true, "role": "KeyAdministrator", "group": "vault"}"""));
        });

        // An administrator of keys, who exports none.
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        Bindings(policy).Remove(Bindings(policy).Single(static b => b!["name"]?.GetValue<string>() is "no-change"));
        Assert.Contains("the end of 'no-change'", (await PutAsync(admin, policy.ToJsonString())).ExpectError(403, "PermissionDenied").Body, StringComparison.Ordinal);
        await server.ChangePolicyAsync(static p => Bindings(p).Remove(Bindings(p).Single(static b => b!["name"]?.GetValue<string>() is "no-export")));
    }

    [Theory]
    [InlineData("networks")]
    [InlineData("times")]
    [InlineData("context")]
    [InlineData("purposes")]
    [InlineData("protocols")]
    public async Task Condition_ThatListsNothing_IsRefused(string condition)
    {
        using var admin = server.Client(server.Admin);
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        var binding = JsonNode.Parse("""{"principals": ["app"], "role": "KeyUser", "group": "empty"}""")!;
        binding["conditions"] = new JsonObject { [condition] = new JsonArray() };
        policy["bindings"]!.AsArray().Add(binding);

        var refused = (await PutAsync(admin, policy.ToJsonString())).ExpectError(400, "InvalidField");

        Assert.Contains($"'{condition}' lists nothing", refused.Body, StringComparison.Ordinal);
    }

    private static JsonArray Bindings(JsonObject policy) => policy["bindings"]!.AsArray();

    private static Task<RestReply> PutAsync(RestClient admin, string policy) =>
        admin.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = JsonNode.Parse(policy) });

    private static Task<RestReply> CompareAsync(RestClient admin, string policy) =>
        admin.PostAsync("/v1/policy/compare", new JsonObject { ["policy"] = JsonNode.Parse(policy) });
}
