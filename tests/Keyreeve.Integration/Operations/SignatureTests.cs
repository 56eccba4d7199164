using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Sign and Signature Verify: each scheme with .NET as the other side, and what strict groups refuse.</summary>
public sealed class SignatureTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(100);

    public static TheoryData<HashingAlgorithm, int> Hashes { get; } = new()
    {
        { HashingAlgorithm.SHA256, 32 },
        { HashingAlgorithm.SHA384, 48 },
        { HashingAlgorithm.SHA512, 64 },
    };

    [Theory]
    [MemberData(nameof(Hashes))]
    public async Task Sign_RsaInEachWay_DotNetFindsItGenuine(HashingAlgorithm hash, int saltSizeInBytes)
    {
        var (privateKey, publicKey) = await CreateRsaAsync(EngineFixture.InteropGroup);
        using var rsa = await RsaOfAsync(publicKey);
        var name = NameOf(hash);

        var pss = await SignAsync(privateKey, Parameters(hash, PaddingMethod.PSS));
        var pkcs1 = await SignAsync(privateKey, Parameters(hash, PaddingMethod.PKCS1V15));
        var shortSalt = await SignAsync(privateKey, Parameters(hash, PaddingMethod.PSS, saltLength: 8));

        Assert.True(rsa.VerifyData(Message, pss, name, RSASignaturePadding.Pss));
        Assert.True(rsa.VerifyData(Message, pkcs1, name, RSASignaturePadding.Pkcs1));
        // Whoever states no length of salt takes any; whoever states one takes that.
        Assert.True(await IsValidAsync(publicKey, Parameters(hash, PaddingMethod.PSS), shortSalt));
        Assert.True(await IsValidAsync(publicKey, Parameters(hash, PaddingMethod.PSS, saltLength: 8), shortSalt));
        Assert.False(await IsValidAsync(publicKey, Parameters(hash, PaddingMethod.PSS, saltLength: saltSizeInBytes), shortSalt));
        Assert.False(await IsValidAsync(publicKey, Parameters(hash, PaddingMethod.PKCS1V15), pss));
    }

    [Theory]
    [MemberData(nameof(Hashes))]
    public async Task Sign_DigestInPlaceOfTheMessage_IsTheSameSignature(HashingAlgorithm hash, int digestSizeInBytes)
    {
        var (privateKey, publicKey) = await CreateRsaAsync(EngineFixture.InteropGroup);
        var parameters = Parameters(hash, PaddingMethod.PKCS1V15);
        var digest = CryptographicOperations.HashData(NameOf(hash), Message);

        var signed = (await engine.RunAsync(new SignOperation(), new SignRequest { Id = privateKey, CryptographicParameters = parameters, DigestedData = digest })).SignatureData!.Value;

        Assert.Equal(await SignAsync(privateKey, parameters), signed.ToArray());
        Assert.True((await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest
        {
            Id = publicKey, CryptographicParameters = parameters, DigestedData = digest, SignatureData = signed,
        })).IsValid);
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(
            new SignOperation(), new SignRequest { Id = privateKey, CryptographicParameters = parameters, DigestedData = new byte[digestSizeInBytes - 1] }));
    }

    [Fact]
    [Trait("Attack", "43")]
    public async Task SignatureVerify_EcdsaSignatureWrittenOtherwise_IsInvalid()
    {
        var (privateKey, publicKey) = await CreateEcAsync(RecommendedCurve.P256);
        var signature = await SignAsync(privateKey, null);
        byte[] longForm = [0x30, 0x81, signature[1], .. signature.AsSpan(2)];
        byte[] trailing = [.. signature, 0];

        Assert.True(await IsValidAsync(publicKey, null, signature));
        Assert.True(await IsValidAsync(publicKey, Parameters(HashingAlgorithm.SHA256), signature));
        Assert.False(await IsValidAsync(publicKey, null, longForm));
        Assert.False(await IsValidAsync(publicKey, null, trailing));
        Assert.False(await IsValidAsync(publicKey, Parameters(HashingAlgorithm.SHA384), signature));
    }

    [Fact]
    public async Task Sign_InParts_IsTheSignatureOfTheWhole()
    {
        var (privateKey, publicKey) = await CreateEcAsync(RecommendedCurve.P384);
        var first = await engine.RunAsync(new SignOperation(), new SignRequest { Id = privateKey, Data = Message.AsMemory(0, 40), Part = new StreamPart { IsFirst = true } });
        var last = await engine.RunAsync(new SignOperation(), new SignRequest
        {
            Id = privateKey, Data = Message.AsMemory(40), Part = new StreamPart { CorrelationValue = first.CorrelationValue, IsLast = true },
        });
        var begun = await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest
        {
            Id = publicKey, Data = Message.AsMemory(0, 3), SignatureData = last.SignatureData, Part = new StreamPart { IsFirst = true },
        });
        var ended = await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest
        {
            Id = publicKey, Data = Message.AsMemory(3), Part = new StreamPart { CorrelationValue = begun.CorrelationValue, IsLast = true },
        });

        Assert.Null(first.SignatureData);
        Assert.Null(begun.IsValid);
        Assert.True(ended.IsValid);
        Assert.True(await IsValidAsync(publicKey, null, last.SignatureData!.Value.ToArray()));
    }

    [Fact]
    public async Task Sign_BytesAsTheyAre_CanBeRecoveredFromTheSignature()
    {
        var (privateKey, publicKey) = await CreateRsaAsync(EngineFixture.InteropGroup);
        var bytes = RandomNumberGenerator.GetBytes(16);
        var signature = (await engine.RunAsync(new SignOperation(), new SignRequest { Id = privateKey, DigestedData = bytes })).SignatureData;

        var recovered = await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest { Id = publicKey, SignatureData = signature });
        var other = await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest { Id = publicKey, DigestedData = new byte[16], SignatureData = signature });

        Assert.True(recovered.IsValid);
        Assert.Equal(bytes, recovered.Data!.Value.ToArray());
        Assert.False(other.IsValid);
    }

    [Fact]
    public async Task SignatureVerifyAndEncrypt_Certificate_UseItsSubjectsKey()
    {
        using var rsa = RSA.Create(2048);
        using var x509 = new CertificateRequest("CN=subject", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(engine.Time.GetUtcNow().AddDays(-1), engine.Time.GetUtcNow().AddDays(1));
        using var value = new ObjectValue { ObjectType = ObjectType.Certificate, CertificateType = CertificateType.X509, Bytes = SecretBytes.CopyFrom(x509.RawData) };
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)(CryptographicUsageMask.Verify | CryptographicUsageMask.Encrypt)))
            .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1)));
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = attributes, Value = value })).Id;

        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = Message });

        Assert.Equal(Message, rsa.Decrypt(encrypted.Data.ToArray(), RSAEncryptionPadding.OaepSHA1));
        Assert.True(await IsValidAsync(id, Parameters(HashingAlgorithm.SHA384, PaddingMethod.PKCS1V15), rsa.SignData(Message, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1)));
    }

    [Fact]
    [Trait("Attack", "42")]
    public async Task Sign_WhatIsWeakInAStrictGroup_IsRefused()
    {
        var (privateKey, publicKey) = await CreateRsaAsync(null);

        Assert.Equal(KeyreeveError.RefusedByMode, await SignRefusedAsync(privateKey, Parameters(HashingAlgorithm.SHA1, PaddingMethod.PKCS1V15)));
        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = privateKey, DigestedData = new byte[16] }));
        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest
        {
            Id = publicKey, CryptographicParameters = Parameters(HashingAlgorithm.SHA1, PaddingMethod.PSS), Data = Message, SignatureData = new byte[256],
        }));
        Assert.Equal(KeyreeveError.CryptographicParametersNotSupported, await SignRefusedAsync(privateKey, Algorithm(DigitalSignatureAlgorithm.ECDSAWithSHA256)));
        Assert.Equal(KeyreeveError.RefusedByMode, await SignRefusedAsync(privateKey, Algorithm(DigitalSignatureAlgorithm.MD5WithRSAEncryption)));
        Assert.NotEmpty(await SignAsync(privateKey, Algorithm(DigitalSignatureAlgorithm.SHA256WithRSAEncryption)));
        Assert.NotEmpty(await SignAsync(privateKey, null));
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Sign_WhatTheKeyIsNotFor_IsRefused()
    {
        var (privateKey, publicKey) = await CreateEcAsync(RecommendedCurve.P256);
        var aes = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(usage: CryptographicUsageMask.Sign).With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1))),
        })).Id;

        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = publicKey, Data = Message }));
        Assert.Equal(KeyreeveError.IncompatibleUsageMask, await engine.RefusedAsync(
            new SignatureVerifyOperation(), new SignatureVerifyRequest { Id = privateKey, Data = Message, SignatureData = new byte[70] }));
        Assert.Equal(KeyreeveError.InvalidObjectType, await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = aes, Data = Message }));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = privateKey, Data = Message }, engine.Stranger));
    }

    private static StructureValue Parameters(HashingAlgorithm hash, PaddingMethod padding = PaddingMethod.NotSet, int? saltLength = null)
    {
        var fields = ImmutableArray.CreateBuilder<StructureField>();
        if (padding != PaddingMethod.NotSet) fields.Add(new StructureField(AttributeField.PaddingMethod, AttributeValue.Of(padding)));
        fields.Add(new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(hash)));
        if (saltLength is { } length) fields.Add(new StructureField(AttributeField.SaltLength, AttributeValue.Of(length)));
        return new StructureValue(fields.DrainToImmutable());
    }

    private static StructureValue Algorithm(DigitalSignatureAlgorithm algorithm) =>
        new([new StructureField(AttributeField.DigitalSignatureAlgorithm, AttributeValue.Of(algorithm))]);

    private static HashAlgorithmName NameOf(HashingAlgorithm hash) => new(hash.ToString());

    private async Task<byte[]> SignAsync(UniqueIdentifier id, StructureValue? parameters) =>
        (await engine.RunAsync(new SignOperation(), new SignRequest { Id = id, CryptographicParameters = parameters, Data = Message })).SignatureData!.Value.ToArray();

    private async Task<KeyreeveError> SignRefusedAsync(UniqueIdentifier id, StructureValue parameters) =>
        await engine.RefusedAsync(new SignOperation(), new SignRequest { Id = id, CryptographicParameters = parameters, Data = Message });

    private async Task<bool> IsValidAsync(UniqueIdentifier id, StructureValue? parameters, byte[] signature) =>
        (await engine.RunAsync(new SignatureVerifyOperation(), new SignatureVerifyRequest
        {
            Id = id, CryptographicParameters = parameters, Data = Message, SignatureData = signature,
        })).IsValid!.Value;

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreateRsaAsync(GroupName? group) => await CreateAsync(
        AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.RSA))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(2048)), group);

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreateEcAsync(RecommendedCurve curve) => await CreateAsync(
        AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.EC))
            .With(AttributeName.CryptographicDomainParameters, AttributeValue.Of(new StructureField(AttributeField.RecommendedCurve, AttributeValue.Of(curve)))), null);

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreateAsync(AttributeSet common, GroupName? group)
    {
        var pair = await engine.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = common.With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1))),
            PrivateKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Sign)),
            PublicKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
            Group = group,
        });
        return (pair.PrivateKeyId, pair.PublicKeyId);
    }

    private async Task<RSA> RsaOfAsync(UniqueIdentifier publicKey)
    {
        using var given = await engine.RunAsync(new GetOperation(), new GetRequest { Id = publicKey, KeyFormatType = KeyFormatType.X509 });
        using var lease = given.Value.KeyBlock!.Material!.Reveal();
        var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(lease.Span, out _);
        return rsa;
    }
}
