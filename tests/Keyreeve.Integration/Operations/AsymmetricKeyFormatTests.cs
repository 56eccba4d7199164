using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;
using static Keyreeve.Integration.Operations.RegisteredKeys;

namespace Keyreeve.Integration.Operations;

/// <summary>Keys of pairs, registered and made: every format, halves that fit, and unsound keys refused.</summary>
public sealed class AsymmetricKeyFormatTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData(KeyFormatType.PKCS1)]
    [InlineData(KeyFormatType.PKCS8)]
    [InlineData(KeyFormatType.TransparentRSAPrivateKey)]
    public async Task Get_RsaPrivateKey_InEveryFormat(KeyFormatType registered)
    {
        using var rsa = RsaPrivateKey.Generate(2048);
        using var pkcs8 = rsa.ExportPkcs8();
        var source = await engine.RegisterKeyAsync(ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, BytesOf(pkcs8)), CryptographicAlgorithm.RSA);
        using var inFormat = await engine.RunAsync(new GetOperation(), new GetRequest { Id = source, KeyFormatType = registered });
        var id = await engine.RegisterKeyAsync(ObjectType.PrivateKey, CopyOf(inFormat.Value.KeyBlock!), CryptographicAlgorithm.RSA);

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
        var source = await engine.RegisterKeyAsync(ObjectType.PrivateKey, Block(KeyFormatType.PKCS8, BytesOf(pkcs8)), CryptographicAlgorithm.ECDSA);
        using var inFormat = await engine.RunAsync(new GetOperation(), new GetRequest { Id = source, KeyFormatType = registered });
        var id = await engine.RegisterKeyAsync(ObjectType.PrivateKey, CopyOf(inFormat.Value.KeyBlock!), CryptographicAlgorithm.ECDSA);

        using var asTransparent = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.TransparentECPrivateKey });

        Assert.Equal(RecommendedCurve.P384, asTransparent.Value.KeyBlock!.Transparent!.RecommendedCurve);
        Assert.Equal(BytesOf(scalar).AsSpan().TrimStart((byte)0).ToArray(), BytesOf(asTransparent.Value.KeyBlock.Transparent.Components[KeyComponent.D]));
        Assert.Equal(AttributeValue.Of(384), (await engine.AttributesOfAsync(id)).Find(AttributeName.CryptographicLength));
    }

    [Fact]
    public async Task Get_EcPublicKey_CompressedAsAsked()
    {
        using var ec = EcPrivateKey.Generate(EllipticCurve.P256);
        var id = await engine.RegisterKeyAsync(
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

    [Theory]
    [InlineData(KeyFormatType.TransparentDSAPrivateKey, CryptographicAlgorithm.DSA)]
    [InlineData(KeyFormatType.TransparentDHPrivateKey, CryptographicAlgorithm.DH)]
    [Trait("Attack", "42")]
    public async Task Register_TransparentKeyOfDsaOrDh_IsKeptInInteropGroupsIfWhole(KeyFormatType format, CryptographicAlgorithm algorithm)
    {
        using var whole = DiscreteLogarithmKey(format, algorithm, KeyComponent.None);
        using var partial = DiscreteLogarithmKey(format, algorithm, KeyComponent.X);
        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new RegisterOperation(), Wish(whole, null)));
        Assert.Equal(KeyreeveError.MissingField, await engine.RefusedAsync(new RegisterOperation(), Wish(partial, EngineFixture.InteropGroup)));
        if (algorithm == CryptographicAlgorithm.DSA)
        {
            // Its numbers are looked into, and these are none of DSA.
            Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new RegisterOperation(), Wish(whole, EngineFixture.InteropGroup)));
            return;
        }

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
}
