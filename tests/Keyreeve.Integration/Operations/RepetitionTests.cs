using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class RepetitionTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static CreateRequest Request => new() { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes() };

    [Fact]
    [Trait("Attack", "53")]
    public async Task Create_CrashBetweenCommitAndAnswer_TheSameRequestGivesTheSameKey()
    {
        UniqueIdentifier? made = null;
        engine.Store.AfterCommit = static () => throw new InvalidOperationException("the power is gone");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "crash-1"));
        await engine.RestartAsync();

        for (var i = 0; i < 3; i++)
        {
            var again = await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "crash-1");
            Assert.Equal(made ?? again.Id, again.Id);
            made = again.Id;
        }

        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(made!.Value));
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Create_SameKeyForAnotherRequest_IsRefused()
    {
        await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "other-1");

        var another = Request with { Attributes = Attributes.Aes(128) };

        Assert.Equal(KeyreeveError.IdempotencyConflict, await engine.RefusedAsync(new CreateOperation(), another, idempotencyKey: "other-1"));
    }

    [Fact]
    public async Task Create_SameKeyOfAnotherCaller_IsAnotherRequest()
    {
        var somebody = EngineFixture.PrincipalOf("somebody", TenantId.Default, null, Role.KeyAdministrator);

        var mine = await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "caller-1");
        var theirs = await engine.RunAsync(new CreateOperation(), Request, somebody, idempotencyKey: "caller-1");

        Assert.NotEqual(mine.Id, theirs.Id);
    }

    [Fact]
    public async Task Create_SameKeyAfterADay_IsForgotten()
    {
        var first = await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "day-1");
        engine.Time.Advance(TimeSpan.FromHours(25));

        var second = await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "day-1");

        Assert.NotEqual(first.Id, second.Id);
    }

    [Fact]
    public async Task Create_AllAtOnceWithOneKey_OneIsMade()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
            (await engine.RunAsync(new CreateOperation(), Request, idempotencyKey: "once-1")).Id));

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Register_SameKeyOtherMaterial_IsRefused()
    {
        using var first = SecretOf("correct horse");
        using var second = SecretOf("battery staple");

        await engine.RunAsync(new RegisterOperation(), first.Request, idempotencyKey: "register-1");
        Assert.Equal(KeyreeveError.IdempotencyConflict, await engine.RefusedAsync(new RegisterOperation(), second.Request, idempotencyKey: "register-1"));
    }

    [Fact]
    public async Task CreateKeyPair_Repeated_GivesBothHalvesAgain()
    {
        var request = new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.EC))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(256)),
        };

        var first = await engine.RunAsync(new CreateKeyPairOperation(), request, idempotencyKey: "pair-1");
        var second = await engine.RunAsync(new CreateKeyPairOperation(), request, idempotencyKey: "pair-1");

        Assert.Equal(first, second);
    }

    private static RegisterSecret SecretOf(string text) => new(text);

    private sealed class RegisterSecret : IDisposable
    {
        private readonly ObjectValue _value;

        public RegisterSecret(string text)
        {
            _value = new ObjectValue
            {
                ObjectType = ObjectType.SecretData,
                SecretDataType = SecretDataType.Password,
                KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.Opaque, Material = SecretBytes.CopyFrom(System.Text.Encoding.UTF8.GetBytes(text)) },
            };
            Request = new RegisterRequest { ObjectType = ObjectType.SecretData, Attributes = AttributeSet.Empty, Value = _value };
        }

        public RegisterRequest Request { get; }

        public void Dispose() => _value.Dispose();
    }
}
