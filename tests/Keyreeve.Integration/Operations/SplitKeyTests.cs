using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class SplitKeyTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Theory]
    [InlineData(SplitKeyMethod.Xor, 4, 4)]
    [InlineData(SplitKeyMethod.PolynomialSharingGf256, 5, 3)]
    [InlineData(SplitKeyMethod.PolynomialSharingGf65536, 5, 3)]
    [InlineData(SplitKeyMethod.PolynomialSharingPrimeField, 5, 3)]
    public async Task Join_ThresholdOfTheParts_GivesTheKeyBack(SplitKeyMethod method, int parts, int threshold)
    {
        var whole = await engine.CreateAesAsync();
        var split = await SplitAsync(whole, method, parts, threshold);
        Assert.Equal(parts, split.Length);
        var joined = await engine.RunAsync(new JoinSplitKeyOperation(), Join([.. split.Reverse().Take(threshold)]));
        Assert.Equal(await BytesOfAsync(whole), await BytesOfAsync(joined.Id));
        using var part = await engine.RunAsync(new GetOperation(), new GetRequest { Id = split[1] });
        Assert.Equal(2, part.Value.SplitKey!.PartIdentifier);
        Assert.Equal(CryptographicAlgorithm.AES, part.Value.KeyBlock!.CryptographicAlgorithm);
    }

    [Fact]
    public async Task Join_PartsOfAPrivateKey_GivesAPrivateKey()
    {
        var request = new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.EC))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(256)),
        };
        var pair = await engine.RunAsync(new CreateKeyPairOperation(), request);
        var split = await SplitAsync(pair.PrivateKeyId, SplitKeyMethod.PolynomialSharingGf65536, 3, 2);
        var joined = await engine.RunAsync(
            new JoinSplitKeyOperation(), new JoinSplitKeyRequest { ObjectType = ObjectType.PrivateKey, PartIds = [split[0], split[2]] });
        Assert.Equal(await BytesOfAsync(pair.PrivateKeyId, KeyFormatType.PKCS8), await BytesOfAsync(joined.Id, KeyFormatType.PKCS8));
    }

    [Fact]
    public async Task Create_WithoutAKey_MakesOneThatIsNowhereWhole()
    {
        var request = SplitRequest(null, SplitKeyMethod.PolynomialSharingGf256, 3, 2) with { Attributes = Attributes.Aes(128).Merge(Attributes.Named("nowhere-whole")) };
        var parts = (await engine.RunAsync(new CreateSplitKeyOperation(), request)).Ids;
        Assert.Equal(3, parts.Length);
        var joined = await engine.RunAsync(new JoinSplitKeyOperation(), Join([parts[1], parts[2]]));
        Assert.Equal(16, (await BytesOfAsync(joined.Id)).Length);
    }

    [Fact]
    public async Task Join_FewerThanTheThreshold_IsRefused()
    {
        var split = await SplitAsync(await engine.CreateAesAsync(), SplitKeyMethod.PolynomialSharingGf256, 5, 3);
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new JoinSplitKeyOperation(), Join([split[0], split[1]])));
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new JoinSplitKeyOperation(), Join([split[0], split[1], split[1]])));
    }

    [Fact]
    public async Task Join_PartsOfTwoKeys_IsRefused()
    {
        var one = await SplitAsync(await engine.CreateAesAsync(), SplitKeyMethod.PolynomialSharingGf256, 3, 2);
        var other = await SplitAsync(await engine.CreateAesAsync(), SplitKeyMethod.PolynomialSharingGf256, 3, 2);
        Assert.Equal(KeyreeveError.CryptographicFailure, await engine.RefusedAsync(new JoinSplitKeyOperation(), Join([one[0], other[1]])));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Split_KeyThatDoesNotLeave_GivesPartsThatDoNotLeave()
    {
        var whole = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Extractable, AttributeValue.Of(value: false)));
        var wish = SplitRequest(whole, SplitKeyMethod.PolynomialSharingGf256, 3, 2) with
        {
            Attributes = AttributeSet.Empty.With(AttributeName.Extractable, AttributeValue.Of(value: true)),
        };
        var split = (await engine.RunAsync(new CreateSplitKeyOperation(), wish)).Ids;
        Assert.Equal(KeyreeveError.NotExtractable, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = split[0] }));
        var joined = await engine.RunAsync(new JoinSplitKeyOperation(), Join([split[0], split[1]]));
        Assert.Equal(KeyreeveError.NotExtractable, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = joined.Id }));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Join_PartsOfAnotherTenant_AreNotFound()
    {
        var split = await SplitAsync(await engine.CreateAesAsync(), SplitKeyMethod.Xor, 2, 2);
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new JoinSplitKeyOperation(), Join(split), engine.Stranger));
    }

    [Fact]
    public async Task Join_WhoMayOnlyUseKeys_IsRefused()
    {
        var split = await SplitAsync(await engine.CreateAesAsync(), SplitKeyMethod.Xor, 2, 2);
        var user = EngineFixture.PrincipalOf("user", TenantId.Default, null, Role.KeyUser);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new JoinSplitKeyOperation(), Join(split), user));
    }

    [Theory]
    [InlineData(SplitKeyMethod.Xor, 3, 2)]
    [InlineData(SplitKeyMethod.PolynomialSharingGf256, 3, 4)]
    [InlineData(SplitKeyMethod.PolynomialSharingGf256, 3, 1)]
    [InlineData(SplitKeyMethod.PolynomialSharingGf256, 256, 2)]
    [InlineData((SplitKeyMethod)99, 3, 2)]
    public async Task Split_NumbersThatCannotBe_AreRefused(SplitKeyMethod method, int parts, int threshold) => Assert.Equal(
        KeyreeveError.InvalidField,
        await engine.RefusedAsync(new CreateSplitKeyOperation(), SplitRequest(await engine.CreateAesAsync(), method, parts, threshold)));

    [Fact]
    public async Task Split_PrimeThatIsNone_IsRefused()
    {
        var request = SplitRequest(await engine.CreateAesAsync(), SplitKeyMethod.PolynomialSharingPrimeField, 3, 2) with { PrimeFieldSize = (System.Numerics.BigInteger.One << 257) + 2 };
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new CreateSplitKeyOperation(), request));
    }

    // 2^9689 - 1 is a prime; to find that out takes minutes.
    [Theory]
    [InlineData(9689, 3, 2)]
    [InlineData(2203, 400, 400)]
    public async Task Split_PrimeThatTakesTooMuchWork_IsRefusedAtOnce(int bits, int parts, int threshold)
    {
        var request = SplitRequest(await engine.CreateAesAsync(), SplitKeyMethod.PolynomialSharingPrimeField, parts, threshold) with
        {
            PrimeFieldSize = (System.Numerics.BigInteger.One << bits) - 1,
        };
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new CreateSplitKeyOperation(), request));
    }

    internal static CreateSplitKeyRequest SplitRequest(UniqueIdentifier? key, SplitKeyMethod method, int parts, int threshold) =>
        new() { ObjectType = ObjectType.SplitKey, KeyId = key, Method = method, Parts = parts, Threshold = threshold };

    internal static JoinSplitKeyRequest Join(ImmutableArray<UniqueIdentifier> parts) => new() { ObjectType = ObjectType.SymmetricKey, PartIds = parts };

    private async ValueTask<ImmutableArray<UniqueIdentifier>> SplitAsync(UniqueIdentifier key, SplitKeyMethod method, int parts, int threshold) =>
        (await engine.RunAsync(new CreateSplitKeyOperation(), SplitRequest(key, method, parts, threshold))).Ids;

    private async ValueTask<byte[]> BytesOfAsync(UniqueIdentifier id, KeyFormatType format = KeyFormatType.NotSet)
    {
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id, KeyFormatType = format });
        using var lease = got.Value.KeyBlock!.Material!.Reveal();
        return lease.Span.ToArray();
    }
}
