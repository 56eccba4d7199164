using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>The purpose of <see cref="ClientOptions"/> goes with every use of a key, whichever door the SDK takes.</summary>
[Trait("Speed", "Slow")]
public sealed class PurposeOfProvidersTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly EncryptionContext Context = EncryptionContext.Empty;

    [Theory]
    [InlineData("rest")]
    [InlineData("kmip")]
    public async Task DataKeys_OfAGroupThatDemandsAPurpose_TakeTheOneOfTheOptions(string door)
    {
        var (user, key) = await PrepareAsync(door);

        await using (var stating = Open(door, user, "invoice"))
        {
            using var made = await stating.GenerateDataKeyAsync(key, Context);
            using var unwrapped = await stating.UnwrapDataKeyAsync(made.WrappedKey, Context);
            Assert.True(made.Plaintext.Equals(unwrapped));
            var several = await stating.UnwrapDataKeysAsync([made.WrappedKey, made.WrappedKey], Context);
            Assert.All(several, secret => Assert.True(made.Plaintext.Equals(secret)));
            foreach (var secret in several) secret!.Dispose();
        }

        foreach (var purpose in new[] { null, "curiosity" })
        {
            await using var other = Open(door, user, purpose);
            var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => other.GenerateDataKeyAsync(key, Context));
            Assert.True(refusal.Is(ClientError.PermissionDenied), refusal.Message);
        }

        var uses = server.ReadAudit().Select(static r => r["event"]!)
            .Where(e => (string?)e["principal"] == user.Name && (string?)e["operation"] is ("Encrypt" or "Decrypt" or "GenerateDataKey" or "GenerateWrappedDataKey"))
            .Select(static e => $"{e["purpose"] ?? "none"} {e["result"]}").Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["curiosity Denied", "invoice Success", "none Denied"], uses);
    }

    [Theory]
    [InlineData("rest")]
    [InlineData("kmip")]
    public async Task DataKeys_OfWhoStatesNone_TakeTheDefaultOfThePrincipal(string door)
    {
        var (user, key) = await PrepareAsync("default-" + door);
        await server.ChangePolicyAsync(policy =>
        {
            var principals = policy["principals"]?.DeepClone().AsArray() ?? [];
            principals.Add(new JsonObject { ["name"] = user.Name, ["defaultPurpose"] = "invoice" });
            policy["principals"] = principals;
        });

        await using var silent = Open(door, user, null);
        using var made = await silent.GenerateDataKeyAsync(key, Context);

        Assert.Contains(server.ReadAudit(), r => (string?)r["event"]!["principal"] == user.Name && (string?)r["event"]!["purpose"] == "invoice" && (string?)r["event"]!["result"] == "Success");
    }

    // A group of its own that demands one, a key in it, and somebody who uses it.
    private async Task<(TestPrincipal User, string Key)> PrepareAsync(string group)
    {
        await server.ChangePolicyAsync(policy =>
        {
            policy["purposes"] = JsonNode.Parse("""[{"code": "invoice"}, {"code": "curiosity"}]""");
            var groups = policy["groups"]?.DeepClone().AsArray() ?? [];
            groups.Add(new JsonObject { ["group"] = group, ["demandsPurpose"] = true, ["purposes"] = new JsonArray("invoice") });
            policy["groups"] = groups;
        });
        using var app = server.Client(server.App);
        await app.CreateKeyAsync("key-" + group, group);
        return (await server.EnrolAsync("user-" + group, group, "use"), "key-" + group);
    }

    private IKeyProvider Open(string door, TestPrincipal user, string? purpose) => door is "rest"
        ? new KeyreeveProvider(new KeyreeveClient(ProviderConnections.OptionsOf(server, user, server.RestAddress) with { Purpose = purpose }))
        : new KmipProvider(ProviderConnections.OptionsOf(server, user, new Uri($"kmip://localhost:{server.KmipEndPoint.Port}")) with { Purpose = purpose });
}
