using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>What <c>policy explain</c> says is what the doors then answer, also where a key is hidden, somebody is disabled or a tenant frozen.</summary>
[Trait("Speed", "Slow")]
public sealed class ExplanationDoorTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] Asked = ["Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GetKey", "ListVersions", "Rotate"];

    [Fact]
    public async Task HiddenKey_IsAnsweredAsExplained_OverRestAndKmip()
    {
        using var app = server.Client(server.App);
        using var admin = server.Client(server.Admin);
        await app.CreateKeyAsync("veiled", "veiled");
        var ciphertext = await app.EncryptAsync("veiled", [1, 2, 3]);
        string[] names = ["seeing", "denied-the-seeing", "role-without-seeing", "of-another-group"];
        foreach (var name in names) await server.EnrolAsync(name, name is "seeing" or "denied-the-seeing" ? "veiled" : "elsewhere", "use");
        await server.ChangePolicyAsync(static policy =>
        {
            policy["roles"] = new JsonArray(new JsonObject { ["name"] = "blind", ["operations"] = new JsonArray("Encrypt", "Decrypt") });
            policy["bindings"]!.AsArray().Add(Binding("no-view", "denied-the-seeing", "KeyViewer", "deny"));
            policy["bindings"]!.AsArray().Add(Binding("blind", "role-without-seeing", "blind", "allow"));
        });

        var seen = new HashSet<(string, string)>();
        foreach (var name in names)
        {
            using var client = server.Client(await server.EnrolAsync(name, "", []));
            foreach (var operation in Asked)
            {
                var told = await ExplainAsync(admin, name, operation, "veiled");
                var done = await DoAsync(client, operation, ciphertext);
                Assert.True(told.Text("answer") == done, $"{name}, {operation}: explained as {told.Json}, and is {done}.");
                seen.Add((name, done));
            }

            await using var kmip = server.Kmip(await server.EnrolAsync(name, "", []));
            Assert.Equal((await ExplainAsync(admin, name, "Encrypt", "veiled")).Text("answer"), await EncryptOverKmipAsync(kmip, app));
        }

        Assert.Equal(
            [("denied-the-seeing", "Done"), ("denied-the-seeing", "ItemNotFound"), ("of-another-group", "ItemNotFound"), ("role-without-seeing", "Done"), ("role-without-seeing", "ItemNotFound"), ("seeing", "Done"), ("seeing", "PermissionDenied")],
            seen.Order());
        // What decides on the seeing is named.
        Assert.Equal("no-view", (await ExplainAsync(admin, "denied-the-seeing", "Rotate", "veiled")).Text("hiddenBy"));
        Assert.Contains("no-view hides the key", (await ExplainAsync(admin, "denied-the-seeing", "Decrypt", "veiled")).Text("reason"), StringComparison.Ordinal);
        Assert.Contains("nothing lets it know of the key", (await ExplainAsync(admin, "of-another-group", "Decrypt", "veiled")).Text("reason"), StringComparison.Ordinal);
        // A ciphertext alone tells who may not open it no more than one that is broken.
        using var other = server.Client(await server.EnrolAsync("of-another-group", "", []));
        (await other.DecryptAsync(ciphertext)).ExpectError(422, "CryptographicFailure");
        using var blind = server.Client(await server.EnrolAsync("role-without-seeing", "", []));
        (await blind.DecryptAsync(ciphertext)).Expect(200);
    }

    [Fact]
    public async Task DisabledPrincipal_IsAnsweredAsExplained()
    {
        using var admin = server.Client(server.Admin);
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("left-behind", "left-behind");
        using var client = server.Client(await server.EnrolAsync("left", "left-behind", "use"));
        await server.DisableAsync("left");

        Assert.Equal("AuthenticationFailed", (await ExplainAsync(admin, "left", "Encrypt", "left-behind")).Text("answer"));
        Assert.Contains("disabled", (await ExplainAsync(admin, "left", "Encrypt", "left-behind")).Text("reason"), StringComparison.Ordinal);
        (await client.PostAsync("/v1/keys/left-behind/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(401, "AuthenticationFailed");
    }

    [Fact]
    public async Task UsedUpBinding_IsAnsweredAsExplained()
    {
        using var admin = server.Client(server.Admin);
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("counted-out", "counted-out");
        using var client = server.Client(await server.EnrolAsync("twice", "nowhere", "use"));
        await server.ChangePolicyAsync(static policy =>
        {
            var binding = Binding("two-uses", "twice", "KeyUser", "allow", "counted-out");
            binding["conditions"] = new JsonObject { ["uses"] = 2 };
            policy["bindings"]!.AsArray().Add(binding);
        });
        foreach (var expected in new[] { "Done", "Done", "PermissionDenied" })
        {
            Assert.Equal(expected, (await ExplainAsync(admin, "twice", "Encrypt", "counted-out")).Text("answer"));
            Assert.Equal(expected, await DoAsync(client, "Encrypt", "", "counted-out"));
        }
    }

    [Fact]
    public async Task FrozenTenant_IsRefusedTheExplanationAsItIsRefusedAnything()
    {
        using var admin = server.Client(server.Admin);
        var code = (await admin.PostAsync("/v1/tenants", new JsonObject { ["name"] = "icy", ["administrator"] = "alice" })).Expect(201).Json["code"]!["code"]!.GetValue<string>();
        using var alice = await server.EnrolWithCodeAsync("alice", code);
        using var client = server.Client(alice);
        var question = new JsonObject { ["principal"] = "alice", ["operation"] = "ListPrincipals" };
        Assert.Equal("Done", (await client.PostAsync("/v1/policy/explain", question.DeepClone())).Expect(200).Text("answer"));

        (await admin.PostAsync("/v1/tenants/icy/freeze", new JsonObject { ["reason"] = "unpaid" })).Expect(200);

        var explained = (await client.PostAsync("/v1/policy/explain", question)).ExpectError(403, "PermissionDenied");
        Assert.Equal(explained.Text("detail"), (await client.GetAsync("/v1/principals")).ExpectError(403, "PermissionDenied").Text("detail"));
    }

    private static JsonObject Binding(string name, string principal, string role, string effect, string group = "veiled") =>
        new() { ["name"] = name, ["principals"] = new JsonArray(principal), ["role"] = role, ["group"] = group, ["effect"] = effect };

    private static async Task<RestReply> ExplainAsync(RestClient admin, string principal, string operation, string key) =>
        (await admin.PostAsync("/v1/policy/explain", new JsonObject { ["principal"] = principal, ["operation"] = operation, ["key"] = key })).Expect(200);

    // The name of the error that the door answers, Done if it is none.
    private static async Task<string> DoAsync(RestClient client, string operation, string ciphertext, string key = "veiled")
    {
        var path = $"/v1/keys/{key}";
        var reply = operation switch
        {
            "Encrypt" => await client.PostAsync(path + "/encrypt", new JsonObject { ["plaintext"] = "AA==" }),
            "Decrypt" => await client.PostAsync(path + "/decrypt", new JsonObject { ["ciphertext"] = ciphertext }),
            "ReEncrypt" => await client.PostAsync(path + "/reencrypt", new JsonObject { ["ciphertext"] = ciphertext }),
            "GenerateDataKey" => await client.PostAsync(path + "/datakey", new JsonObject()),
            "GetKey" => await client.GetAsync(path),
            "ListVersions" => await client.GetAsync(path + "/versions"),
            _ => await client.PostAsync(path + "/rotate"),
        };
        return reply.Status < 300 ? "Done" : reply.Error;
    }

    private static async Task<string> EncryptOverKmipAsync(KmipClient kmip, RestClient app)
    {
        var id = (await app.GetAsync("/v1/keys/veiled")).Expect(200).Text("id");
        try
        {
            await kmip.EncryptAsync(new EncryptRequest { UniqueIdentifier = UniqueIdentifier.From(id), Data = DataReference.From(new byte[16]) });
            return "Done";
        }
        catch (KmipException refusal)
        {
            return refusal.ResultReason switch
            {
                ResultReason.ObjectNotFound or ResultReason.ItemNotFound => "ItemNotFound",
                var other => other.ToString()!,
            };
        }
    }
}
