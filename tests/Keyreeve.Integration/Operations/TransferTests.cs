using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Objects that come and go whole: Export, Import, and PKCS#12 containers.</summary>
public sealed class TransferTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly byte[] Key = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");

    [Fact]
    public async Task Export_ThenImportElsewhere_KeepsIdentityAndHistory()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("exported"));
        using var exported = await engine.RunAsync(new ExportOperation(), new GetRequest { Id = id });
        var state = exported.Attributes.Find(AttributeName.State);
        var initial = exported.Attributes.Find(AttributeName.InitialDate);
        await RevokeAndDestroyAsync(id);
        using var gone = await engine.RunAsync(new ExportOperation(), new GetRequest { Id = id });
        Assert.Null(gone.Value);
        Assert.Equal(AttributeValue.Of(State.Destroyed), gone.Attributes.Find(AttributeName.State));

        await engine.RunAsync(new ImportOperation(), Import(id, exported.Attributes, exported.Value!, replace: true));
        var back = await engine.AttributesOfAsync(id);
        Assert.Equal(state, back.Find(AttributeName.State));
        Assert.Equal(initial, back.Find(AttributeName.InitialDate));
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.True(got.Value.KeyBlock!.Material!.Equals(exported.Value!.KeyBlock!.Material!));
    }

    [Fact]
    public async Task Import_IdentityThatExists_IsRefusedUnlessReplacing()
    {
        var id = await engine.CreateAesAsync();
        using var value = Value();
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, await engine.RefusedAsync(new ImportOperation(), Import(id, AttributeSet.Empty, value, replace: false)));
        await engine.RunAsync(new ImportOperation(), Import(id, AttributeSet.Empty, value, replace: true));
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.True(got.Value.KeyBlock!.Material!.FixedTimeEquals(Key));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Import_IdentityOfAnotherTenant_MakesOneOfItsOwn()
    {
        var id = await engine.CreateAesAsync();
        using var value = Value();
        await engine.RunAsync(new ImportOperation(), Import(id, AttributeSet.Empty, value, replace: true), engine.Stranger);
        using var mine = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.False(mine.Value.KeyBlock!.Material!.FixedTimeEquals(Key));
    }

    [Fact]
    public async Task Import_MalformedOrNotForThisCaller_IsRefused()
    {
        using var value = Value();
        var wrong = AttributeSet.Empty.With(AttributeName.CryptographicLength, AttributeValue.Of(256));
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new ImportOperation(), Import(null, wrong, value, replace: false)));
        var foreign = AttributeSet.Empty.With(AttributeName.KeyGroup, AttributeValue.Of("payments"));
        Assert.Equal(KeyreeveError.AttributeReadOnly, await engine.RefusedAsync(new ImportOperation(), Import(null, foreign, value, replace: false)));
        var user = EngineFixture.PrincipalOf("user", TenantId.Default, null, Role.KeyUser);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new ImportOperation(), Import(null, AttributeSet.Empty, value, replace: false), user));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Export_WhatDoesNotLeave_DoesNotLeaveSoEither()
    {
        var kept = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Extractable, AttributeValue.Of(value: false)));
        var sensitive = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Sensitive, AttributeValue.Of(value: true)));
        Assert.Equal(KeyreeveError.NotExtractable, await engine.RefusedAsync(new ExportOperation(), new GetRequest { Id = kept }));
        Assert.Equal(KeyreeveError.Sensitive, await engine.RefusedAsync(new ExportOperation(), new GetRequest { Id = sensitive }));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_SensitiveKeyWithAMacAlone_IsRefused()
    {
        var sensitive = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Sensitive, AttributeValue.Of(value: true)));
        var mac = await CreateAsync(CryptographicAlgorithm.HMACSHA256, 256, CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify);
        Assert.Equal(KeyreeveError.Sensitive, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = sensitive, KeyWrappingSpecification = Specification(WrappingMethod.MACSign, null, mac) }));
    }

    [Theory]
    [InlineData(WrappingMethod.Encrypt)]
    [InlineData(WrappingMethod.MACSign)]
    [InlineData(WrappingMethod.EncryptThenMACSign)]
    [InlineData(WrappingMethod.MACSignThenEncrypt)]
    public async Task Import_WrappedByGcmAndMac_IsUnwrappedUnlessAltered(WrappingMethod method)
    {
        var kek = await CreateAsync(
            CryptographicAlgorithm.AES, 256, CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey,
            AttributeSet.Empty.With(AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.GCM)));
        var mac = await CreateAsync(CryptographicAlgorithm.HMACSHA256, 256, CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify);
        var id = await engine.CreateAesAsync();
        using var clear = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var wrapped = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyWrappingSpecification = Specification(method, kek, mac) });
        Assert.Equal(method != WrappingMethod.MACSign, !wrapped.Value.KeyBlock!.Material!.Equals(clear.Value.KeyBlock!.Material!));
        var attributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Encrypt));
        var imported = (await engine.RunAsync(new ImportOperation(), Unwrapping(attributes, wrapped.Value))).Id;
        using var again = await engine.RunAsync(new GetOperation(), new GetRequest { Id = imported });
        Assert.True(again.Value.KeyBlock!.Material!.Equals(clear.Value.KeyBlock.Material!));

        using var altered = Altered(wrapped.Value);
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new ImportOperation(), Unwrapping(attributes, altered)));
    }

    [Fact]
    public async Task Get_WrappedByWhomMayGetAndNotEncrypt_IsRefused()
    {
        var kek = await CreateAsync(
            CryptographicAlgorithm.AES, 256, CryptographicUsageMask.WrapKey,
            AttributeSet.Empty.With(AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.GCM)));
        var request = new GetRequest { Id = await engine.CreateAesAsync(), KeyWrappingSpecification = Specification(WrappingMethod.Encrypt, kek, null) };
        var exporter = EngineFixture.PrincipalOf("exporter", TenantId.Default, null, Role.KeyExporter);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new GetOperation(), request, exporter));
        var both = EngineFixture.PrincipalOf("both", TenantId.Default, null, Role.KeyExporter, Role.KeyUser);
        (await engine.RunAsync(new GetOperation(), request, both)).Dispose();
    }

    [Fact]
    public async Task Pkcs12_RegisteredAndGotten_HoldsKeyAndChain()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=contained", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var password = await RegisterPasswordAsync("open sesame");
        using var value = Container(certificate.Export(X509ContentType.Pkcs12, "open sesame"));
        var id = (await engine.RunAsync(new RegisterOperation(), RegisterContainer(value, password))).Id;
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.PKCS12 });
        using (var lease = got.Value.KeyBlock!.Material!.Reveal())
        using (var read = X509CertificateLoader.LoadPkcs12(lease.Span, "open sesame"))
            Assert.Equal(certificate.RawData, read.RawData);
        using var pkcs8 = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = KeyFormatType.PKCS8 });
        Assert.Equal(KeyFormatType.PKCS8, pkcs8.Value.KeyBlock!.KeyFormatType);

        var wrong = await RegisterPasswordAsync("open barley");
        Assert.Equal(KeyreeveError.BadPassword, await engine.RefusedAsync(new RegisterOperation(), RegisterContainer(value, wrong)));
        var without = new GetRequest { Id = (await engine.RunAsync(new CreateKeyPairOperation(), EcPair())).PrivateKeyId, KeyFormatType = KeyFormatType.PKCS12 };
        Assert.Equal(KeyreeveError.BadPassword, await engine.RefusedAsync(new GetOperation(), without));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Pkcs12_PasswordThatTheCallerMayNotGet_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=contained", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var group = GroupName.Parse("containers");
        using var value = Container(certificate.Export(X509ContentType.Pkcs12, "open sesame"));
        var container = RegisterContainer(value, await RegisterPasswordAsync("open sesame"));
        var register = new RegisterRequest { ObjectType = container.ObjectType, Attributes = container.Attributes, Value = value, Group = group };
        var request = new GetRequest { Id = (await engine.RunAsync(new RegisterOperation(), register)).Id, KeyFormatType = KeyFormatType.PKCS12 };
        var exporter = EngineFixture.PrincipalOf("exporter-of-containers", TenantId.Default, group, Role.KeyExporter);

        var seesThePassword = exporter with { Bindings = [.. exporter.Bindings, new RoleBinding(Role.KeyUser, GroupName.Default)] };
        Assert.Equal(KeyreeveError.BadPassword, await engine.RefusedAsync(new GetOperation(), request, seesThePassword));
        var getsThePassword = exporter with { Bindings = [.. exporter.Bindings, new RoleBinding(Role.KeyExporter, GroupName.Default)] };
        (await engine.RunAsync(new GetOperation(), request, getsThePassword)).Dispose();
    }

    private static CreateKeyPairRequest EcPair() => new()
    {
        CommonAttributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.EC))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(256)),
    };

    private static ObjectValue Container(byte[] encoded) => new()
    {
        ObjectType = ObjectType.PrivateKey,
        KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.PKCS12, Material = SecretBytes.CopyFrom(encoded) },
    };

    private static RegisterRequest RegisterContainer(ObjectValue value, UniqueIdentifier password) => new()
    {
        ObjectType = ObjectType.PrivateKey,
        Attributes = AttributeSet.Empty.Add(AttributeName.Link, AttributeValue.Of(
            new StructureField(AttributeField.LinkType, AttributeValue.Of(LinkType.PKCS12PasswordLink)),
            new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(password.ToString())))),
        Value = value,
    };

    private static ObjectValue Value() => new()
    {
        ObjectType = ObjectType.SymmetricKey,
        KeyBlock = new KeyBlock
        {
            KeyFormatType = KeyFormatType.Raw,
            Material = SecretBytes.CopyFrom(Key),
            CryptographicAlgorithm = CryptographicAlgorithm.AES,
            CryptographicLength = 128,
        },
    };

    private static ImportRequest Import(UniqueIdentifier? id, AttributeSet attributes, ObjectValue value, bool replace) =>
        new() { Id = id, ObjectType = value.ObjectType, Attributes = attributes, Value = value, ReplaceExisting = replace };

    private static ImportRequest Unwrapping(AttributeSet attributes, ObjectValue value) =>
        new() { Id = null, ObjectType = value.ObjectType, Attributes = attributes, Value = value, KeyWrapType = KeyWrapType.NotWrapped };

    private static KeyWrappingSpecification Specification(WrappingMethod method, UniqueIdentifier? kek, UniqueIdentifier? mac) => new()
    {
        WrappingMethod = method,
        EncryptionKey = kek is { } encryption ? new WrappingKeyInformation(encryption.ToString(), null) : null,
        MACSignatureKey = mac is { } authentication ? new WrappingKeyInformation(authentication.ToString(), null) : null,
        EncodingOption = EncodingOption.NoEncoding,
    };

    private static ObjectValue Altered(ObjectValue value)
    {
        using var lease = value.KeyBlock!.Material!.Reveal();
        var bytes = lease.Span.ToArray();
        bytes[0] ^= 1;
        return value.WithKeyBlock(new KeyBlock
        {
            KeyFormatType = value.KeyBlock.KeyFormatType,
            Material = SecretBytes.CopyFrom(bytes),
            CryptographicAlgorithm = value.KeyBlock.CryptographicAlgorithm,
            CryptographicLength = value.KeyBlock.CryptographicLength,
            Wrapping = value.KeyBlock.Wrapping,
        });
    }

    private async ValueTask RevokeAndDestroyAsync(UniqueIdentifier id)
    {
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        await engine.RunAsync(new DestroyOperation(), new DestroyRequest(id));
    }

    private async ValueTask<UniqueIdentifier> CreateAsync(CryptographicAlgorithm algorithm, int length, CryptographicUsageMask usage, AttributeSet? more = null)
    {
        var attributes = (more ?? AttributeSet.Empty)
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(length))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)usage));
        var id = (await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes })).Id;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        return id;
    }

    private async ValueTask<UniqueIdentifier> RegisterPasswordAsync(string password)
    {
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.SecretData,
            SecretDataType = SecretDataType.Password,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Opaque, Material = SecretBytes.CopyFrom(System.Text.Encoding.UTF8.GetBytes(password)) },
        };
        var id = (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = AttributeSet.Empty, Value = value })).Id;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        return id;
    }
}
