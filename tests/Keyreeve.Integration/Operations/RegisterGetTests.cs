using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;
using static Keyreeve.Integration.Operations.RegisteredKeys;

namespace Keyreeve.Integration.Operations;

/// <summary>What is registered comes back as it was; what may not leave does not.</summary>
public sealed class RegisterGetTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData(KeyFormatType.Raw)]
    [InlineData(KeyFormatType.Opaque)]
    [InlineData(KeyFormatType.TransparentSymmetricKey)]
    public async Task Get_SymmetricKey_AsItWasRegistered(KeyFormatType format)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var id = await engine.RegisterKeyAsync(ObjectType.SymmetricKey, SymmetricBlock(key, format), CryptographicAlgorithm.AES);

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var raw = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.Raw });

        Assert.Equal(format, got.Value.KeyBlock!.KeyFormatType);
        Assert.Equal(key, BytesOf(got.Value.KeyBlock.Material ?? got.Value.KeyBlock.Transparent!.Components[KeyComponent.Key]));
        Assert.Equal(key, BytesOf(raw.Value.KeyBlock!.Material!));
        Assert.Equal((CryptographicAlgorithm.AES, 256), (raw.Value.KeyBlock.CryptographicAlgorithm, raw.Value.KeyBlock.CryptographicLength));
    }

    [Fact]
    public async Task Get_FirstTime_IsNoLongerFreshAfterwards()
    {
        var id = await engine.CreateAesAsync();

        (await engine.RunAsync(new GetOperation(), new GetRequest { Id = id })).Dispose();

        // spec: KMIP 2.1 §4.24 "The server SHALL change the attribute value to False as soon as the object has been served"
        Assert.Equal(AttributeValue.Of(value: false), (await engine.AttributesOfAsync(id)).Find(AttributeName.Fresh));
    }

    [Fact]
    public async Task Register_MongoDb_SecretDataWithoutNameOrMask()
    {
        var seed = RandomNumberGenerator.GetBytes(96);
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.SecretData,
            SecretDataType = SecretDataType.Seed,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Opaque, Material = SecretBytes.CopyFrom(seed) },
        };
        var attributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of(0));
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = attributes, Value = value })).Id;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(id));

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });

        Assert.Equal(SecretDataType.Seed, got.Value.SecretDataType);
        Assert.Equal(KeyFormatType.Opaque, got.Value.KeyBlock!.KeyFormatType);
        Assert.Equal(seed, BytesOf(got.Value.KeyBlock.Material!));
    }

    [Fact]
    public async Task Register_KeyOfAnotherLength_IsRefused()
    {
        using var value = ValueOf(ObjectType.SymmetricKey, SymmetricBlock(new byte[16], KeyFormatType.Raw));
        var request = new RegisterRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(256), Value = value };

        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new RegisterOperation(), request));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_SensitiveOrNotExtractable_IsRefusedToEverybody()
    {
        var kek = await engine.CreateWrappingKeyAsync();
        var sensitive = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Sensitive, AttributeValue.Of(value: true)));
        var kept = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Extractable, AttributeValue.Of(value: false)));
        var wrapping = SpecificationOf(kek);

        Assert.Equal(KeyreeveError.Sensitive, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = sensitive }));
        (await engine.RunAsync(new GetOperation(), new GetRequest { Id = sensitive, KeyWrappingSpecification = wrapping })).Dispose();
        Assert.Equal(KeyreeveError.NotExtractable, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = kept }));
        Assert.Equal(
            KeyreeveError.NotExtractable, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = kept, KeyWrappingSpecification = wrapping }));
    }

    [Fact]
    public async Task Register_WithoutValue_KeepsWhereItIs()
    {
        var attributes = Attributes.Aes(128).With(AttributeName.KeyValueLocation, AttributeValue.Of(
            new StructureField(AttributeField.KeyValueLocationValue, AttributeValue.Of("HSM-13345")),
            new StructureField(AttributeField.KeyValueLocationType, new EnumerationValue(1))));
        using var value = ValueOf(ObjectType.SymmetricKey, new KeyBlock { KeyFormatType = KeyFormatType.Raw });
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Value = value })).Id;

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });

        Assert.Null(got.Value.KeyBlock!.Material);
        Assert.Equal(AttributeValue.Of(value: false), (await engine.AttributesOfAsync(id)).Find(AttributeName.KeyValuePresent));
        Assert.False((await engine.AttributesOfAsync(id)).Has(AttributeName.Digest));
    }

    [Fact]
    public async Task Register_Certificate_TellsWhatItSays()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=KMIP,OU=OASIS,O=\"Test, Ltd\",C=US", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(engine.Time.GetUtcNow().AddDays(-1), engine.Time.GetUtcNow().AddDays(1));
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.Certificate, CertificateType = CertificateType.X509, Bytes = SecretBytes.CopyFrom(certificate.RawData),
        };

        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = AttributeSet.Empty, Value = value })).Id;

        var attributes = await engine.AttributesOfAsync(id);
        Assert.Equal(AttributeValue.Of(certificate.RawData.Length), attributes.Find(AttributeName.CertificateLength));
        Assert.Equal(AttributeValue.Of(CryptographicAlgorithm.EC), attributes.Find(AttributeName.CryptographicAlgorithm));
        Assert.Equal(AttributeValue.Of(256), attributes.Find(AttributeName.CryptographicLength));
        Assert.Equal(AttributeValue.Of(DigitalSignatureAlgorithm.ECDSAWithSHA256), attributes.Find(AttributeName.DigitalSignatureAlgorithm));
        Assert.Equal(
            AttributeValue.Of(@"CN=KMIP,OU=OASIS,O=Test\, Ltd,C=US"),
            ((StructureValue)attributes.Find(AttributeName.CertificateSubject)!)[AttributeField.CertificateSubjectDistinguishedName]);
        Assert.Equal(AttributeValue.Of("KMIP"), attributes.Find(AttributeName.CertificateSubjectCN));
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.Equal(certificate.RawData, BytesOf(got.Value.Bytes!));

        var found = await engine.RunAsync(new LocateOperation(), new LocateRequest { Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.CertificateSubjectCN, AttributeValue.Of("KMIP"))] });
        Assert.Equal([id], found.Ids);
    }

    [Fact]
    public async Task Register_NoCertificate_IsRefused()
    {
        using var value = new ObjectValue { ObjectType = ObjectType.Certificate, CertificateType = CertificateType.X509, Bytes = SecretBytes.CopyFrom([1, 2, 3]) };

        Assert.Equal(
            KeyreeveError.InvalidField,
            await engine.RefusedAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = AttributeSet.Empty, Value = value }));
    }

    [Fact]
    public async Task Register_OtherObjects_ComeBackWhole()
    {
        foreach (var value in new[]
        {
            new ObjectValue { ObjectType = ObjectType.OpaqueObject, OpaqueDataType = 0x80000001, Bytes = SecretBytes.CopyFrom([1, 2, 3]) },
            new ObjectValue { ObjectType = ObjectType.PGPKey, PGPKeyVersion = 4, KeyBlock = Block(KeyFormatType.Raw, [4, 5, 6]) },
            new ObjectValue
            {
                ObjectType = ObjectType.SplitKey,
                SplitKey = new SplitKeyDescription(5, 2, 3, SplitKeyMethod.PolynomialSharingPrimeField, System.Numerics.BigInteger.Pow(2, 127) - 1),
                KeyBlock = new KeyBlock
                {
                    KeyFormatType = KeyFormatType.Raw,
                    CryptographicAlgorithm = CryptographicAlgorithm.AES,
                    CryptographicLength = 128,
                    Material = SecretBytes.CopyFrom(new byte[16]),
                },
            },
        })
        {
            using (value)
            {
                var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = value.ObjectType, Attributes = AttributeSet.Empty, Value = value })).Id;
                using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
                Assert.Equal((value.OpaqueDataType, value.PGPKeyVersion, value.SplitKey), (got.Value.OpaqueDataType, got.Value.PGPKeyVersion, got.Value.SplitKey));
                Assert.Equal(BytesOf(value.Bytes ?? value.KeyBlock!.Material!), BytesOf(got.Value.Bytes ?? got.Value.KeyBlock!.Material!));
            }
        }
    }

    [Fact]
    public async Task Get_FormatThatTheKeyHasNot_IsRefused()
    {
        var id = await engine.CreateAesAsync();

        Assert.Equal(
            KeyreeveError.KeyFormatTypeNotSupported, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.PKCS8 }));
    }
}
