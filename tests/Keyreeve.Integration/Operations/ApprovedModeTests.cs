using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>A server in approved mode: what is not approved by NIST is refused, when it is made and when it is used.</summary>
public sealed class ApprovedModeTests : IAsyncLifetime
{
    private readonly EngineFixture _core = new();

    public async ValueTask InitializeAsync()
    {
        await _core.InitializeAsync();
        _core.Engine.Modes = new GroupModes([KeyValuePair.Create(GroupName.Parse("strict"), GroupMode.Strict)], GroupMode.Approved);
    }

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    [Theory]
    [InlineData(CryptographicAlgorithm.AES, 256, true)]
    [InlineData(CryptographicAlgorithm.HMACSHA256, 256, true)]
    [InlineData(CryptographicAlgorithm.HMACSHA3384, 128, true)]
    [InlineData(CryptographicAlgorithm.ChaCha20Poly1305, 256, false)]
    [InlineData(CryptographicAlgorithm.Camellia, 256, false)]
    [InlineData(CryptographicAlgorithm.SM4, 128, false)]
    [InlineData(CryptographicAlgorithm.HMACSHA1, 256, false)]
    [InlineData(CryptographicAlgorithm.OneTimePad, 256, false)]
    public async Task Create_Symmetric_ApprovedAlone(CryptographicAlgorithm algorithm, int length, bool isApproved)
    {
        var request = new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(length).With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm)),
        };

        if (isApproved) await _core.RunAsync(new CreateOperation(), request);
        else Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new CreateOperation(), request));
        // The same is good enough for a strict group.
        await _core.RunAsync(new CreateOperation(), request with { Group = GroupName.Parse("strict") });
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.ECDSA, RecommendedCurve.P256, true)]
    [InlineData(CryptographicAlgorithm.Ed25519, RecommendedCurve.NotSet, true)]
    [InlineData(CryptographicAlgorithm.ECDSA, RecommendedCurve.SECP256K1, false)]
    [InlineData(CryptographicAlgorithm.EC, RecommendedCurve.CURVE25519, false)]
    public async Task CreateKeyPair_Curve_ApprovedAlone(CryptographicAlgorithm algorithm, RecommendedCurve curve, bool isApproved)
    {
        var attributes = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        if (curve != RecommendedCurve.NotSet)
            attributes = attributes.With(AttributeName.CryptographicDomainParameters, AttributeValue.Of(new StructureField(AttributeField.RecommendedCurve, AttributeValue.Of(curve))));
        var request = new CreateKeyPairRequest { CommonAttributes = attributes };

        if (isApproved) await _core.RunAsync(new CreateKeyPairOperation(), request);
        else Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new CreateKeyPairOperation(), request));
    }

    [Fact]
    public async Task Use_KeyThatWasMadeBefore_IsRefusedWhenItIsNotApproved()
    {
        var group = GroupName.Parse("strict");
        var request = new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Group = group,
            Attributes = Attributes.Aes().With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.ChaCha20Poly1305)),
        };
        var id = (await _core.RunAsync(new CreateOperation(), request)).Id;
        await _core.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        await _core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[16] });

        _core.Engine.Modes = new GroupModes([], GroupMode.Approved);

        Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[16] }));
    }

    [Fact]
    public async Task Sign_KeysFromBefore_ApprovedWaysAlone()
    {
        var (k1, _) = await CreatePairAsync(CryptographicAlgorithm.EC, curve: RecommendedCurve.SECP256K1);
        var (p256, _) = await CreatePairAsync(CryptographicAlgorithm.EC, curve: RecommendedCurve.P256);
        var (edwards, _) = await CreatePairAsync(CryptographicAlgorithm.Ed25519);
        var (rsa, _) = await CreatePairAsync(CryptographicAlgorithm.RSA, 2048);
        foreach (var key in (UniqueIdentifier[])[k1, p256, edwards, rsa]) await SignAsync(key);

        _core.Engine.Modes = new GroupModes([], GroupMode.Approved);

        foreach (var key in (UniqueIdentifier[])[p256, edwards, rsa]) await SignAsync(key);
        Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new SignOperation(), new SignRequest { Id = k1, Data = new byte[16] }));
        // FIPS 186-5 §5.4: a salt is no longer than the digest.
        Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new SignOperation(), new SignRequest { Id = rsa, Data = new byte[16], CryptographicParameters = Pss(saltLength: 33) }));
        await _core.RunAsync(new SignOperation(), new SignRequest { Id = rsa, Data = new byte[16], CryptographicParameters = Pss(saltLength: 32) });
    }

    [Fact]
    public async Task Mac_KeysFromBefore_ApprovedWaysAlone()
    {
        var sha1 = await CreateAsync(CryptographicAlgorithm.HMACSHA1, 256, CryptographicUsageMask.MACGenerate);
        var sha256 = await CreateAsync(CryptographicAlgorithm.HMACSHA256, 256, CryptographicUsageMask.MACGenerate);
        foreach (var key in (UniqueIdentifier[])[sha1, sha256]) await _core.RunAsync(new MacOperation(), new MacRequest { Id = key, Data = new byte[16] });

        _core.Engine.Modes = new GroupModes([], GroupMode.Approved);

        await _core.RunAsync(new MacOperation(), new MacRequest { Id = sha256, Data = new byte[16] });
        Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new MacOperation(), new MacRequest { Id = sha1, Data = new byte[16] }));
    }

    [Theory]
    [InlineData(DerivationMethod.HKDF, true)]
    [InlineData(DerivationMethod.NIST800108C, true)]
    [InlineData(DerivationMethod.HASH, false)]
    [InlineData(DerivationMethod.HMAC, false)]
    public async Task DeriveKey_EachMethod_ApprovedAlone(DerivationMethod method, bool isApproved)
    {
        var key = await CreateAsync(CryptographicAlgorithm.HMACSHA256, 256, CryptographicUsageMask.DeriveKey);
        var request = new DeriveKeyRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Ids = [key],
            Method = method,
            Parameters = new DerivationParameters
            {
                CryptographicParameters = (StructureValue)AttributeValue.Of(new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256))),
                DerivationData = method == DerivationMethod.HASH ? [] : [new byte[16]],
            },
            Attributes = Attributes.Aes(128),
        };
        await _core.RunAsync(new DeriveKeyOperation(), request);

        _core.Engine.Modes = new GroupModes([], GroupMode.Approved);

        if (isApproved) await _core.RunAsync(new DeriveKeyOperation(), request);
        else Assert.Equal(KeyreeveError.RefusedByMode, await _core.RefusedAsync(new DeriveKeyOperation(), request));
    }

    private static StructureValue Pss(int saltLength) => (StructureValue)AttributeValue.Of(
        new StructureField(AttributeField.PaddingMethod, AttributeValue.Of(PaddingMethod.PSS)),
        new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256)),
        new StructureField(AttributeField.SaltLength, AttributeValue.Of(saltLength)));

    private async Task SignAsync(UniqueIdentifier key) => await _core.RunAsync(new SignOperation(), new SignRequest { Id = key, Data = new byte[16] });

    private async Task<UniqueIdentifier> CreateAsync(CryptographicAlgorithm algorithm, int lengthInBits, CryptographicUsageMask usage)
    {
        var id = (await _core.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Group = GroupName.Parse("strict"),
            Attributes = Attributes.Aes(lengthInBits, usage).With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm)),
        })).Id;
        await _core.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        return id;
    }

    private async Task<(UniqueIdentifier Private, UniqueIdentifier Public)> CreatePairAsync(
        CryptographicAlgorithm algorithm, int lengthInBits = 0, RecommendedCurve curve = RecommendedCurve.NotSet)
    {
        var common = AttributeSet.Empty.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.ActivationDate, AttributeValue.Of(_core.Time.GetUtcNow().AddMinutes(-1)));
        if (lengthInBits > 0) common = common.With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits));
        if (curve != RecommendedCurve.NotSet)
            common = common.With(AttributeName.CryptographicDomainParameters, AttributeValue.Of(new StructureField(AttributeField.RecommendedCurve, AttributeValue.Of(curve))));
        var made = await _core.RunAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = common, Group = GroupName.Parse("strict"),
            PrivateKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Sign)),
            PublicKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
        });
        return (made.PrivateKeyId, made.PublicKeyId);
    }
}
