using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class RegisterGetTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly CryptographicUsageMask Wraps = CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey;

    [Theory]
    [InlineData(KeyFormatType.Raw)]
    [InlineData(KeyFormatType.Opaque)]
    [InlineData(KeyFormatType.TransparentSymmetricKey)]
    public async Task Get_SymmetricKey_AsItWasRegistered(KeyFormatType format)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var id = await RegisterKeyAsync(ObjectType.SymmetricKey, SymmetricBlock(key, format), CryptographicAlgorithm.AES);

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

    [Theory]
    [InlineData(KeyFormatType.PKCS1)]
    [InlineData(KeyFormatType.PKCS8)]
    [InlineData(KeyFormatType.TransparentRSAPrivateKey)]
    public async Task Get_RsaPrivateKey_InEveryFormat(KeyFormatType registered)
    {
        using var rsa = RsaPrivateKey.Generate(2048);
        using var pkcs8 = rsa.ExportPkcs8();
        var source = await RegisterKeyAsync(ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, BytesOf(pkcs8)), CryptographicAlgorithm.RSA);
        using var inFormat = await engine.RunAsync(new GetOperation(), new GetRequest { Id = source, KeyFormatType = registered });
        var id = await RegisterKeyAsync(ObjectType.PrivateKey, CopyOf(inFormat.Value.KeyBlock!), CryptographicAlgorithm.RSA);

        using var asRegistered = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var asPkcs8 = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.PKCS8 });

        Assert.Equal(registered, asRegistered.Value.KeyBlock!.KeyFormatType);
        Assert.Equal(BytesOf(pkcs8), BytesOf(asPkcs8.Value.KeyBlock!.Material!));
        Assert.Equal(AttributeValue.Of(2048), (await engine.AttributesOfAsync(id)).Find(AttributeName.CryptographicLength));
    }

    [Theory]
    [InlineData(KeyFormatType.ECPrivateKey)]
    [InlineData(KeyFormatType.PKCS8)]
    [InlineData(KeyFormatType.TransparentECPrivateKey)]
    [InlineData(KeyFormatType.TransparentECDSAPrivateKey)]
    public async Task Get_EcPrivateKey_InEveryFormat(KeyFormatType registered)
    {
        using var ec = EcPrivateKey.Generate(EllipticCurve.P384);
        using var pkcs8 = ec.ExportPkcs8();
        using var scalar = ec.ExportScalar();
        var source = await RegisterKeyAsync(ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, BytesOf(pkcs8)), CryptographicAlgorithm.ECDSA);
        using var inFormat = await engine.RunAsync(new GetOperation(), new GetRequest { Id = source, KeyFormatType = registered });
        var id = await RegisterKeyAsync(ObjectType.PrivateKey, CopyOf(inFormat.Value.KeyBlock!), CryptographicAlgorithm.ECDSA);

        using var asTransparent = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.TransparentECPrivateKey });

        Assert.Equal(RecommendedCurve.P384, asTransparent.Value.KeyBlock!.Transparent!.RecommendedCurve);
        Assert.Equal(BytesOf(scalar).AsSpan().TrimStart((byte)0).ToArray(), BytesOf(asTransparent.Value.KeyBlock.Transparent.Components[KeyComponent.D]));
        Assert.Equal(AttributeValue.Of(384), (await engine.AttributesOfAsync(id)).Find(AttributeName.CryptographicLength));
    }

    [Fact]
    public async Task Get_EcPublicKey_CompressedAsAsked()
    {
        using var ec = EcPrivateKey.Generate(EllipticCurve.P256);
        var id = await RegisterKeyAsync(
            ObjectType.PublicKey, Block(KeyFormatType.X509, ec.PublicKey.ExportSubjectPublicKeyInfo()), CryptographicAlgorithm.EC);

        using var got = await engine.RunAsync(
            new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.TransparentECPublicKey, KeyCompressionType = 2 });

        var compressed = BytesOf(got.Value.KeyBlock!.Transparent!.Components[KeyComponent.QString]);
        Assert.Equal(33, compressed.Length);
        using var again = EcPublicKey.ImportPoint(EllipticCurve.P256, compressed);
        Assert.Equal(ec.PublicKey, again);
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.RSA, RecommendedCurve.NotSet, 2048)]
    [InlineData(CryptographicAlgorithm.EC, RecommendedCurve.P521, 521)]
    [InlineData(CryptographicAlgorithm.EC, RecommendedCurve.SECP256K1, 256)]
    [InlineData(CryptographicAlgorithm.ECDH, RecommendedCurve.CURVE25519, 256)]
    [InlineData(CryptographicAlgorithm.Ed25519, RecommendedCurve.NotSet, 256)]
    public async Task CreateKeyPair_HalvesAreLinkedAndFit(CryptographicAlgorithm algorithm, RecommendedCurve curve, int lengthInBits)
    {
        var attributes = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        if (algorithm == CryptographicAlgorithm.RSA) attributes = attributes.With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits));
        if (curve != RecommendedCurve.NotSet)
        {
            attributes = attributes.With(AttributeName.CryptographicDomainParameters, AttributeValue.Of(
                new StructureField(AttributeField.RecommendedCurve, AttributeValue.Of(curve))));
        }

        var pair = await engine.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest { CommonAttributes = attributes });

        var privateKey = await engine.AttributesOfAsync(pair.PrivateKeyId);
        var publicKey = await engine.AttributesOfAsync(pair.PublicKeyId);
        Assert.Equal(LinkOf(LinkType.PublicKeyLink, pair.PublicKeyId), privateKey.Find(AttributeName.Link));
        Assert.Equal(LinkOf(LinkType.PrivateKeyLink, pair.PrivateKeyId), publicKey.Find(AttributeName.Link));
        Assert.Equal(AttributeValue.Of(lengthInBits), privateKey.Find(AttributeName.CryptographicLength));
        (await engine.RunAsync(new GetOperation(), new GetRequest { Id = pair.PrivateKeyId })).Dispose();
        using var spki = await engine.RunAsync(new GetOperation(), new GetRequest { Id = pair.PublicKeyId, KeyFormatType = KeyFormatType.X509 });
        Assert.NotEmpty(BytesOf(spki.Value.KeyBlock!.Material!));
    }

    [Fact]
    public async Task CreateKeyPair_Rsa_EncryptsAndDecryptsWithOaep()
    {
        var usage = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt)));
        var pair = await engine.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = usage
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.RSA))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(2048))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        });
        var parameters = (StructureValue)AttributeValue.Of(
            new StructureField(AttributeField.PaddingMethod, AttributeValue.Of(PaddingMethod.OAEP)),
            new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256)),
            new StructureField(AttributeField.MaskGeneratorHashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256)),
            new StructureField(AttributeField.PSource, AttributeValue.Of("label"u8)));

        var encrypted = await engine.RunAsync(
            new EncryptOperation(), new EncryptRequest { Id = pair.PublicKeyId, CryptographicParameters = parameters, Data = "hello"u8.ToArray() });
        var clear = await engine.RunAsync(
            new DecryptOperation(), new DecryptRequest { Id = pair.PrivateKeyId, CryptographicParameters = parameters, Data = encrypted.Data });

        Assert.Equal("hello"u8.ToArray(), clear.Data.ToArray());
        Assert.Equal(
            KeyreeveError.InvalidObjectType,
            await engine.RefusedAsync(new DecryptOperation(), new DecryptRequest { Id = pair.PublicKeyId, CryptographicParameters = parameters, Data = encrypted.Data }));
        Assert.Equal(
            KeyreeveError.RefusedByMode,
            await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest
            {
                Id = pair.PublicKeyId, CryptographicParameters = Attributes.Parameters(BlockCipherMode.NotSet, PaddingMethod.PKCS1V15), Data = new byte[5],
            }));
    }

    [Fact]
    [Trait("Attack", "42")]
    public async Task Register_UnsoundKeys_AreRefused()
    {
        using var rsa1024 = RSA.Create(1024);
        using var explicitCurve = ECDsa.Create();
        explicitCurve.GenerateKey(ECCurve.NamedCurves.nistP256);
        var parameters = explicitCurve.ExportExplicitParameters(includePrivateParameters: false);
        using var withExplicitCurve = ECDsa.Create(parameters);
        var offCurve = new byte[65];
        offCurve[0] = 4;
        offCurve[64] = 1;

        foreach (var (objectType, block, algorithm, expected) in new[]
        {
            (ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, rsa1024.ExportPkcs8PrivateKey()), CryptographicAlgorithm.RSA, KeyreeveError.RefusedByMode),
            (ObjectType.PublicKey, Block(KeyFormatType.PKCS1, rsa1024.ExportRSAPublicKey()), CryptographicAlgorithm.RSA, KeyreeveError.RefusedByMode),
            (ObjectType.PublicKey, Block(KeyFormatType.X509, withExplicitCurve.ExportSubjectPublicKeyInfo()), CryptographicAlgorithm.EC, KeyreeveError.InvalidField),
            (ObjectType.PublicKey, TransparentPoint(offCurve), CryptographicAlgorithm.EC, KeyreeveError.InvalidField),
            (ObjectType.PublicKey, EvenExponent(), CryptographicAlgorithm.RSA, KeyreeveError.InvalidField),
            (ObjectType.PrivateKey, HalvesThatDoNotMatch(), CryptographicAlgorithm.EC, KeyreeveError.InvalidField),
            (ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, [1, 2, 3]), CryptographicAlgorithm.RSA, KeyreeveError.InvalidField),
            (ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, [1, 2, 3]), CryptographicAlgorithm.DSA, KeyreeveError.RefusedByMode),
        })
        {
            using var value = ValueOf(objectType, block);
            var attributes = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
            Assert.Equal(expected, await engine.RefusedAsync(new RegisterOperation(), new RegisterRequest { ObjectType = objectType, Attributes = attributes, Value = value }));
        }
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_SensitiveOrNotExtractable_IsRefusedToEverybody()
    {
        var kek = await CreateWrappingKeyAsync();
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
    public async Task Get_Wrapped_AsRfc3394HasIt()
    {
        // RFC 3394 §4.1, the vector that the standard's own cases use.
        var kek = await RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("000102030405060708090A0B0C0D0E0F"), KeyFormatType.Raw), CryptographicAlgorithm.AES,
            WrappingAttributes(BlockCipherMode.NISTKeyWrap));
        var key = await RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("00112233445566778899AABBCCDDEEFF"), KeyFormatType.Raw), CryptographicAlgorithm.AES);

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(kek) });

        Assert.Equal("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", Convert.ToHexString(BytesOf(got.Value.KeyBlock!.Material!)));
        Assert.Equal(kek.ToString(), got.Value.KeyBlock.Wrapping!.EncryptionKey!.UniqueIdentifier);
    }

    [Fact]
    public async Task Register_Wrapped_IsGivenAsRegisteredOrUnwrapped()
    {
        var kek = await RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(Convert.FromHexString("000102030405060708090A0B0C0D0E0F"), KeyFormatType.Raw), CryptographicAlgorithm.AES,
            WrappingAttributes(BlockCipherMode.NISTKeyWrap));
        var block = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
            CryptographicLength = 128,
            Material = SecretBytes.CopyFrom(Convert.FromHexString("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")),
            Wrapping = new KeyWrappingData
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKey = new WrappingKeyInformation(kek.ToString(), Attributes.Parameters(BlockCipherMode.NISTKeyWrap)),
                EncodingOption = EncodingOption.NoEncoding,
            },
        };
        var id = await RegisterKeyAsync(ObjectType.SymmetricKey, block, CryptographicAlgorithm.AES);

        using var asRegistered = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrapType = KeyWrapType.AsRegistered });
        using var clear = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrapType = KeyWrapType.NotWrapped });

        Assert.Equal("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", Convert.ToHexString(BytesOf(asRegistered.Value.KeyBlock!.Material!)));
        Assert.Equal(EncodingOption.NoEncoding, asRegistered.Value.KeyBlock.Wrapping!.EncodingOption);
        Assert.Null(clear.Value.KeyBlock!.Wrapping);
        Assert.Equal("00112233445566778899AABBCCDDEEFF", Convert.ToHexString(BytesOf(clear.Value.KeyBlock.Material!)));
        // spec: KMIP 2.1 §6.1.43 "the server SHALL create a Link attribute of Link Type Wrapping Key Link"
        Assert.Equal(LinkOf(LinkType.WrappingKeyLink, kek), (await engine.AttributesOfAsync(id)).Find(AttributeName.Link));
    }

    [Theory]
    [InlineData(BlockCipherMode.NISTKeyWrap)]
    [InlineData(BlockCipherMode.AESKeyWrapPadding)]
    public async Task Get_WrappedPrivateKey_UnwrapsElsewhere(BlockCipherMode mode)
    {
        var kekBytes = RandomNumberGenerator.GetBytes(32);
        var kek = await RegisterKeyAsync(
            ObjectType.SymmetricKey, SymmetricBlock(kekBytes, KeyFormatType.Raw), CryptographicAlgorithm.AES, WrappingAttributes(mode));
        var secret = RandomNumberGenerator.GetBytes(mode == BlockCipherMode.NISTKeyWrap ? 40 : 37);
        using var value = ValueOf(ObjectType.SecretData, Block(KeyFormatType.Raw, secret));
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = AttributeSet.Empty, Value = value })).Id;

        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrappingSpecification = SpecificationOf(kek, mode) });

        using var kekSecret = SecretBytes.CopyFrom(kekBytes);
        var wrapped = BytesOf(got.Value.KeyBlock!.Material!);
        SecretBytes? unwrapped;
        Assert.True(mode == BlockCipherMode.NISTKeyWrap
            ? AesKeyWrap.TryUnwrap(kekSecret, wrapped, out unwrapped)
            : AesKeyWrapWithPadding.TryUnwrap(kekSecret, wrapped, out unwrapped));
        using (unwrapped) Assert.Equal(secret, BytesOf(unwrapped!));
    }

    [Fact]
    public async Task Get_WrappedByAKeyThatMayNot_IsRefused()
    {
        var key = await engine.CreateAesAsync();
        var notForWrapping = await engine.CreateAesAsync();
        var otherParameters = await CreateWrappingKeyAsync(BlockCipherMode.AESKeyWrapPadding);
        var strangers = await engine.CreateAesAsync(principal: engine.Stranger);

        Assert.Equal(
            KeyreeveError.IncompatibleUsageMask,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(notForWrapping) }));
        // spec: KMIP 2.1 §7.18 "if no match is found, then an error is returned"
        Assert.Equal(
            KeyreeveError.CryptographicParametersNotSupported,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(otherParameters) }));
        Assert.Equal(
            KeyreeveError.WrappingKeyNotFound,
            await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = key, KeyWrappingSpecification = SpecificationOf(strangers) }));
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

    [Theory]
    [InlineData(KeyFormatType.TransparentDSAPrivateKey, CryptographicAlgorithm.DSA, KeyComponent.X)]
    [InlineData(KeyFormatType.TransparentDHPrivateKey, CryptographicAlgorithm.DH, KeyComponent.X)]
    [Trait("Attack", "42")]
    public async Task Register_TransparentKeyOfDsaOrDh_IsKeptInInteropGroupsIfWhole(KeyFormatType format, CryptographicAlgorithm algorithm, KeyComponent missing)
    {
        using var whole = DiscreteLogarithmKey(format, algorithm, KeyComponent.None);
        using var partial = DiscreteLogarithmKey(format, algorithm, missing);
        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new RegisterOperation(), Wish(whole, null)));
        Assert.Equal(KeyreeveError.MissingField, await engine.RefusedAsync(new RegisterOperation(), Wish(partial, EngineFixture.InteropGroup)));
        var id = (await engine.RunAsync(new RegisterOperation(), Wish(whole, EngineFixture.InteropGroup))).Id;
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.True(got.Value.KeyBlock!.Transparent!.Components[KeyComponent.G].FixedTimeEquals([2]));

        static RegisterRequest Wish(ObjectValue value, GroupName? group) =>
            new() { ObjectType = ObjectType.PrivateKey, Attributes = AttributeSet.Empty, Value = value, Group = group };
    }

    private static ObjectValue DiscreteLogarithmKey(KeyFormatType format, CryptographicAlgorithm algorithm, KeyComponent without) => new()
    {
        ObjectType = ObjectType.PrivateKey,
        KeyBlock = new KeyBlock
        {
            KeyFormatType = format,
            CryptographicAlgorithm = algorithm,
            CryptographicLength = 2048,
            Transparent = new TransparentKey(format, new[] { KeyComponent.P, KeyComponent.Q, KeyComponent.G, KeyComponent.X }
                .Where(component => component != without)
                .ToDictionary(component => component, component => SecretBytes.CopyFrom(component == KeyComponent.G ? [2] : [7, (byte)component]))),
        },
    };

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

    private static AttributeValue LinkOf(LinkType type, UniqueIdentifier id) => AttributeValue.Of(
        new StructureField(AttributeField.LinkType, AttributeValue.Of(type)),
        new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(id.ToString())));

    private static KeyBlock Block(KeyFormatType format, byte[] bytes) => new() { KeyFormatType = format, Material = SecretBytes.CopyFrom(bytes) };

    private static KeyBlock SymmetricBlock(byte[] key, KeyFormatType format) => new()
    {
        KeyFormatType = format,
        CryptographicAlgorithm = CryptographicAlgorithm.AES,
        CryptographicLength = key.Length * 8,
        Material = format == KeyFormatType.TransparentSymmetricKey ? null : SecretBytes.CopyFrom(key),
        Transparent = format != KeyFormatType.TransparentSymmetricKey
            ? null
            : new TransparentKey(format, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.Key] = SecretBytes.CopyFrom(key) }),
    };

    private static KeyBlock CopyOf(KeyBlock block) => new()
    {
        KeyFormatType = block.KeyFormatType,
        Material = block.Material?.Clone(),
        Transparent = block.Transparent is not { } transparent
            ? null
            : new TransparentKey(transparent.KeyFormatType, transparent.Components.ToDictionary(c => c.Key, c => c.Value.Clone())) { RecommendedCurve = transparent.RecommendedCurve },
    };

    private static KeyBlock TransparentPoint(byte[] point) => new()
    {
        KeyFormatType = KeyFormatType.TransparentECPublicKey,
        Transparent = new TransparentKey(
            KeyFormatType.TransparentECPublicKey, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.QString] = SecretBytes.CopyFrom(point) })
        {
            RecommendedCurve = RecommendedCurve.P256,
        },
    };

    private static KeyBlock EvenExponent()
    {
        var modulus = RandomNumberGenerator.GetBytes(256);
        modulus[0] |= 0x80;
        modulus[^1] |= 1;
        return new KeyBlock
        {
            KeyFormatType = KeyFormatType.TransparentRSAPublicKey,
            Transparent = new TransparentKey(KeyFormatType.TransparentRSAPublicKey, new Dictionary<KeyComponent, SecretBytes>
            {
                [KeyComponent.Modulus] = SecretBytes.CopyFrom(modulus),
                [KeyComponent.PublicExponent] = SecretBytes.CopyFrom([1, 0, 0]),
            }),
        };
    }

    private static KeyBlock HalvesThatDoNotMatch()
    {
        using var first = EcPrivateKey.Generate(EllipticCurve.P256);
        using var second = EcPrivateKey.Generate(EllipticCurve.P256);
        using var sec1 = first.ExportSec1();
        var mixed = BytesOf(sec1);
        second.PublicKey.ExportPoint().CopyTo(mixed, mixed.Length - 65);
        return Block(KeyFormatType.ECPrivateKey, mixed);
    }

    private static ObjectValue ValueOf(ObjectType objectType, KeyBlock block) => new() { ObjectType = objectType, KeyBlock = block };

    private static KeyWrappingSpecification SpecificationOf(UniqueIdentifier kek, BlockCipherMode mode = BlockCipherMode.NISTKeyWrap) => new()
    {
        WrappingMethod = WrappingMethod.Encrypt,
        EncryptionKey = new WrappingKeyInformation(kek.ToString(), Attributes.Parameters(mode)),
        EncodingOption = EncodingOption.NoEncoding,
    };

    private AttributeSet WrappingAttributes(BlockCipherMode mode) => AttributeSet.Empty
        .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)Wraps))
        .With(AttributeName.CryptographicParameters, Attributes.Parameters(mode))
        .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow()));

    private static byte[] BytesOf(SecretBytes secret)
    {
        using var lease = secret.Reveal();
        return lease.Span.ToArray();
    }

    private async Task<UniqueIdentifier> CreateWrappingKeyAsync(BlockCipherMode mode = BlockCipherMode.NISTKeyWrap) =>
        (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(usage: Wraps).With(AttributeName.CryptographicParameters, Attributes.Parameters(mode))
                .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        })).Id;

    private async Task<UniqueIdentifier> RegisterKeyAsync(ObjectType objectType, KeyBlock block, CryptographicAlgorithm algorithm, AttributeSet? more = null)
    {
        using var value = ValueOf(objectType, block);
        var attributes = (more ?? AttributeSet.Empty).With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = objectType, Attributes = attributes, Value = value })).Id;
    }
}
