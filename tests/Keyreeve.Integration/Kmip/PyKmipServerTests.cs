using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Our client against a server that we did not write.</summary>
public sealed class PyKmipServerTests
{
    [Fact]
    public async Task KmipClient_AgainstPyKmipServer_GoesThroughAKeysLifeInEveryVersion()
    {
        await using var server = await PyKmipServer.StartAsync();
        await using (var client = new KmipClient(server.Options))
        {
            Assert.Equal(ProtocolVersion.Kmip20, await client.GetVersionAsync());
        }

        foreach (var version in new[] { ProtocolVersion.Kmip10, ProtocolVersion.Kmip12, ProtocolVersion.Kmip14, ProtocolVersion.Kmip20 })
        {
            await using var client = new KmipClient(server.Options with { Versions = [version] });
            await LiveAsync(client, version);
        }
    }

    private static async Task LiveAsync(KmipClient client, ProtocolVersion version)
    {
        var query = await client.QueryAsync([QueryFunction.QueryOperations, QueryFunction.QueryServerInformation]);
        Assert.Contains(Operation.Create, query.Operations);

        var name = KmipValue.Structure(
            (Tag.NameValue, KmipValue.Text($"key-{version}")), (Tag.NameType, KmipValue.Enumeration(NameType.UninterpretedTextString)));
        var key = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            new KmipAttribute(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
            new KmipAttribute(Tag.CryptographicLength, KmipValue.Integer(256)),
            new KmipAttribute(Tag.CryptographicUsageMask, KmipValue.Integer((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt))),
            new KmipAttribute(Tag.Name, name)));
        Assert.Equal([key], await client.LocateAsync(new AttributeList(new KmipAttribute(Tag.Name, name))));

        using (var got = await client.GetAsync(key))
        {
            Assert.Equal(ObjectType.SymmetricKey, got.Payload.ObjectType);
            Assert.Equal(32, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().Length);
        }

        var attributes = await client.GetAttributesAsync(key, [Tag.State, Tag.CryptographicLength]);
        Assert.Equal(State.PreActive, attributes.Find(Tag.State)!.Value.AsEnumeration<State>());
        Assert.Equal(256, attributes.Find(Tag.CryptographicLength)!.Value.AsInteger());
        Assert.Contains((AttributeReference)Tag.CryptographicAlgorithm, await client.GetAttributeListAsync(key));

        await client.ActivateAsync(key);
        if (version >= ProtocolVersion.Kmip12) await EncryptAsync(client, key);
        await client.RevokeAsync(key, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        await client.DestroyAsync(key);
        var thrown = await Assert.ThrowsAsync<KmipException>(async () => (await client.GetAsync(key)).Dispose());
        Assert.Equal(ResultReason.ItemNotFound, thrown.ResultReason);
    }

    private static async Task EncryptAsync(KmipClient client, UniqueIdentifier key)
    {
        var plaintext = "sixteen bytes and some more"u8.ToArray();
        var parameters = new CryptographicParameters
        {
            BlockCipherMode = BlockCipherMode.CBC,
            PaddingMethod = PaddingMethod.PKCS5,
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
        };
        using var encrypted = await client.EncryptAsync(new EncryptRequest
        {
            UniqueIdentifier = key,
            CryptographicParameters = parameters,
            Data = DataReference.From(plaintext),
            IVCounterNonce = new byte[16],
        });
        using var decrypted = await client.DecryptAsync(new DecryptRequest
        {
            UniqueIdentifier = key,
            CryptographicParameters = parameters,
            Data = DataReference.From(encrypted.Payload.Data!.Value),
            IVCounterNonce = new byte[16],
        });
        Assert.Equal(plaintext, decrypted.Payload.Data!.Value.ToArray());
    }
}
