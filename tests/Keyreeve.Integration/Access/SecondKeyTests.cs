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
