using System.Net.Security;
using System.Text.Json.Nodes;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>One key through both doors: what one of them changes holds at the other.</summary>
public sealed class TwoDoorsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Attack", "35")]
    public async Task KeyOfRest_IsNotGivenAwayOverKmip()
    {
        using var rest = server.Client(server.App);
        await using var kmip = KmipClient();
        var id = (await rest.CreateKeyAsync("stays")).Text("id");

        var refused = await Assert.ThrowsAsync<KmipException>(() => kmip.GetAsync(UniqueIdentifier.From(id)));

        Assert.Contains(refused.ResultReason, (ResultReason?[])[ResultReason.NotExtractable, ResultReason.PermissionDenied]);
        var attributes = await kmip.GetAttributesAsync(UniqueIdentifier.From(id), [Tag.State, Tag.CryptographicLength]);
        Assert.Equal(State.Active, attributes.Find(Tag.State)!.Value.AsEnumeration<State>());
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task KeyOfKmip_FollowsItsStateAtRest()
    {
        using var rest = server.Client(server.App);
        await using var kmip = KmipClient();
        var id = await CreateAsync(kmip, "followed");
        var body = new JsonObject { ["plaintext"] = "AA==" };

        (await rest.PostAsync("/v1/keys/followed/encrypt", body)).ExpectError(409, "WrongKeyLifecycleState");
        await kmip.ActivateAsync(id);
        var ciphertext = await rest.EncryptAsync("followed", [1]);

        await kmip.RevokeAsync(id, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        Assert.Equal("Deactivated", (await rest.GetAsync("/v1/keys/followed")).Expect(200).Text("state"));
        (await rest.PostAsync("/v1/keys/followed/encrypt", body)).ExpectError(409, "WrongKeyLifecycleState");
        (await rest.DecryptAsync(ciphertext)).Expect(200);

        await kmip.RevokeAsync(id, new RevocationReason { RevocationReasonCode = RevocationReasonCode.KeyCompromise });
        (await rest.PostAsync("/v1/keys/followed/encrypt", body)).ExpectError(409, "WrongKeyLifecycleState");
        (await rest.DecryptAsync(ciphertext)).Expect(200);

        // Rotated away from what is compromised, it encrypts again.
        Assert.Equal("Active", (await rest.PostAsync("/v1/keys/followed/rotate")).Expect(200).Text("state"));
        await rest.EncryptAsync("followed", [2]);

        await kmip.DestroyAsync(id);
        (await rest.DecryptAsync(ciphertext)).ExpectError(410, "ObjectDestroyed");
    }

    // spec: KMIP 2.1 §6.1.46 Table 304 "Re-key Attribute Requirements"
    [Fact]
    public async Task Rotation_MovesTheNameAndLinksBothWays()
    {
        using var rest = server.Client(server.App);
        await using var kmip = KmipClient();
        var old = await CreateAsync(kmip, "linked");
        await kmip.ActivateAsync(old);
        (await rest.PostAsync("/v1/keys/linked/rotate")).Expect(200);

        var versions = (await rest.GetAsync("/v1/keys/linked/versions")).Expect(200).Json["versions"]!.AsArray();
        var replacement = UniqueIdentifier.From(versions[1]!["id"]!.GetValue<string>());
        Assert.Equal(old.ToString(), versions[0]!["id"]!.GetValue<string>());
        Assert.Equal(replacement, Assert.Single(await kmip.LocateAsync(new AttributeList(new KmipAttribute(Tag.Name, NameOf("linked"))))));
        Assert.Contains(replacement.ToString()!, await LinkAsync(kmip, old), StringComparison.Ordinal);
        Assert.Contains(old.ToString()!, await LinkAsync(kmip, replacement), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disabled_IsRefusedOverKmipToo()
    {
        using var rest = server.Client(server.App);
        await using var kmip = KmipClient();
        var id = await CreateAsync(kmip, "off");
        await kmip.ActivateAsync(id);
        (await rest.PostAsync("/v1/keys/off/disable")).Expect(200);

        await Assert.ThrowsAsync<KmipException>(() => kmip.EncryptAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) }));
        await Assert.ThrowsAsync<KmipException>(() => kmip.GetAsync(id));
    }

    private static async Task<string> LinkAsync(KmipClient kmip, UniqueIdentifier id)
    {
        var attributes = await kmip.GetAttributesAsync(id, [Tag.Link]);
        return System.Text.Encoding.ASCII.GetString(attributes.Find(Tag.Link)!.Value.Encoded.Span);
    }

    private static Task<UniqueIdentifier> CreateAsync(KmipClient kmip, string name) => kmip.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt))),
        new(Tag.Name, NameOf(name))));

    private static KmipValue NameOf(string name) => KmipValue.Structure(
        (Tag.NameValue, KmipValue.Text(name)), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)));

    private KmipClient KmipClient() => new(new KmipClientOptions
    {
        Host = "127.0.0.1",
        Port = server.KmipEndPoint.Port,
        Tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [server.App.Certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => server.App.Certificate,
            CertificateChainPolicy = TestAuthority.TrustOnly(server.Authority),
        },
    });
}
