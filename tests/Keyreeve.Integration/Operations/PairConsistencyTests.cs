using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>A generator whose pairs do not fit: the end of trust in what computes here.</summary>
public sealed class PairConsistencyTests : IAsyncLifetime
{
    private readonly EngineFixture _core = new();

    public ValueTask InitializeAsync() => _core.InitializeAsync();

    public ValueTask DisposeAsync() => _core.DisposeAsync();

    [Theory]
    [InlineData(CryptographicAlgorithm.RSA, 2048)]
    [InlineData(CryptographicAlgorithm.ECDSA, 256)]
    public async Task CreateKeyPair_HalvesThatDoNotFit_EndsServingUntilARestart(CryptographicAlgorithm algorithm, int length)
    {
        _core.Engine.SelfTest = SelfTestState.Begin([new KnownAnswer("one", static () => [1], "01")], TimeProvider.System);
        var sound = _core.Engine.GeneratePair;
        var id = await _core.CreateAesAsync();
        await _core.RunAsync(new CreateKeyPairOperation(), Pair(algorithm, length));
        _core.Engine.GeneratePair = static (_, _, _, _) => throw new InconsistentKeyPairException();

        Assert.Equal(KeyreeveError.SelfTestFailed, await _core.RefusedAsync(new CreateKeyPairOperation(), Pair(algorithm, length)));

        var record = _core.Audit.Events.Last();
        Assert.Equal((nameof(OperationName.CreateKeyPair), AuditResult.Failed, KeyreeveError.SelfTestFailed), (record.Operation, record.Result, record.Reason));
        Assert.Contains("halves", _core.Engine.SelfTest.Failure, StringComparison.Ordinal);
        // Nothing is served, whatever comes out now.
        _core.Engine.GeneratePair = sound;
        Assert.True(_core.Engine.SelfTest.Run().HasPassed);
        Assert.Equal(KeyreeveError.SelfTestFailed, await _core.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
        Assert.Equal(KeyreeveError.SelfTestFailed, await _core.RefusedAsync(new CreateKeyPairOperation(), Pair(algorithm, length)));
    }

    private static CreateKeyPairRequest Pair(CryptographicAlgorithm algorithm, int length) => new()
    {
        CommonAttributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(length)),
        PrivateKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Sign)),
        PublicKeyAttributes = AttributeSet.Empty.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
    };
}
