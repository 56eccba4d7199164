using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Integration.Client;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>How much may be asked for, as both doors tell it. The limits are of a day or so slow that no machine outruns them.</summary>
public sealed class LimitTests : IClassFixture<LimitTests.AtNoon>
{
    private readonly AtNoon _server;

    public LimitTests(AtNoon fixture)
    {
        _server = fixture;
        _server.GoOnToNoon();
    }

    /// <summary>A server for which it is noon when the tests begin: no midnight comes in between.</summary>
    public sealed class AtNoon : ServerFixture
    {
        private readonly JumpingTime _time = new();
        private bool _isNoon;

        public override TimeProvider Time => _time;

        // Forward, since what the server has made already holds from when it was made.
        public void GoOnToNoon()
        {
            var now = _time.GetUtcNow().TimeOfDay;
            if (!_isNoon) _time.Jump(TimeSpan.FromHours(now < TimeSpan.FromHours(12) ? 12 : 36) - now);
            _isNoon = true;
        }
    }

    [Fact]
    public async Task Limit_OfAPrincipalsDay_IsToldByBothDoorsAndSurvivesARestart()
    {
        var noisy = await _server.EnrolAsync("noisy", "noisy", "use", "manage");
        using var rest = _server.Client(noisy);
        using var other = _server.Client(_server.App);
        await rest.CreateKeyAsync("noisy-key", "noisy");
        await using var kmip = _server.Kmip(noisy);
        await kmip.LocateAsync(AttributeList.Empty);
        using var sdk = new KeyreeveClient(ProviderConnections.OptionsOf(_server, noisy, _server.RestAddress));
        await ChangeAsync(Json("""{"principal": "noisy", "perDay": 4}"""));

        for (var i = 0; i < 4; i++) await rest.EncryptAsync("noisy-key", [1]);
        var refused = (await rest.PostAsync("/v1/keys/noisy-key/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(429, "TooManyRequests");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.Contains("4 operations a day", refused.Text("detail"), StringComparison.Ordinal);
        var overSdk = await Assert.ThrowsAsync<KeyreeveClientException>(() => sdk.Keys.GetAsync("noisy-key"));
        Assert.Equal(ClientError.TooManyRequests, overSdk.Error);
        Assert.InRange(overSdk.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        var overKmip = await Assert.ThrowsAsync<KmipException>(() => kmip.LocateAsync(AttributeList.Empty));
        Assert.Equal(ResultReason.ServerLimitExceeded, overKmip.ResultReason);
        Assert.Contains("try again in", overKmip.Message, StringComparison.Ordinal);
        (await other.GetAsync("/v1/keys")).Expect(200);

        await _server.RestartAsync();

        using var again = _server.Client(noisy);
        (await again.GetAsync("/v1/keys")).ExpectError(429, "TooManyRequests");
        await ChangeAsync();
        (await again.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    public async Task Limit_OfASecond_IsRecordedButNotEachTime()
    {
        using var quick = _server.Client(await _server.EnrolAsync("quick", "quick", "use"));
        // One, and the next in a second's time.
        await ChangeAsync(Json("""{"principal": "quick", "perSecond": 1}"""));
        var refused = 0;
        for (var i = 0; i < 50; i++)
            if ((await quick.GetAsync("/v1/keys")).Status == 429) refused++;

        var records = _server.ReadAudit().Count(r => r["event"]?["principal"]?.ToString() is "quick" && r["event"]?["reason"]?.ToString() is "TooManyRequests");
        await ChangeAsync();

        // However slowly it goes, no more than one in each second is let through, and no more are recorded than are refused.
        Assert.InRange(records, refused == 0 ? 0 : 1, refused);
    }

    [Fact]
    public async Task Limit_OfAKey_IsForAllWhoUseIt()
    {
        using var app = _server.Client(_server.App);
        var id = (await app.CreateKeyAsync("scarce", "scarce")).Text("id");
        await ChangeAsync(new JsonObject { ["key"] = id, ["perDay"] = 2 });
        using var user = _server.Client(await _server.EnrolAsync("scarce-user", "scarce", "use"));

        await app.EncryptAsync("scarce", [1]);
        await user.EncryptAsync("scarce", [1]);
        (await user.PostAsync("/v1/keys/scarce/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(429, "TooManyRequests");
        (await app.PostAsync("/v1/keys/scarce/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(429, "TooManyRequests");
        await app.CreateKeyAsync("plenty", "scarce");
        await app.EncryptAsync("plenty", [1]);
        await ChangeAsync();
    }

    [Fact]
    public async Task Limit_OfTheTenantsObjects_NoMoreAreMade()
    {
        using var app = _server.Client(_server.App);
        await ChangeAsync(Json("""{"tenant": true, "objects": 1}"""));
        await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "first-object" });

        var refused = (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "one-too-many" })).ExpectError(400, "ServerLimitExceeded");

        Assert.Contains("1 objects", refused.Text("detail"), StringComparison.Ordinal);
        (await app.GetAsync("/v1/keys/one-too-many")).ExpectError(404, "ItemNotFound");
        await ChangeAsync();
        (await app.CreateKeyAsync("one-too-many")).Expect(201);
    }

    [Fact]
    public async Task Limit_OfAPrincipalsObjects_HoldsForWhateverMakesThemAtBothDoors()
    {
        var hoarder = await _server.EnrolAsync("hoarder", "hoard", "use", "manage", "export");
        using var rest = _server.Client(hoarder);
        using var other = _server.Client(await _server.EnrolAsync("frugal", "frugal", "use", "manage"));
        await using var kmip = _server.Kmip(hoarder);
        await rest.CreateKeyAsync("hoard-1", "hoard");
        var derivable = await kmip.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.DeriveKey | CryptographicUsageMask.Encrypt));
        await ChangeAsync(Json("""{"eachPrincipal": true, "objects": 3}"""));

        // What was there before the limit counts; what fails does not.
        (await rest.PostAsync("/v1/keys", new JsonObject { ["name"] = "hoard-1", ["group"] = "hoard" })).ExpectError(409, "NonUniqueName");
        var third = await kmip.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt));

        var refused = (await rest.PostAsync("/v1/keys", new JsonObject { ["name"] = "hoard-4", ["group"] = "hoard" })).ExpectError(400, "ServerLimitExceeded");
        Assert.Contains("'hoarder' may have 3 objects", refused.Text("detail"), StringComparison.Ordinal);
        (await rest.PostAsync("/v1/keys/hoard-1/rotate")).ExpectError(400, "ServerLimitExceeded");
        await RefusedAsync(() => kmip.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt)));
        await RefusedAsync(() => kmip.SendAsync(new ReKeyRequest { UniqueIdentifier = third }));
        await RefusedAsync(() => kmip.RegisterAsync(KmipObjects.Password("open sesame"u8.ToArray()), AttributeList.Empty));
        await RefusedAsync(() => kmip.CreateKeyPairAsync(
            new AttributeList(
                new KmipAttribute(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.RSA)),
                new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(2048))),
            Mask(CryptographicUsageMask.Sign), Mask(CryptographicUsageMask.Verify)));

        // Another has room of his own, and so has who gets more.
        await other.CreateKeyAsync("not-hoarded", "frugal");
        await ChangeAsync(Json("""{"eachPrincipal": true, "objects": 3}"""), Json("""{"principal": "hoarder", "objects": 4}"""));
        (await rest.PostAsync("/v1/keys", new JsonObject { ["name"] = "hoard-4", ["group"] = "hoard" })).Expect(201);
        await RefusedAsync(() => kmip.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt)));
        Assert.NotNull(await kmip.GetAttributesAsync(derivable));
        await ChangeAsync();
    }

    [Fact]
    public async Task Limit_OfAPrincipalsObjects_ManyAtOnce_NoneTooMany()
    {
        using var rest = _server.Client(await _server.EnrolAsync("racer", "race", "use", "manage"));
        await ChangeAsync(Json("""{"principal": "racer", "objects": 5}"""));

        var made = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => rest.PostAsync("/v1/keys", new JsonObject { ["name"] = $"race-{i}", ["group"] = "race" })));

        Assert.Equal(5, made.Count(static answer => answer.Status == 201));
        Assert.Equal(11, made.Count(static answer => answer.Status == 400));
        await ChangeAsync();
    }

    [Fact]
    public async Task Limit_OfAPrincipalsObjects_WhatABatchMakesCountsAndWhatItUndoesDoesNot()
    {
        var batcher = await _server.EnrolAsync("batcher", "batch", "use", "manage");
        await using var kmip = _server.Kmip(batcher);
        await ChangeAsync(Json("""{"principal": "batcher", "objects": 3}"""));

        // The fourth is refused, and takes the three before it with it.
        await Assert.ThrowsAsync<KmipException>(() => CreateAsync(4));
        await CreateAsync(3);
        await RefusedAsync(() => kmip.CreateAsync(ObjectType.SymmetricKey, Aes(CryptographicUsageMask.Encrypt)));
        await ChangeAsync();

        async Task CreateAsync(int count)
        {
            var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
            KmipBatchItem<CreateResponse> last = default;
            for (var i = 0; i < count; i++) last = batch.Add(new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Aes(CryptographicUsageMask.Encrypt) });
            using var answer = await kmip.SendAsync(batch);
            answer.Get(last);
        }
    }

    private static async Task RefusedAsync(Func<Task> makeAsync)
    {
        var refused = await Assert.ThrowsAsync<KmipException>(makeAsync);
        Assert.Equal(ResultReason.ServerLimitExceeded, refused.ResultReason);
        Assert.Contains("objects, and has as many", refused.Message, StringComparison.Ordinal);
    }

    private static AttributeList Aes(CryptographicUsageMask mask) => new(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)), new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)mask)));

    private static AttributeList Mask(CryptographicUsageMask mask) => new(new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)mask)));

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private async Task ChangeAsync(params JsonObject[] limits)
    {
        using var admin = _server.Client(_server.Admin);
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy.Remove("limits");
        if (limits.Length > 0) policy["limits"] = new JsonArray([.. limits]);
        (await admin.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy })).Expect(200);
    }
}
