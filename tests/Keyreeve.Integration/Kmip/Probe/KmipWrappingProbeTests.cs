using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>Objects that leave wrapped, come back wrapped and are given in clear: every Wrapping Method, encoding and type of object.</summary>
public sealed class KmipWrappingProbeTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly WrappingMethod[] Methods = [WrappingMethod.Encrypt, WrappingMethod.MACSign, WrappingMethod.EncryptThenMACSign, WrappingMethod.MACSignThenEncrypt];
    private static readonly EncodingOption?[] Encodings = [null, EncodingOption.TTLVEncoding, EncodingOption.NoEncoding];
    private static readonly ProbeObject[] Kinds = [ProbeObject.Aes, ProbeObject.Hmac, ProbeObject.RsaPrivate, ProbeObject.RsaPublic, ProbeObject.SecretData, ProbeObject.SplitKey];

    private static readonly CryptographicParameters[] Ciphers =
    [
        new() { BlockCipherMode = BlockCipherMode.AESKeyWrapPadding },
        new() { BlockCipherMode = BlockCipherMode.GCM },
        new() { BlockCipherMode = BlockCipherMode.NISTKeyWrap },
    ];

    /// <summary>The versions that can ask for an object not wrapped.</summary>
    public static TheoryData<int, int> Versions { get; } = new([(1, 4), (2, 0), (2, 1), (3, 0)]);

    [Theory]
    [MemberData(nameof(Versions))]
    [Trait("Speed", "Slow")]
    public async Task Object_WrappedRegisteredAndUnwrapped_IsTheSame(int major, int minor)
    {
        using var certificate = door.Enrol($"wrapping-{major}-{minor}", KmipDoor.InteropGroup);
        await using var client = door.Client(certificate, new ProtocolVersion(major, minor));
        var kek = await ActiveAsync(client, KmipObjects.Aes(RandomNumberGenerator.GetBytes(32)), CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey, Ciphers);
        var mac = await ActiveAsync(client, KmipObjects.Hmac(RandomNumberGenerator.GetBytes(32)), CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify);
        foreach (var kind in Kinds)
        {
            var original = ProbeObjects.ValueOf(kind);
            var id = await client.RegisterAsync(original, Attributes);
            foreach (var method in Methods)
                foreach (var encoding in Encodings)
                    // NIST Key Wrap takes whole blocks of 8 bytes, as TTLV is; a MAC needs no cipher.
                    foreach (var cipher in method == WrappingMethod.MACSign ? Ciphers[..1] : encoding == EncodingOption.NoEncoding ? Ciphers[..2] : Ciphers)
                        await RoundTripAsync(client, id, original, new KeyWrappingSpecification
                        {
                            WrappingMethod = method,
                            EncryptionKeyInformation = method == WrappingMethod.MACSign ? null : new WrappingKey { UniqueIdentifier = kek, CryptographicParameters = cipher },
                            MACSignatureKeyInformation = method == WrappingMethod.Encrypt ? null : new WrappingKey { UniqueIdentifier = mac },
                            EncodingOption = encoding,
                        });
        }
    }

    private static AttributeList Attributes => new(KmipAttribute.CryptographicUsageMask(ProbeObjects.AllUses));

    private static async Task RoundTripAsync(KmipClient client, UniqueIdentifier id, ManagedObject original, KeyWrappingSpecification how)
    {
        using var wrapped = await client.GetAsync(new GetRequest { UniqueIdentifier = id, KeyWrappingSpecification = how });
        var block = wrapped.Payload.Object.KeyBlock;
        Assert.Equal(how.WrappingMethod, block.KeyWrappingData!.WrappingMethod);
        Assert.Equal(how.WrappingMethod != WrappingMethod.Encrypt, block.KeyWrappingData.MACSignature is { Length: > 0 });

        var copy = await client.RegisterAsync(wrapped.Payload.Object, Attributes);
        using var registered = await client.GetAsync(new GetRequest { UniqueIdentifier = copy, KeyWrapType = KeyWrapType.AsRegistered });
        Assert.Equal(block.KeyValue?.Wrapped?.ToArray(), registered.Payload.Object.KeyBlock.KeyValue?.Wrapped?.ToArray());

        using var clear = await client.GetAsync(new GetRequest { UniqueIdentifier = copy, KeyWrapType = KeyWrapType.NotWrapped });
        Assert.Equal(original.ObjectType, clear.Payload.Object.ObjectType);
        Assert.Equal(original.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray(), clear.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray());

        using var again = await client.GetAsync(new GetRequest { UniqueIdentifier = copy, KeyWrapType = KeyWrapType.NotWrapped, KeyWrappingSpecification = how });
        Assert.Equal(how.WrappingMethod, again.Payload.Object.KeyBlock.KeyWrappingData!.WrappingMethod);
    }

    private static async Task<UniqueIdentifier> ActiveAsync(KmipClient client, ManagedObject value, CryptographicUsageMask mask, params CryptographicParameters[] ways)
    {
        // spec: KMIP 2.1 §7.18: parameters of a wrapping key are chosen among those that are its attribute.
        var id = await client.RegisterAsync(value, new AttributeList([KmipAttribute.CryptographicUsageMask(mask), .. ways.Select(w => KmipAttribute.CryptographicParameters(w))]));
        await client.ActivateAsync(id);
        return id;
    }
}
