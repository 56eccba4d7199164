using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
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
}
