using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>A policy, written over REST, as both doors obey it.</summary>
public sealed class PolicyTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Attack", "26")]
    public async Task Deny_Applied_HoldsOnOpenConnectionsOfBothDoors()
    {
        using var admin = server.Client(server.Admin);
        var app = await server.EnrolAsync("open-app", "open", "use", "manage");
        using var rest = server.Client(app);
        await using var kmip = server.Kmip(app);
        await rest.CreateKeyAsync("open-key", "open");
        var id = await CreateActiveAsync(kmip);
        await rest.EncryptAsync("open-key", [1]);
        await EncryptAsync(kmip, id);

        await ChangeAsync(admin, policy => Bindings(policy).Add(Binding("open-app", "Encrypter", "open", "deny", "no-more-writing")));

        // Not within a second: at once. The answer to the change is the moment from which it holds.
        (await rest.PostAsync("/v1/keys/open-key/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(403, "PermissionDenied");
        await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(kmip, id));
        var denied = server.ReadAudit().Where(r => Text(r, "principal") == "open-app" && Text(r, "result") == "Denied");
        Assert.Equal(["no-more-writing", "no-more-writing"], denied.Select(r => Text(r, "rule")));

        await ChangeAsync(admin, policy => Remove(policy, "no-more-writing"));
        await rest.EncryptAsync("open-key", [1]);
        await EncryptAsync(kmip, id);
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task DenyOfSeeing_HidesFromListsAndLocate()
    {
        using var admin = server.Client(server.Admin);
        var app = await server.EnrolAsync("list-app", "listed", "use", "manage");
        using var rest = server.Client(app);
        await using var kmip = server.Kmip(app);
        await rest.CreateKeyAsync("seen", "listed");
        await rest.CreateKeyAsync("unseen", "listed/secret");

        await ChangeAsync(admin, policy => Bindings(policy).Add(Binding("list-app", "KeyViewer", "listed/secret", "deny", "hidden")));

        var listed = (await rest.GetAsync("/v1/keys")).Expect(200).Json["keys"]!.AsArray().Select(k => k!["name"]!.GetValue<string>());
        Assert.Equal(["seen"], listed);
        Assert.Empty(await kmip.LocateAsync(new AttributeList(new KmipAttribute(Tag.Name, KmipValue.Structure(
            (Tag.NameValue, KmipValue.Text("unseen")), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)))))));
        (await rest.GetAsync("/v1/keys/unseen")).ExpectError(404, "ItemNotFound");
    }

    [Fact]
    public async Task Binding_ForAKeyWithContextAndUses_AllowsThatAndNoMore()
    {
        using var admin = server.Client(server.Admin);
        using var owner = server.Client(server.App);
        var guest = await server.EnrolAsync("guest", "nowhere", "view");
        using var rest = server.Client(guest);
        var id = (await owner.CreateKeyAsync("shared", "shared")).Text("id");
        await owner.CreateKeyAsync("not-shared", "shared");
        var binding = Binding("guest", "Encrypter", null, null, "guest-writes");
        binding["key"] = id;
        binding["conditions"] = JsonNode.Parse("""{"context": [{"name": "tenant", "equals": "acme"}], "uses": 2}""");
        await ChangeAsync(admin, policy => Bindings(policy).Add(binding));

        var acme = new JsonObject { ["tenant"] = "acme" };
        await rest.EncryptAsync("shared", [1], acme);
        (await rest.PostAsync("/v1/keys/shared/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/keys/not-shared/encrypt", new JsonObject { ["plaintext"] = "AA==", ["context"] = acme.DeepClone() })).ExpectError(404, "ItemNotFound");
        await rest.EncryptAsync("shared", [1], acme);

        // Twice was it; a restart does not give it back.
        var third = new JsonObject { ["plaintext"] = "AA==", ["context"] = acme.DeepClone() };
        (await rest.PostAsync("/v1/keys/shared/encrypt", third)).ExpectError(403, "PermissionDenied");
        await server.RestartAsync();
        using var again = server.Client(guest);
        (await again.PostAsync("/v1/keys/shared/encrypt", third)).ExpectError(403, "PermissionDenied");
        using var adminAgain = server.Client(server.Admin);
        var explained = await adminAgain.PostAsync("/v1/policy/explain", new JsonObject
        {
            ["principal"] = "guest", ["operation"] = "Encrypt", ["key"] = id, ["context"] = acme.DeepClone(),
        });
        Assert.Contains("used 2 times of 2", explained.Expect(200).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purpose_Demanded_IsTakenFromHeaderBodyExtensionAndDefault()
    {
        using var admin = server.Client(server.Admin);
        var app = await server.EnrolAsync("billing-app", "billing", "use", "manage");
        using var rest = server.Client(app);
        await using var kmip = server.Kmip(app);
        await rest.CreateKeyAsync("billed", "billing");
        var id = await CreateActiveAsync(kmip);
        await ChangeAsync(admin, policy =>
        {
            policy["purposes"] = JsonNode.Parse("""[{"code": "invoice"}, {"code": "support", "description": "A customer asked"}]""");
            policy["groups"] = JsonNode.Parse("""[{"group": "billing", "demandsPurpose": true, "purposes": ["invoice"]}]""");
        });

        JsonObject Body(string? purpose) => purpose is null ? new() { ["plaintext"] = "AA==" } : new() { ["plaintext"] = "AA==", ["purpose"] = purpose };
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body(null))).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body("support"))).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body("leisure"))).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body("in voice"))).ExpectError(400, "InvalidField");
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body("invoice"))).Expect(200);
        var header = new Dictionary<string, string> { ["X-Keyreeve-Purpose"] = "invoice" };
        (await rest.SendAsync(HttpMethod.Post, "/v1/keys/billed/encrypt", Body(null), header)).Expect(200);
        (await rest.SendAsync(HttpMethod.Post, "/v1/keys/billed/encrypt", Body("support"), header)).ExpectError(400, "InvalidField");
        await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(kmip, id));

        await ChangeAsync(admin, policy => policy["principals"] = JsonNode.Parse("""[{"name": "billing-app", "defaultPurpose": "invoice"}]"""));
        await EncryptAsync(kmip, id);
        (await rest.PostAsync("/v1/keys/billed/encrypt", Body(null))).Expect(200);
        var uses = server.ReadAudit().Where(r => Text(r, "principal") == "billing-app" && Text(r, "operation") == "Encrypt").ToList();
        Assert.Equal("invoice", Text(uses[^1], "purpose"));
        Assert.Equal("purpose-demanded@billing", Text(uses[0], "rule"));
        await ChangeAsync(admin, policy =>
        {
            policy.Remove("purposes");
            policy.Remove("groups");
            policy.Remove("principals");
        });
    }

    [Fact]
    [Trait("Attack", "27")]
    [Trait("Attack", "30")]
    public async Task Pattern_InABindingOrAPath_IsNone()
    {
        using var admin = server.Client(server.Admin);
        using var owner = server.Client(server.App);
        var reader = await server.EnrolAsync("pattern-app", "elsewhere", "view");
        using var rest = server.Client(reader);
        await owner.CreateKeyAsync("pattern-key", "patterned");

        var before = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.AsObject();
        foreach (var wrong in (JsonObject[])
        [
            Binding("*", "KeyUser", "patterned"), Binding("PATTERN-APP ", "KeyUser", "patterned"), Binding("pаttern-app", "KeyUser", "patterned"),
            Binding("pattern-app", "keyuser", "patterned"), Binding("pattern-app", "KeyUser", "patterned/*"), Binding("pattern-app", "KeyUser", "+"),
        ])
        {
            var policy = before.DeepClone().AsObject();
            Bindings(policy).Add(wrong);
            (await PutAsync(admin, policy)).ExpectError(400, "InvalidField");
        }

        // Another case is another name; a value that looks like a pattern is that value.
        await ChangeAsync(admin, policy =>
        {
            Bindings(policy).Add(Binding("Pattern-App", "KeyUser", "patterned"));
            var literal = Binding("pattern-app", "Encrypter", "patterned", null, "literal");
            literal["conditions"] = JsonNode.Parse("""{"context": [{"name": "customer", "equals": "*"}]}""");
            Bindings(policy).Add(literal);
        });
        JsonObject Body(string customer) => new() { ["plaintext"] = "AA==", ["context"] = new JsonObject { ["customer"] = customer } };
        (await rest.PostAsync("/v1/keys/pattern-key/encrypt", Body("acme"))).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/keys/pattern-key/encrypt", Body("*"))).Expect(200);
        foreach (var path in (string[])["/v1/keys/*", "/v1/keys/pattern-%2A", "/v1/keys/%2B", "/v1/keys/Pattern-key", "/v1/keys/pattern-ke%D1%83"])
            Assert.InRange((await owner.GetAsync(path)).Status, 400, 404);
        await ChangeAsync(admin, policy => Remove(policy, "literal"));
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task Change_ThatGivesTheOneWhoMakesItMore_IsRefusedAndChangesNothing()
    {
        using var admin = server.Client(server.Admin);
        var before = (await admin.GetAsync("/v1/policy")).Expect(200);
        var policy = before.Json["policy"]!.DeepClone().AsObject();
        policy["separation"] = "insecure-none";
        Bindings(policy).Add(Binding("admin", "KeyUser", "payments"));

        (await PutAsync(admin, policy)).ExpectError(403, "PermissionDenied");
        Assert.Equal(before.Text("version"), (await admin.GetAsync("/v1/policy")).Text("version"));

        // Nor in a way round: a role for everyone is one for oneself.
        Bindings(policy).RemoveAt(Bindings(policy).Count - 1);
        var everyone = Binding("x", "KeyUser", "payments");
        everyone.Remove("principals");
        everyone["everyone"] = true;
        Bindings(policy).Add(everyone);
        (await PutAsync(admin, policy)).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task Change_OfWhatSomebodyElseChanged_IsRefused()
    {
        using var admin = server.Client(server.Admin);
        var read = (await admin.GetAsync("/v1/policy")).Expect(200);
        await ChangeAsync(admin, policy => Bindings(policy).Add(Binding("somebody", "KeyViewer", "race")));

        var late = new JsonObject { ["policy"] = read.Json["policy"]!.DeepClone(), ["expectedVersion"] = read.Text("version") };
        (await admin.SendAsync(HttpMethod.Put, "/v1/policy", late)).ExpectError(409, "Conflict");
    }

    [Fact]
    public async Task Conflict_OfDuties_IsRefusedWithTheReasonAtEnrolmentAndInAPolicy()
    {
        using var admin = server.Client(server.Admin);
        var enrolment = new JsonObject { ["name"] = "both", ["group"] = "g", ["allow"] = new JsonArray("use", "officer") };

        var refused = (await admin.PostAsync("/v1/enrolment-codes", enrolment)).ExpectError(400, "InvalidField");
        Assert.Contains("who has both", refused.Body, StringComparison.Ordinal);

        var policy = (await admin.GetAsync("/v1/policy")).Json["policy"]!.DeepClone().AsObject();
        Bindings(policy).Add(Binding("app", "Auditor", null));
        var inPolicy = (await PutAsync(admin, policy)).ExpectError(400, "InvalidField");
        Assert.Contains("'app' reads the audit trail", inPolicy.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_OfANobody_IsNotTold()
    {
        using var rest = server.Client(server.App);

        (await rest.GetAsync("/v1/policy")).ExpectError(403, "PermissionDenied");
        (await rest.PostAsync("/v1/policy/explain", new JsonObject { ["principal"] = "app", ["operation"] = "Encrypt" })).ExpectError(403, "PermissionDenied");
    }

    private static async Task ChangeAsync(RestClient admin, Action<JsonObject> change)
    {
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        change(policy);
        (await PutAsync(admin, policy)).Expect(200);
    }

    private static string? Text(JsonObject line, string member) => line["event"]![member]?.GetValue<string>();

    private static Task<RestReply> PutAsync(RestClient admin, JsonObject policy) =>
        admin.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy.DeepClone() });

    private static JsonArray Bindings(JsonObject policy) => policy["bindings"]!.AsArray();

    private static void Remove(JsonObject policy, string name)
    {
        var bindings = Bindings(policy);
        bindings.Remove(bindings.First(b => b!["name"]?.GetValue<string>() == name));
    }

    private static JsonObject Binding(string principal, string role, string? group, string? effect = null, string? name = null)
    {
        var binding = new JsonObject { ["principals"] = new JsonArray(principal), ["role"] = role };
        if (name is not null) binding["name"] = name;
        if (effect is not null) binding["effect"] = effect;
        if (group is not null) binding["group"] = group;
        else if (name is null) binding["tenant"] = true;
        return binding;
    }

    private static async Task<UniqueIdentifier> CreateActiveAsync(KmipClient kmip)
    {
        var id = await kmip.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
            new(Tag.CryptographicLength, KmipValue.Integer(256)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))));
        await kmip.ActivateAsync(id);
        return id;
    }

    private static async Task EncryptAsync(KmipClient kmip, UniqueIdentifier id) =>
        await kmip.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) });
}
