using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class ReKeyTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task ReKey_ActiveKey_NamesMoveDatesAreCopiedAndBothAreLinked()
    {
        var activation = AttributeValue.Of(engine.Time.GetUtcNow().AddDays(-1));
        var stop = AttributeValue.Of(engine.Time.GetUtcNow().AddDays(30));
        var old = await engine.CreateAesAsync(
            Attributes.Named("rekey-1").With(AttributeName.ActivationDate, activation).With(AttributeName.ProtectStopDate, stop)
                .With(AttributeName.ContactInformation, AttributeValue.Of("vault@example.com")), active: false);

        var id = (await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old, Attributes = Attributes.Named("rekey-1-new") })).Id;

        var before = await engine.AttributesOfAsync(old);
        var after = await engine.AttributesOfAsync(id);
        Assert.False(before.Has(AttributeName.Name));
        Assert.Equal([Attributes.Name("rekey-1"), Attributes.Name("rekey-1-new")], after.All(AttributeName.Name).ToArray().Select(i => i.Value));
        Assert.Equal(activation, after.Find(AttributeName.ActivationDate));
        Assert.Equal(stop, after.Find(AttributeName.ProtectStopDate));
        Assert.Equal(AttributeValue.Of("vault@example.com"), after.Find(AttributeName.ContactInformation));
        Assert.Equal(State.Active, await engine.StateOfAsync(id));
        Assert.Equal(Links.Value(LinkType.ReplacementObjectLink, id), before.Find(AttributeName.Link));
        Assert.Equal(Links.Value(LinkType.ReplacedObjectLink, old), after.Find(AttributeName.Link));
        Assert.NotEqual(before.Find(AttributeName.Digest), after.Find(AttributeName.Digest));
        Assert.Equal(AttributeValue.Of(1), after.Find(AttributeName.RotateGeneration));
        Assert.Equal(AttributeValue.Of(value: false), before.Find(AttributeName.RotateLatest));
        Assert.Equal(AttributeValue.Of(value: true), after.Find(AttributeName.RotateLatest));
    }

    [Fact]
    public async Task ReKey_WithOffset_DatesAreReckonedFromIt()
    {
        var now = engine.Time.GetUtcNow();
        var old = await engine.CreateAesAsync(
            AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(now.AddSeconds(-500)))
                .With(AttributeName.ProcessStartDate, AttributeValue.Of(now.AddSeconds(-400)))
                .With(AttributeName.DeactivationDate, AttributeValue.Of(now.AddSeconds(-100))), active: false);
        Assert.Equal(State.Deactivated, await engine.StateOfAsync(old));

        var id = (await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old, OffsetInSeconds = 0 })).Id;

        // spec: KMIP 2.1 §6.1.46 Table 303: AT2 = IT2 + Offset; the others keep their distance from it.
        var after = await engine.AttributesOfAsync(id);
        var activation = Seconds(after, AttributeName.ActivationDate);
        Assert.Equal(Seconds(after, AttributeName.InitialDate), activation);
        Assert.Equal(activation + 100, Seconds(after, AttributeName.ProcessStartDate));
        Assert.Equal(activation + 400, Seconds(after, AttributeName.DeactivationDate));
        Assert.Equal(State.Active, await engine.StateOfAsync(id));
    }

    [Fact]
    public async Task ReKey_UsageLimitsUsedUp_TheNewKeyHasThemFullAndTheOldOneNot()
    {
        var old = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.UsageLimits, LimitsOf(1)));
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = old, Data = new byte[1] });

        var id = (await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old, OffsetInSeconds = 0 })).Id;

        Assert.Equal(LimitsOf(1, 1), (await engine.AttributesOfAsync(id)).Find(AttributeName.UsageLimits));
        Assert.Equal(LimitsOf(1, 0), (await engine.AttributesOfAsync(old)).Find(AttributeName.UsageLimits));
    }

    [Fact]
    public async Task ReKey_CompromisedKey_NothingOfTheCompromiseIsInherited()
    {
        var old = await engine.CreateAesAsync();
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = old, RevocationReasonCode = RevocationReasonCode.KeyCompromise });

        var after = await engine.AttributesOfAsync((await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old })).Id);

        Assert.Equal(AttributeValue.Of(State.Active), after.Find(AttributeName.State));
        Assert.DoesNotContain(after.Instances, i => i.Key.Name is AttributeName.CompromiseDate or AttributeName.CompromiseOccurrenceDate or AttributeName.RevocationReason);
    }

    [Fact]
    public async Task ReKey_NamedKey_IsItsNextVersion()
    {
        var key = await engine.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = "rekey-named" });

        await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = key.Id });

        var after = await engine.RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Parse("rekey-named")));
        Assert.Equal(key.Id, after.Id);
        Assert.Equal(2, after.CurrentVersion);
    }

    // Clients state the last date there is for "never".
    [Theory]
    [InlineData(-100, long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, 1_000, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue, 1)]
    public async Task ReKey_OffsetBeyondWhatADateCanBe_EndsThere(long activation, long deactivation, long expected)
    {
        var now = engine.Time.GetUtcNow().ToUnixTimeSeconds();
        var old = await engine.CreateAesAsync(
            AttributeSet.Empty
                .With(AttributeName.ActivationDate, new DateTimeValue(activation is long.MinValue or long.MaxValue ? activation : now + activation))
                .With(AttributeName.DeactivationDate, new DateTimeValue(deactivation == long.MaxValue ? deactivation : now + deactivation)),
            active: false);
        var replaced = await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old, OffsetInSeconds = 1 });
        var found = await engine.AttributesOfAsync(replaced.Id);
        var begins = Seconds(found, AttributeName.InitialDate) + 1;
        Assert.Equal(begins, Seconds(found, AttributeName.ActivationDate));
        Assert.Equal(expected == 1 ? begins : expected, Seconds(found, AttributeName.DeactivationDate));
    }

    [Fact]
    public async Task ReKey_WhatCannotBeReplaced_IsRefused()
    {
        var old = await engine.CreateAesAsync(Attributes.Named("rekey-refused"));
        await engine.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = old });
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = old }));

        var dated = new ReKeyRequest
        {
            Id = await engine.CreateAesAsync(), OffsetInSeconds = 1,
            Attributes = AttributeSet.Empty.With(AttributeName.DeactivationDate, AttributeValue.Of(engine.Time.GetUtcNow())),
        };
        Assert.Equal(KeyreeveError.InvalidMessage, await engine.RefusedAsync(new ReKeyOperation(), dated));

        var young = await engine.CreateAesAsync(
            AttributeSet.Empty.With(AttributeName.DeactivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddDays(1))), active: false);
        Assert.Equal(KeyreeveError.NoDateToOffset, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = young, OffsetInSeconds = 1 }));

        var secret = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SecretData,
            Attributes = AttributeSet.Empty.With(AttributeName.CryptographicLength, AttributeValue.Of(128)),
        })).Id;
        Assert.Equal(KeyreeveError.NotReplaceable, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = secret }));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = secret }, engine.Stranger));
        var user = EngineFixture.PrincipalOf("rekey-user", TenantId.Default, null, Role.KeyUser);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = old }, user));
    }

    [Fact]
    public async Task ReKey_SentTwiceUnderOneKey_MakesOne()
    {
        var request = new ReKeyRequest { Id = await engine.CreateAesAsync() };

        var first = await engine.RunAsync(new ReKeyOperation(), request, idempotencyKey: "rekey-once");

        Assert.Equal(first, await engine.RunAsync(new ReKeyOperation(), request, idempotencyKey: "rekey-once"));
    }

    [Fact]
    public async Task ReKeyKeyPair_Pair_BothHalvesAreReplacedAndLinked()
    {
        var pair = await CreatePairAsync("pair-1");

        var next = await engine.RunAsync(new ReKeyKeyPairOperation(), new ReKeyKeyPairRequest { PrivateKeyId = pair.PrivateKeyId });

        var privateKey = await engine.AttributesOfAsync(next.PrivateKeyId);
        var publicKey = await engine.AttributesOfAsync(next.PublicKeyId);
        Assert.Equal(
            [Links.Value(LinkType.PublicKeyLink, next.PublicKeyId), Links.Value(LinkType.ReplacedObjectLink, pair.PrivateKeyId)],
            privateKey.All(AttributeName.Link).ToArray().Select(i => i.Value));
        Assert.Equal(
            [Links.Value(LinkType.PrivateKeyLink, next.PrivateKeyId), Links.Value(LinkType.ReplacedObjectLink, pair.PublicKeyId)],
            publicKey.All(AttributeName.Link).ToArray().Select(i => i.Value));
        Assert.Equal(Attributes.Name("pair-1-private"), privateKey.Find(AttributeName.Name));
        Assert.False((await engine.AttributesOfAsync(pair.PublicKeyId)).Has(AttributeName.Name));
        Assert.Equal(KeyreeveError.NotReplaceable, await engine.RefusedAsync(
            new ReKeyKeyPairOperation(), new ReKeyKeyPairRequest { PrivateKeyId = next.PublicKeyId }));
    }

    [Fact]
    public async Task RotationSweeper_IntervalOver_TheServerReplacesKeyAndPair()
    {
        var rotating = AttributeSet.Empty
            .With(AttributeName.RotateAutomatic, AttributeValue.Of(value: true))
            .With(AttributeName.RotateInterval, new IntervalValue(3600))
            .With(AttributeName.RotateOffset, new IntervalValue(60));
        var key = await engine.CreateAesAsync(rotating.Merge(Attributes.Named("rotates")));
        var spared = await engine.CreateAesAsync(rotating.With(AttributeName.RotateInterval, new IntervalValue(8000)));
        var pair = await CreatePairAsync("rotating-pair", rotating);

        engine.Time.Advance(TimeSpan.FromSeconds(3601));
        await using (var sweeper = new RotationSweeper(engine.Pipeline, engine.Engine, NullLogger<RotationSweeper>.Instance))
        {
            sweeper.Start(TimeSpan.FromHours(1));
            foreach (var due in new[] { key, pair.PrivateKeyId })
            {
                for (var i = 0; i < 1200 && Links.Of(await engine.AttributesOfAsync(due), LinkType.ReplacementObjectLink).Count == 0; i++)
                    await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }

        var replacement = Assert.Single(Links.Of(await engine.AttributesOfAsync(key), LinkType.ReplacementObjectLink));
        Assert.Single(Links.Of(await engine.AttributesOfAsync(pair.PrivateKeyId), LinkType.ReplacementObjectLink));
        Assert.Empty(Links.Of(await engine.AttributesOfAsync(spared), LinkType.ReplacementObjectLink));
        var after = await engine.AttributesOfAsync(replacement);
        Assert.Equal(Attributes.Name("rotates"), after.Find(AttributeName.Name));
        Assert.Equal(Seconds(after, AttributeName.InitialDate) + 60, Seconds(after, AttributeName.ActivationDate));
        Assert.Equal(new IntervalValue(3600), after.Find(AttributeName.RotateInterval));
        Assert.Equal(State.PreActive, await engine.StateOfAsync(replacement));
    }

    private async ValueTask<CreateKeyPairResponse> CreatePairAsync(string name, AttributeSet? privateAttributes = null) => await engine.RunAsync(
        new CreateKeyPairOperation(),
        new CreateKeyPairRequest
        {
            CommonAttributes = AttributeSet.Empty
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.EC))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(256)),
            PrivateKeyAttributes = Attributes.Named(name + "-private").Merge(privateAttributes ?? AttributeSet.Empty)
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Sign)),
            PublicKeyAttributes = Attributes.Named(name + "-public")
                .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Verify)),
        });

    private static long Seconds(AttributeSet attributes, AttributeName name) => ((DateTimeValue)attributes.Find(name)!).UnixSeconds;

    private static StructureValue LimitsOf(long total, long? count = null) => new([
        new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(total)),
        .. count is { } left ? new[] { new StructureField(AttributeField.UsageLimitsCount, AttributeValue.Of(left)) } : [],
        new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Object)),
    ]);
}
