using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>What is expensive is not done when the request it is of has had its share already.</summary>
public sealed class WorkTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task DeriveKey_ByPbkdf2_BeyondTheBudget_IsRefused()
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicLength, AttributeValue.Of(256))
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.HMACSHA256))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.DeriveKey));
        var secret = (await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes })).Id;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(secret));
        DeriveKeyRequest Request(int iterations) => new()
        {
            ObjectType = ObjectType.SymmetricKey,
            Ids = [secret],
            Method = DerivationMethod.PBKDF2,
            Parameters = new DerivationParameters { Salt = new byte[16], IterationCount = iterations },
            Attributes = Attributes.Aes(),
        };
        Assert.Equal(KeyreeveError.ServerLimitExceeded, await RefusedAsync(new DeriveKeyOperation(), Request(200_000)));
        await engine.Pipeline.RunAsync(new DeriveKeyOperation(), NearlySpent(), Request(1_000), default);
    }

    [Fact]
    public async Task CreateSplitKey_OfVeryManyParts_BeyondTheBudget_IsRefused() => Assert.Equal(
        KeyreeveError.ServerLimitExceeded,
        await RefusedAsync(new CreateSplitKeyOperation(), new CreateSplitKeyRequest
        {
            ObjectType = ObjectType.SplitKey, Parts = 65_535, Threshold = 2, Method = SplitKeyMethod.PolynomialSharingGf65536, Attributes = Attributes.Aes(128),
        }));

    [Fact]
    public async Task CreateKeyPair_BeyondTheBudget_IsRefused() => Assert.Equal(
        KeyreeveError.ServerLimitExceeded,
        await RefusedAsync(new CreateKeyPairOperation(), new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.RSA))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(4096)),
        }));

    private async Task<KeyreeveError> RefusedAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request)
        where TRequest : class =>
        (await Assert.ThrowsAsync<KeyreeveException>(async () => await engine.Pipeline.RunAsync(operation, NearlySpent(), request, default))).Error;

    private Call NearlySpent()
    {
        var work = new RequestWork();
        work.Spend((long)RequestWork.Most.TotalMicroseconds - 10_000);
        return engine.CallOf() with { Work = work };
    }
}
