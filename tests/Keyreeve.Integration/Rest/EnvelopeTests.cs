using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class EnvelopeTests(RestDoor door) : IClassFixture<RestDoor>
{
    private static readonly JsonObject Context = new() { ["tenant"] = "a", ["table"] = "orders" };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(65536)]
    public async Task Encrypt_ValueOfAnySize_DecryptsToIt(int size)
    {
        using var client = await KeyAsync("sizes");
        var plaintext = Enumerable.Range(0, size).Select(i => unchecked((byte)i)).ToArray();

        var ciphertext = await client.EncryptAsync("sizes", plaintext, Context);

        Assert.Equal(80 + size, Convert.FromBase64String(ciphertext).Length);
        Assert.Equal(plaintext, Convert.FromBase64String((await client.DecryptAsync(ciphertext, Context)).Expect(200).Text("plaintext")));
    }

    [Fact]
    public async Task Encrypt_ValueAboveTheLimit_IsRefused()
    {
        using var client = await KeyAsync("limits");

        (await client.PostAsync("/v1/keys/limits/encrypt", new JsonObject { ["plaintext"] = Convert.ToBase64String(new byte[65537]) }))
            .ExpectError(413, "RequestTooLarge");
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_EveryByteFlipped_IsOneUniformError()
    {
        using var client = await KeyAsync("flips");
        var envelope = Convert.FromBase64String(await client.EncryptAsync("flips", "secret"u8.ToArray(), Context));
        var answers = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < envelope.Length; i++)
        {
            var altered = (byte[])envelope.Clone();
            altered[i] ^= 0x01;
            answers.Add(WithoutCorrelation((await client.DecryptAsync(Convert.ToBase64String(altered), Context)).ExpectError(422, "CryptographicFailure")));
        }

        answers.Add(WithoutCorrelation((await client.DecryptAsync(Convert.ToBase64String(envelope[..^1]), Context)).Expect(422)));
        answers.Add(WithoutCorrelation((await client.DecryptAsync(Convert.ToBase64String([.. envelope, 0]), Context)).Expect(422)));
        answers.Add(WithoutCorrelation((await client.DecryptAsync("", Context)).Expect(422)));
        Assert.Single(answers);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_HeaderOfAnotherKey_Fails()
    {
        using var client = await KeyAsync("heads");
        await client.CreateKeyAsync("heads2");
        var one = Convert.FromBase64String(await client.EncryptAsync("heads", [1]));
        var two = Convert.FromBase64String(await client.EncryptAsync("heads2", [1]));

        (await client.DecryptAsync(Convert.ToBase64String([.. two[..20], .. one[20..]]))).ExpectError(422, "CryptographicFailure");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("Attack", "41")]
    public async Task Decrypt_EnvelopeOfAnotherKind_IsTheSameError(byte mode)
    {
        // Files, in chunks or not, are opened where they are; the server opens what is wrapped in their headers.
        using var client = await KeyAsync("kinds");
        var envelope = Convert.FromBase64String(await client.EncryptAsync("kinds", new byte[100]));
        envelope[2] = mode;

        (await client.DecryptAsync(Convert.ToBase64String(envelope))).ExpectError(422, "CryptographicFailure");
    }

    [Fact]
    [Trait("Attack", "38")]
    public async Task Decrypt_UnderAnotherKey_FailsThoughTheKeyIsNamed()
    {
        using var client = await KeyAsync("named");
        await client.CreateKeyAsync("named2");
        var ciphertext = await client.EncryptAsync("named", [1]);

        (await client.DecryptAsync(ciphertext, key: "named2")).ExpectError(422, "CryptographicFailure");
        (await client.DecryptAsync(ciphertext, key: "named")).Expect(200);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Decrypt_WrongOrMissingContext_IsTheSameError()
    {
        using var client = await KeyAsync("contexts");
        var ciphertext = await client.EncryptAsync("contexts", [1], Context);

        JsonObject?[] wrong =
        [
            null, [], new JsonObject { ["tenant"] = "b", ["table"] = "orders" }, new JsonObject { ["tenant"] = "a" },
            new JsonObject { ["tenant"] = "a", ["table"] = "orders", ["row"] = "1" }, new JsonObject { ["Tenant"] = "a", ["table"] = "orders" },
        ];
        foreach (var context in wrong) (await client.DecryptAsync(ciphertext, context)).ExpectError(422, "CryptographicFailure");
        (await client.DecryptAsync(ciphertext, new JsonObject { ["table"] = "orders", ["tenant"] = "a" })).Expect(200);
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Decrypt_KeyThatTheCallerMayNotKnowOf_LooksLikeOneThatIsNot()
    {
        using var owner = await KeyAsync("hidden", "hidden/one");
        using var stranger = door.Client(await door.EnrolAsync("stranger", "elsewhere", "use", "manage"));
        var envelope = Convert.FromBase64String(await owner.EncryptAsync("hidden", [1]));
        var absent = (byte[])envelope.Clone();
        absent[10] ^= 0xFF;

        Assert.Equal(
            WithoutCorrelation((await stranger.DecryptAsync(Convert.ToBase64String(absent))).Expect(422)),
            WithoutCorrelation((await stranger.DecryptAsync(Convert.ToBase64String(envelope))).Expect(422)));
        var absentId = "018f3a5e-0000-7000-8000-000000000001";
        var hiddenId = (await owner.GetAsync("/v1/keys/hidden")).Text("id");
        foreach (var (method, path) in new[] { ("GET", ""), ("GET", "/versions"), ("POST", "/rotate"), ("POST", "/disable"), ("POST", "/destruction"), ("DELETE", "?confirm=hidden") })
        {
            Assert.Equal(
                WithoutCorrelation((await stranger.SendAsync(new HttpMethod(method), $"/v1/keys/{absentId}{path}", (JsonNode?)null)).ExpectError(404, "ItemNotFound")),
                WithoutCorrelation((await stranger.SendAsync(new HttpMethod(method), $"/v1/keys/{hiddenId}{path}", (JsonNode?)null)).Expect(404)));
        }

        var body = new JsonObject { ["plaintext"] = "AA==" };
        Assert.Equal(
            WithoutCorrelation((await stranger.PostAsync($"/v1/keys/{absentId}/encrypt", body)).ExpectError(404, "ItemNotFound")),
            WithoutCorrelation((await stranger.PostAsync($"/v1/keys/{hiddenId}/encrypt", body)).Expect(404)));
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Use_WhatTheMaskForbids_IsRefused()
    {
        using var client = await door.EverythingClientAsync("masks");
        (await client.PostAsync("/v1/keys", new JsonObject { ["name"] = "encrypt-only", ["usage"] = new JsonArray("Encrypt") })).Expect(201);
        (await client.PostAsync("/v1/keys", new JsonObject { ["name"] = "decrypt-only", ["usage"] = new JsonArray("Decrypt") })).Expect(201);

        var ciphertext = await client.EncryptAsync("encrypt-only", [1]);
        (await client.DecryptAsync(ciphertext)).ExpectError(409, "IncompatibleUsageMask");
        (await client.PostAsync("/v1/keys/decrypt-only/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(409, "IncompatibleUsageMask");
        (await client.PostAsync("/v1/keys/decrypt-only/datakey")).ExpectError(409, "IncompatibleUsageMask");
    }

    [Fact]
    public async Task Use_ByAnAdministrator_IsDenied()
    {
        using var user = await KeyAsync("duties", "duties");
        using var administrator = door.Client(await door.EnrolAsync("admin-duties", "duties", "manage"));
        var ciphertext = await user.EncryptAsync("duties", [1]);

        (await administrator.PostAsync("/v1/keys/duties/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(403, "PermissionDenied");
        (await administrator.DecryptAsync(ciphertext)).ExpectError(403, "PermissionDenied");
        (await administrator.PostAsync("/v1/keys/duties/datakey")).ExpectError(403, "PermissionDenied");
        using var onlyUser = door.Client(await door.EnrolAsync("user-duties", "duties", "use"));
        (await onlyUser.PostAsync("/v1/keys/duties/disable")).ExpectError(403, "PermissionDenied");
        (await onlyUser.PostAsync("/v1/keys", new JsonObject { ["name"] = "mine", ["group"] = "duties" })).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task DataKey_InClearAndUnwrapped_AreTheSame()
    {
        using var client = await KeyAsync("wrapping");
        var made = (await client.PostAsync("/v1/keys/wrapping/datakey", new JsonObject { ["context"] = Context.DeepClone(), ["lengthInBytes"] = 64 })).Expect(200);

        var unwrapped = (await client.DecryptAsync(made.Text("ciphertext"), Context)).Expect(200);
        Assert.Equal(made.Text("plaintext"), unwrapped.Text("plaintext"));
        Assert.Equal(64, Convert.FromBase64String(made.Text("plaintext")).Length);

        var wrapped = (await client.PostAsync("/v1/keys/wrapping/datakey/wrapped")).Expect(200);
        Assert.Null(wrapped.Json["plaintext"]);
        Assert.Equal(32, Convert.FromBase64String((await client.DecryptAsync(wrapped.Text("ciphertext"))).Expect(200).Text("plaintext")).Length);
        (await client.PostAsync("/v1/keys/wrapping/datakey", new JsonObject { ["lengthInBytes"] = 15 })).ExpectError(400, "InvalidField");
    }

    [Fact]
    public async Task ReEncrypt_MovesToTheCurrentVersionAndContext()
    {
        using var client = await KeyAsync("moving");
        var old = await client.EncryptAsync("moving", "kept"u8.ToArray(), Context);
        (await client.PostAsync("/v1/keys/moving/rotate")).Expect(200);

        var anew = (await client.PostAsync("/v1/keys/moving/reencrypt", new JsonObject
        {
            ["ciphertext"] = old, ["context"] = Context.DeepClone(), ["newContext"] = new JsonObject { ["tenant"] = "z" },
        })).Expect(200);

        Assert.Equal(2, anew.Number("version"));
        (await client.DecryptAsync(anew.Text("ciphertext"), Context)).Expect(422);
        Assert.Equal("a2VwdA==", (await client.DecryptAsync(anew.Text("ciphertext"), new JsonObject { ["tenant"] = "z" })).Expect(200).Text("plaintext"));
    }

    [Fact]
    public async Task Encrypt_ExpectedVersionThatIsNotCurrent_IsRefused()
    {
        using var client = await KeyAsync("expected");

        (await client.PostAsync("/v1/keys/expected/encrypt", new JsonObject { ["plaintext"] = "AA==", ["version"] = 2 })).ExpectError(400, "InvalidField");
        (await client.PostAsync("/v1/keys/expected/encrypt", new JsonObject { ["plaintext"] = "AA==", ["version"] = 1 })).Expect(200);
    }

    [Fact]
    public async Task Random_GivesAsManyBytesAsAskedFor()
    {
        using var client = await door.EverythingClientAsync("random");

        Assert.Equal(32, Convert.FromBase64String((await client.GetAsync("/v1/random")).Expect(200).Text("bytes")).Length);
        Assert.Equal(1024, Convert.FromBase64String((await client.GetAsync("/v1/random?bytes=1024")).Expect(200).Text("bytes")).Length);
        (await client.GetAsync("/v1/random?bytes=1025")).ExpectError(400, "InvalidField");
    }

    [Theory]
    [InlineData("""{"context":{"":"x"},"plaintext":""}""")]
    [InlineData("""{"context":{"e\u0301":"x"},"plaintext":""}""")]
    [InlineData("""{"context":{"x":"\ud800"},"plaintext":""}""")]
    public async Task Encrypt_ContextThatIsNone_IsRefused(string body)
    {
        using var client = await KeyAsync("odd");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        Assert.Contains((await client.SendAsync(HttpMethod.Post, "/v1/keys/odd/encrypt", content)).Expect(400).Error, (string[])["InvalidField", "InvalidMessage"]);
    }

    private static string WithoutCorrelation(RestReply reply)
    {
        var json = reply.Json;
        json.Remove("correlationId");
        return json.ToJsonString();
    }

    private async Task<RestClient> KeyAsync(string name, string? group = null)
    {
        var client = await door.EverythingClientAsync(name);
        if ((await client.GetAsync("/v1/keys/" + name)).Status == 404) await client.CreateKeyAsync(name, group);
        return client;
    }
}
