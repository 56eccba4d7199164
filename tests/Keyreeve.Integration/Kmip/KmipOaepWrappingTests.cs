using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Keys wrapped by RSA-OAEP, with each hash, mask and label: given out so, and registered so.</summary>
public sealed class KmipOaepWrappingTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    // One for all: it takes long to make.
    private static readonly RSA Pair = RSA.Create(2048);

    /// <summary>Hash, hash of the mask, label.</summary>
    public static TheoryData<HashingAlgorithm, HashingAlgorithm?, string?> Ways => new()
    {
        { HashingAlgorithm.SHA_256, HashingAlgorithm.SHA_256, null },
        { HashingAlgorithm.SHA_1, HashingAlgorithm.SHA_1, null },
        { HashingAlgorithm.SHA_384, HashingAlgorithm.SHA_384, null },
        { HashingAlgorithm.SHA_512, HashingAlgorithm.SHA_512, "label" },
        { HashingAlgorithm.SHA_256, HashingAlgorithm.SHA_1, null },
        { HashingAlgorithm.SHA_256, HashingAlgorithm.SHA_512, "another" },
        { HashingAlgorithm.SHA_256, null, "label" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Get_WrappedByOaep_ComesBackByRegister(HashingAlgorithm hash, HashingAlgorithm? mask, string? label)
    {
        var name = $"oaep {hash} {mask} {label}";
        using var certificate = door.Enrol(name, KmipDoor.InteropGroup);
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var secret = RandomNumberGenerator.GetBytes(32);
        var key = await client.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(KmipAttribute.Name(name), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
        var how = new CryptographicParameters
        {
            PaddingMethod = PaddingMethod.OAEP,
            HashingAlgorithm = hash,
            MaskGenerator = mask is null ? null : MaskGenerator.MGF1,
            MaskGeneratorHashingAlgorithm = mask,
            PSource = label is null ? default(ReadOnlyMemory<byte>?) : System.Text.Encoding.UTF8.GetBytes(label),
        };

        var (privateKey, publicKey) = await RegisterAsync(client, Pair, name, how);
        var wrapped = await GetAsync(client, key, publicKey, how);
        if (hash == mask && label is null)
            Assert.Equal(secret, Pair.Decrypt(wrapped, RSAEncryptionPadding.CreateOaep(new HashAlgorithmName(hash.ToString().Replace("_", string.Empty, StringComparison.Ordinal)))));

        var again = await RegisterWrappedAsync(client, wrapped, privateKey, how, name + " again");
        using var got = await client.GetAsync(new GetRequest { UniqueIdentifier = again, KeyWrapType = KeyWrapType.NotWrapped });
        Assert.Equal(secret, got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());

        var other = await RegisterWrappedAsync(client, wrapped, privateKey, how with { PSource = "no such label"u8.ToArray() }, name + " with another label");
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.GetAsync(new GetRequest { UniqueIdentifier = other, KeyWrapType = KeyWrapType.NotWrapped }));
        Assert.Equal(ResultReason.CryptographicFailure, refusal.ResultReason);
    }

    private static async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> RegisterAsync(KmipClient client, RSA pair, string name, CryptographicParameters how)
    {
        // spec: KMIP 2.1 §7.18: a key wraps by Cryptographic Parameters that are among its attributes.
        var privateKey = await client.RegisterAsync(
            KmipObjects.RsaPrivate(pair), new AttributeList(KmipAttribute.Name(name + " private"), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.UnwrapKey)));
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.X_509, KeyValue = KeyValue.FromBytes(pair.ExportSubjectPublicKeyInfo()), CryptographicAlgorithm = CryptographicAlgorithm.RSA, CryptographicLength = 2048,
        };
        var publicKey = await client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.PublicKey, block), new AttributeList(KmipAttribute.Name(name + " public"), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.WrapKey), KmipAttribute.CryptographicParameters(how)));
        await client.ActivateAsync(privateKey);
        await client.ActivateAsync(publicKey);
        return (privateKey, publicKey);
    }

    private static async Task<byte[]> GetAsync(KmipClient client, UniqueIdentifier key, UniqueIdentifier under, CryptographicParameters how)
    {
        using var got = await client.GetAsync(new GetRequest
        {
            UniqueIdentifier = key,
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = under, CryptographicParameters = how },
                EncodingOption = EncodingOption.NoEncoding,
            },
        });
        var value = got.Payload.Object.KeyBlock.KeyValue!.Value;
        return (value.Wrapped ?? value.KeyMaterial.AsBytes()).ToArray();
    }

    private static Task<UniqueIdentifier> RegisterWrappedAsync(KmipClient client, byte[] wrapped, UniqueIdentifier under, CryptographicParameters how, string name) =>
        client.RegisterAsync(
            ManagedObject.FromKey(ObjectType.SymmetricKey, new KeyBlock
            {
                KeyFormatType = KeyFormatType.Raw,
                KeyValue = new KeyValue { Wrapped = wrapped },
                CryptographicAlgorithm = CryptographicAlgorithm.AES,
                CryptographicLength = 256,
                KeyWrappingData = new KeyWrappingData
                {
                    WrappingMethod = WrappingMethod.Encrypt,
                    EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = under, CryptographicParameters = how },
                    EncodingOption = EncodingOption.NoEncoding,
                },
            }),
            new AttributeList(KmipAttribute.Name(name), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
}
