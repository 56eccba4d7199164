using System.Text.Json.Nodes;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Pkcs11;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>Keys that live in a token, through the doors of a whole server.</summary>
[Collection(SoftHsmTests.Name)]
public sealed class HsmKeyServerTests(SoftHsm softHsm) : IAsyncLifetime
{
    private readonly HsmServerFixture _server = new(softHsm);

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Attack", "57")]
    public async Task KeyInTheToken_TokenTakenAway_AloneFailsAndComesBackByItself()
    {
        using var app = _server.Client(_server.App);
        using var admin = _server.Client(_server.Admin);
        await app.CreateKeyAsync("in-store");
        var made = (await app.PostAsync("/v1/keys", new JsonObject { ["name"] = "in-token", ["protection"] = "hsm" })).Expect(201);
        Assert.Equal(("hsm", 1), (made.Text("protection"), await CountKeysAsync()));
        var ciphertext = await app.EncryptAsync("in-token", [1, 2, 3]);
        await HsmServerFixture.WaitForAsync(admin, "Ready");

        await _server.WithoutTokenAsync(async () =>
        {
            await HsmServerFixture.WaitForAsync(admin, "NoToken");
            Assert.Equal("TokenUnavailable", (await app.DecryptAsync(ciphertext)).Expect(503).Error);
            (await app.DecryptAsync(await app.EncryptAsync("in-store", [1]))).Expect(200);
        });

        await HsmServerFixture.WaitForAsync(admin, "Ready");
        (await app.DecryptAsync(ciphertext)).Expect(200);
        (await app.DeleteAsync("/v1/keys/in-token?confirm=in-token")).Expect(204);
        for (var i = 0; i < 600 && await CountKeysAsync() > 0; i++) await Task.Delay(100);
        Assert.Equal(0, await CountKeysAsync());
    }

    [Fact]
    public async Task KmipHardwareMask_KeyIsInTheTokenAndStaysThere()
    {
        await using var kmip = _server.Kmip(_server.App);
        using var query = await kmip.SendAsync(new QueryRequest { QueryFunctions = [QueryFunction.QueryStorageProtectionMasks] });
        Assert.Equal([ProtectionStorageMask.Software, ProtectionStorageMask.Hardware], query.Payload.ProtectionStorageMasks!.Masks);
        using var made = await kmip.SendAsync(new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new(
                new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
                new(Tag.CryptographicLength, KmipValue.Integer(256)),
                new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)))),
            ProtectionStorageMasks = new() { Masks = [ProtectionStorageMask.Hardware | ProtectionStorageMask.Validated, ProtectionStorageMask.Hardware] },
        });
        var id = UniqueIdentifier.From(made.Payload.UniqueIdentifier.ToString());
        await kmip.ActivateAsync(id);

        using var encrypted = await kmip.SendAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[] { 1, 2, 3 }) });
        using var opened = await kmip.SendAsync(new DecryptRequest
        {
            UniqueIdentifier = id, Data = encrypted.Payload.Data, IVCounterNonce = encrypted.Payload.IVCounterNonce,
            AuthenticatedEncryptionTag = encrypted.Payload.AuthenticatedEncryptionTag,
        });

        Assert.Equal([1, 2, 3], opened.Payload.Data!.Value.ToArray());
        var attributes = (await kmip.GetAttributesAsync(id)).Attributes;
        Assert.False(attributes.Single(static a => a.Reference.Tag == Tag.Extractable).Value.AsBoolean());
        Assert.Equal((int)ProtectionStorageMask.Hardware, attributes.Single(static a => a.Reference.Tag == Tag.ProtectionStorageMask).Value.AsInteger());
        Assert.Equal(ResultReason.NotExtractable, (await Assert.ThrowsAsync<KmipException>(() => kmip.GetAsync(id))).ResultReason);
    }

    private async Task<int> CountKeysAsync()
    {
        using var token = new HsmToken(_server.Token, TimeProvider.System, static _ => { });
        return (await new HsmKeys(token).ListAsync(default)).Count;
    }
}
