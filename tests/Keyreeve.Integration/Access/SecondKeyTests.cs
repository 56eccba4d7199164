using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>A key that a request uses besides the one it is about is asked for as strictly as if it came alone.</summary>
public sealed class SecondKeyTests(SecondKeyTests.Door door) : IClassFixture<SecondKeyTests.Door>
{
    [Fact]
    public async Task ReEncrypt_FromAKeyWhoseUsesAreCounted_IsCounted()
    {
        using var app = door.Client(door.App);
        using var mover = door.Client(await door.EnrolAsync("mover", "mine", "use"));
        var source = (await app.CreateKeyAsync("counted", "theirs")).Text("id");
        await app.CreateKeyAsync("of-mover", "mine");
        var ciphertext = await CiphertextAsync(app, "counted");
        await door.ChangePolicyAsync(policy => policy["bindings"]!.AsArray().Add(JsonNode.Parse(
            $$"""{"name": "moves", "principals": ["mover"], "role": "KeyUser", "key": "{{source}}", "conditions": {"uses": 2} }""")));

        (await MoveAsync(mover, ciphertext, "of-mover")).Expect(200);
        (await MoveAsync(mover, ciphertext, "of-mover")).Expect(200);

        (await MoveAsync(mover, ciphertext, "of-mover")).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task ReEncrypt_OneBindingForBothKeys_IsOneUse()
    {
        using var app = door.Client(door.App);
        using var mover = door.Client(await door.EnrolAsync("both-mover", "nowhere", "view"));
        await app.CreateKeyAsync("both-a", "both");
        await app.CreateKeyAsync("both-b", "both");
        var ciphertext = await CiphertextAsync(app, "both-a");
        await door.ChangePolicyAsync(static policy => policy["bindings"]!.AsArray().Add(JsonNode.Parse(
            """{"name": "moves-both", "principals": ["both-mover"], "role": "KeyUser", "group": "both", "conditions": {"uses": 1}}""")));

        (await MoveAsync(mover, ciphertext, "both-b")).Expect(200);

        (await MoveAsync(mover, ciphertext, "both-b")).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task ReEncrypt_OfTwoBindings_IsRecordedWithBoth()
    {
        using var app = door.Client(door.App);
        using var mover = door.Client(await door.EnrolAsync("told-mover", "told", "use"));
        var source = (await app.CreateKeyAsync("untold", "elsewhere")).Text("id");
        await app.CreateKeyAsync("told-one", "told");
        var ciphertext = await CiphertextAsync(app, "untold");
        var (seen, moves) = ("""{"principals": ["told-mover"], "role": "KeyViewer", "group": "elsewhere"}""", """{"name": "moves-out", "principals": ["told-mover"], "role": "KeyUser", "group": "elsewhere"}""");

        await door.ChangePolicyAsync(policy => policy["bindings"]!.AsArray().Add(JsonNode.Parse(seen)));
        (await MoveAsync(mover, ciphertext, "told-one")).ExpectError(403, "PermissionDenied");
        await door.ChangePolicyAsync(policy => policy["bindings"]!.AsArray().Add(JsonNode.Parse(moves)));
        (await MoveAsync(mover, ciphertext, "told-one")).Expect(200);

        Assert.Equal(
            [("Denied", "Denied", $"KeyUser@told; not attested; default-deny for {source}"), ("Success", "Allowed", $"KeyUser@told; not attested; moves-out for {source}")],
            Events().Where(static r => IsBy(r, "told-mover", "ReEncrypt")).Select(static r => (Text(r, "result"), Text(r, "decision"), Text(r, "rule"))));
    }

    [Fact]
    public async Task Refusal_OfAKeyThatMayNotBeSeen_IsRecordedWithWhatDecided()
    {
        using var app = door.Client(door.App);
        using var stranger = door.Client(await door.EnrolAsync("unseeing", "unseen-by-it", "use"));
        var hidden = (await app.CreateKeyAsync("hidden", "hidden-things")).Text("id");
        await app.CreateKeyAsync("of-unseeing", "unseen-by-it");
        var ciphertext = await CiphertextAsync(app, "hidden");
        var body = new JsonObject { ["ciphertext"] = ciphertext };

        (await stranger.PostAsync("/v1/decrypt", body)).ExpectError(422, "CryptographicFailure");
        (await MoveAsync(stranger, ciphertext, "of-unseeing")).ExpectError(422, "CryptographicFailure");
        await door.ChangePolicyAsync(static policy => policy["bindings"]!.AsArray().Add(JsonNode.Parse(
            """{"name": "not-the-unseeing", "effect": "deny", "principals": ["unseeing"], "role": "KeyUser", "group": "hidden-things"}""")));
        (await stranger.PostAsync("/v1/decrypt", body.DeepClone())).ExpectError(422, "CryptographicFailure");

        Assert.Equal(
            [("Decrypt", "hidden", "default-deny"), ("ReEncrypt", "of-unseeing", $"KeyUser@unseen-by-it; not attested; default-deny for {hidden}"), ("Decrypt", "hidden", "not-the-unseeing")],
            Events().Where(static r => Text(r, "principal") == "unseeing" && Text(r, "decision") == "Denied").Select(static r => (Text(r, "operation"), Text(r, "keyName"), Text(r, "rule"))));
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task ReEncrypt_OutOfAGroupThatTakesAnAttestation_IsRefused()
    {
        using var app = door.Client(door.App);
        await app.CreateKeyAsync("attested", "machines");
        await app.CreateKeyAsync("outside", "others");
        var ciphertext = await CiphertextAsync(app, "attested");

        (await MoveAsync(app, ciphertext, "attested")).ExpectError(403, "PermissionDenied");
        (await MoveAsync(app, ciphertext, "outside")).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task ReEncrypt_FromAKeyWithALimit_TakesOfIt()
    {
        using var app = door.Client(door.App);
        var source = (await app.CreateKeyAsync("limited", "rates")).Text("id");
        await app.CreateKeyAsync("unlimited", "rates");
        var ciphertext = await CiphertextAsync(app, "limited");
        await door.ChangePolicyAsync(policy => policy["limits"] = JsonNode.Parse($$"""[{"key": "{{source}}", "perDay": 1}]"""));

        (await MoveAsync(app, ciphertext, "unlimited")).Expect(200);

        (await MoveAsync(app, ciphertext, "unlimited")).ExpectError(429, "TooManyRequests");
        // Not its own fault, and not its limit.
        (await app.PostAsync("/v1/keys/unlimited/encrypt", new JsonObject { ["plaintext"] = "AA==" })).Expect(200);
    }

    private IEnumerable<JsonObject> Events() => door.ReadAudit().Select(static line => line["event"]!.AsObject());

    private static bool IsBy(JsonObject record, string principal, string operation) => Text(record, "principal") == principal && Text(record, "operation") == operation;

    private static string? Text(JsonObject record, string member) => record[member]?.GetValue<string>();

    private static async Task<string> CiphertextAsync(RestClient client, string key) =>
        (await client.PostAsync($"/v1/keys/{key}/encrypt", new JsonObject { ["plaintext"] = "AA==" })).Expect(200).Text("ciphertext");

    private static Task<RestReply> MoveAsync(RestClient client, string ciphertext, string to) =>
        client.PostAsync($"/v1/keys/{to}/reencrypt", new JsonObject { ["ciphertext"] = ciphertext });

    /// <summary>A server on which one group takes an attestation to re-encrypt.</summary>
    public sealed class Door : ServerFixture
    {
        public Door()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(MachineFile, key.ExportSubjectPublicKeyInfoPem());
        }

        protected override IReadOnlyList<string> Settings =>
            ["attestation.machines=ReEncrypt", $"attesters.machine=principal=app key={MachineFile} pcrs=sha256:0:{new string('0', 64)}"];

        private string MachineFile => Path.Combine(Folder, "machine.pem");
    }
}
