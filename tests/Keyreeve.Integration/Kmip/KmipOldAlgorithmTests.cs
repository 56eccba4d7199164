using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>What only old products ask for: computed in interop groups, refused with the mode's name in others; and what is computed in none.</summary>
public sealed class KmipOldAlgorithmTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    [Theory]
    [InlineData(HashingAlgorithm.MD5, "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(HashingAlgorithm.RIPEMD_160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    public async Task Hash_WeakAlgorithm_IsComputedInInteropGroupsAlone(HashingAlgorithm algorithm, string expected)
    {
        using var old = door.Enrol("old-hash", KmipDoor.InteropGroup);
        using var strict = door.Enrol("strict-hash");
        await using var client = door.Client(old);
        await using var refused = door.Client(strict);
        var request = new HashRequest { CryptographicParameters = new CryptographicParameters { HashingAlgorithm = algorithm }, Data = DataReference.From("abc"u8.ToArray()) };
        using var hashed = await client.HashAsync(request);
        Assert.Equal(expected, Convert.ToHexStringLower(hashed.Payload.Data!.Value.Span));
        await AssertNamesModeAsync(() => refused.HashAsync(request));
    }

    [Fact]
    public async Task Mac_HmacMd5_IsThatOfTheStandardInInteropGroupsAlone()
    {
        using var old = door.Enrol("old-mac", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var key = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            KeyValue = KeyValue.FromBytes(Enumerable.Repeat((byte)0x0b, 16).ToArray()),
            CryptographicAlgorithm = CryptographicAlgorithm.HMAC_MD5,
            CryptographicLength = 128,
        };
        var masks = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify));
        var id = await client.RegisterAsync(ManagedObject.FromKey(ObjectType.SymmetricKey, key), masks);
        await client.ActivateAsync(id);
        using var mac = await client.MACAsync(new MACRequest { UniqueIdentifier = id, Data = DataReference.From("Hi There"u8.ToArray()) });
        // RFC 2202 §2, test case 1.
        Assert.Equal("9294727a3638bb1c13f48ef8158bfc9d", Convert.ToHexStringLower(mac.Payload.MACData!.Value.Span));
        using var verified = await client.MACVerifyAsync(new MACVerifyRequest { UniqueIdentifier = id, Data = DataReference.From("Hi there"u8.ToArray()), MACData = mac.Payload.MACData });
        Assert.Equal(ValidityIndicator.Invalid, verified.Payload.ValidityIndicator);

        using var strict = door.Enrol("strict-mac");
        await using var refused = door.Client(strict);
        await AssertNamesModeAsync(() => refused.RegisterAsync(ManagedObject.FromKey(ObjectType.SymmetricKey, key), masks));
    }

    [Fact]
    public async Task Sign_Md5WithRsa_IsVerifiedByOthers()
    {
        using var old = door.Enrol("old-sign", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        using var rsa = RSA.Create(2048);
        var id = await SigningKeyAsync(client, rsa);
        var parameters = new CryptographicParameters { DigitalSignatureAlgorithm = DigitalSignatureAlgorithm.MD5WithRSAEncryption };
        using var signed = await client.SignAsync(new SignRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From("abc"u8.ToArray()) });
#pragma warning disable CA5351 // What is tested is that the weak algorithm is the one that was asked for.
        Assert.True(rsa.VerifyData("abc"u8, signed.Payload.SignatureData!.Value.Span, HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1));
#pragma warning restore CA5351
    }

    [Theory]
    [InlineData(DigitalSignatureAlgorithm.DSAWithSHA256)]
    [InlineData(DigitalSignatureAlgorithm.ECDSAWithSHA256)]
    public async Task Sign_ParametersForAnotherAlgorithmThanTheKeys_IsRefusedInInteropGroupsToo(DigitalSignatureAlgorithm algorithm)
    {
        using var old = door.Enrol($"contradiction-{algorithm}", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        using var rsa = RSA.Create(2048);
        var id = await SigningKeyAsync(client, rsa);
        var parameters = new CryptographicParameters { DigitalSignatureAlgorithm = algorithm };
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.SignAsync(new SignRequest { UniqueIdentifier = id, CryptographicParameters = parameters, Data = DataReference.From("abc"u8.ToArray()) }));
        Assert.Equal(ResultReason.UnsupportedCryptographicParameters, refusal.ResultReason);
    }

    [Theory]
    [InlineData(RecommendedCurve.CURVE25519)]
    [InlineData(RecommendedCurve.CURVE448)]
    public async Task Sign_KeyForAgreementAlone_IsRefusedAsTheRequestsFault(RecommendedCurve curve)
    {
        using var old = door.Enrol($"montgomery-{curve}", KmipDoor.InteropGroup);
        await using var client = door.Client(old);
        var (privateKey, _) = await client.CreateKeyPairAsync(
            new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.EC), KmipAttribute.CryptographicDomainParameters(curve)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        await client.ActivateAsync(privateKey);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.SignAsync(new SignRequest { UniqueIdentifier = privateKey, Data = DataReference.From("abc"u8.ToArray()) }));
        Assert.Equal(ResultReason.InvalidField, refusal.ResultReason);
    }

    private static async Task<UniqueIdentifier> SigningKeyAsync(KmipClient client, RSA rsa)
    {
        var id = await client.RegisterAsync(KmipObjects.RsaPrivate(rsa), new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)));
        await client.ActivateAsync(id);
        return id;
    }

    private static async Task AssertNamesModeAsync<TResult>(Func<Task<TResult>> operation)
    {
        var refusal = await Assert.ThrowsAsync<KmipException>(operation);
        Assert.Contains("interop", refusal.ResultMessage!, StringComparison.Ordinal);
    }
}
