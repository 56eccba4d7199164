using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>How long a key is waited for, and who can make that shorter.</summary>
public sealed class DestructionWaitTests : IAsyncLifetime
{
    private ApprovalEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await ApprovalEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Schedule_WithoutATime_WaitsAsTheGroupHasIt()
    {
        await _engine.ApplyAsync(static file => file with
        {
            Destruction =
            [
                new PolicyDestruction { Tenant = true, Wait = "P14D" }, new PolicyDestruction { Group = "vault", Wait = "P30D" }, new PolicyDestruction { Group = "vault/short", Wait = "PT1H" },
            ],
        });

        Assert.Equal(TimeSpan.FromDays(14), await WaitAsync(await MakeAsync("a", "elsewhere")));
        Assert.Equal(TimeSpan.FromDays(30), await WaitAsync(await MakeAsync("b", "vault/deep/down")));
        Assert.Equal(TimeSpan.FromHours(1), await WaitAsync(await MakeAsync("c", "vault/short/er")));
    }

    [Fact]
    public async Task Schedule_WithNothingWritten_WaitsSevenDaysAndCanBeCalledOff()
    {
        var key = await MakeAsync("orders", "payments");
        var request = new EncryptEnvelopeRequest(key, SecretBytes.CopyFrom([1, 2, 3]), EncryptionContext.Create([]));

        Assert.Equal(TimeSpan.FromDays(7), await WaitAsync(key));
        Assert.Equal(KeyreeveError.KeyDisabled, await _engine.Core.RefusedAsync(new EncryptEnvelopeOperation(), request));
        Assert.Null((await _engine.Core.RunAsync(new CancelDestructionOperation(), new CancelDestructionRequest(key), _engine.Bea)).DestructionDate);
        await _engine.Core.RunAsync(new EncryptEnvelopeOperation(), request);
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Schedule_SoonerThanTheGroupWaits_TakesSomebodyElse()
    {
        var key = await MakeAsync("orders", "payments");
        var sooner = new ScheduleDestructionRequest(key, TimeSpan.FromHours(1));
        var id = await _engine.AskAsync(new ScheduleDestructionOperation(), sooner, _engine.Bea);

        // Alone only what is not sooner; and an approval for an hour is none for a day.
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ScheduleDestructionOperation(), sooner with { After = TimeSpan.FromDays(6) }, _engine.Bea));
        await _engine.ApproveAsync(id, _engine.Ann);
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ScheduleDestructionOperation(), sooner with { After = TimeSpan.FromDays(1) }, _engine.Bea));
        var scheduled = await _engine.Core.RunAsync(new ScheduleDestructionOperation(), sooner, _engine.Bea);
        Assert.NotNull(scheduled.DestructionDate);
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Destroy_AtOnce_TakesSomebodyElseWhicheverWayItIsAsked()
    {
        var key = await MakeAsync("orders", "payments");
        var current = (await _engine.Core.RunAsync(new ListVersionsOperation(), new ListVersionsRequest(key)))[^1].Id;
        var destroy = new DestroyKeyRequest(key, "orders");
        var id = await _engine.AskAsync(new DestroyKeyOperation(), destroy, _engine.Bea);
        await _engine.Core.RunAsync(new RevokeOperation(), new RevokeRequest { Id = current, RevocationReasonCode = RevocationReasonCode.CessationOfOperation });

        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(current), _engine.Bea));
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ObliterateOperation(), new ObliterateRequest(current), _engine.Bea));
        var replace = new ImportRequest { Id = current, ObjectType = ObjectType.SymmetricKey, ReplaceExisting = true, Attributes = AttributeSet.Empty, Value = null };
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ImportOperation(), replace, _engine.Bea));

        // It was revoked since it was asked.
        await _engine.ApproveAsync(id, _engine.Ann);
        await _engine.ApproveAsync(await _engine.AskAsync(new DestroyKeyOperation(), destroy, _engine.Bea), _engine.Ann);
        Assert.Equal(State.Destroyed, (await _engine.Core.RunAsync(new DestroyKeyOperation(), destroy, _engine.Bea)).State);
    }

    [Theory]
    [Trait("Attack", "32")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Destroy_OfAllVersionsWhenAnOlderOneChangedSinceItWasAsked_IsAskedAnew(bool atOnce)
    {
        var key = await MakeAsync("orders", "payments");
        await _engine.Core.RunAsync(new RotateKeyOperation(), new RotateKeyRequest(key));
        var oldest = (await _engine.Core.RunAsync(new ListVersionsOperation(), new ListVersionsRequest(key)))[0].Id;
        var asked = await AskToDestroyAsync(key, atOnce);
        await _engine.ApproveAsync(asked, _engine.Ann);

        await _engine.Core.RunAsync(new AddAttributeOperation(), new AddAttributeRequest(oldest, new AttributeKey(AttributeName.ContactInformation), AttributeValue.Of("the bank needs it")));

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => DestroyAsync(key, atOnce));
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
        Assert.NotEqual(asked.ToString(), refusal.Reference);
        Assert.Contains($"Request {asked}, which was approved, does not hold for this", refusal.Message, StringComparison.Ordinal);
        await _engine.ApproveAsync(UniqueIdentifier.Parse(refusal.Reference!), _engine.Cid);
        await DestroyAsync(key, atOnce);
    }

    [Theory]
    [Trait("Attack", "32")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Destroy_OfAllVersionsWhenThereIsAnotherSinceItWasAsked_IsAskedAnew(bool atOnce)
    {
        var key = await MakeAsync("orders", "payments");
        var asked = await AskToDestroyAsync(key, atOnce);
        await _engine.ApproveAsync(asked, _engine.Ann);

        await _engine.Core.RunAsync(new RotateKeyOperation(), new RotateKeyRequest(key));

        Assert.NotEqual(asked, await AskToDestroyAsync(key, atOnce));
    }

    [Fact]
    public async Task Destroy_WhereNothingWaits_IsDoneAtOnceUnlessItIsWrittenOtherwise()
    {
        await _engine.ApplyAsync(static file => file with { Destruction = [new PolicyDestruction { Group = "tapes", Wait = "none" }] });
        var first = await _engine.Core.CreateAesAsync(group: GroupName.Parse("tapes/one"), active: false);
        await _engine.Core.RunAsync(new DestroyOperation(), new DestroyRequest(first), _engine.Bea);
        Assert.Equal(State.Destroyed, await _engine.Core.StateOfAsync(first));

        await _engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy"], Group = "tapes", Approvals = 1 }] });
        var second = await _engine.Core.CreateAesAsync(group: GroupName.Parse("tapes/one"), active: false);
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(second), _engine.Bea));
    }

    [Fact]
    public async Task Schedule_WhereThatTakesApprovalToo_IsHeld()
    {
        await _engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["schedule-destruction"], Tenant = true, Approvals = 1 }] });
        var request = new ScheduleDestructionRequest(await MakeAsync("orders", "payments"));

        await _engine.ApproveAsync(await _engine.AskAsync(new ScheduleDestructionOperation(), request, _engine.Bea), _engine.Cid);
        Assert.NotNull((await _engine.Core.RunAsync(new ScheduleDestructionOperation(), request, _engine.Bea)).DestructionDate);
    }

    [Fact]
    public async Task Destroy_WithOneOfficer_IsDoneAndSaysSo()
    {
        await using var alone = await ApprovalEngine.StartAsync("ann");
        var key = await alone.Core.CreateAesAsync(active: false);

        await alone.Core.RunAsync(new DestroyOperation(), new DestroyRequest(key), alone.Bea);

        var record = alone.Core.Audit.Committed.Select(static p => System.Text.Encoding.UTF8.GetString(p.Record.Span)).Last();
        Assert.Contains("; no second officer", record, StringComparison.Ordinal);

        // A rule that is written holds at once, whoever is there.
        var written = await alone.PolicyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 1 }] });
        await alone.Core.RunAsync(alone.ChangePolicy, written, alone.Ann);
        var next = await alone.Core.CreateAesAsync(active: false);
        var id = await alone.AskAsync(new DestroyOperation(), new DestroyRequest(next), alone.Bea);
        await alone.ApproveAsync(id, alone.Ann);
        await alone.Core.RunAsync(new DestroyOperation(), new DestroyRequest(next), alone.Bea);
    }

    private async Task<KeySelector> MakeAsync(string name, string group) =>
        KeySelector.Of((await _engine.Core.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = name, Group = GroupName.Parse(group) })).Id);

    private async Task<UniqueIdentifier> AskToDestroyAsync(KeySelector key, bool atOnce)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => DestroyAsync(key, atOnce));
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
        return UniqueIdentifier.Parse(refusal.Reference!);
    }

    private Task<NamedKey> DestroyAsync(KeySelector key, bool atOnce) => atOnce
        ? _engine.Core.RunAsync(new DestroyKeyOperation(), new DestroyKeyRequest(key, "orders"), _engine.Bea).AsTask()
        : _engine.Core.RunAsync(new ScheduleDestructionOperation(), new ScheduleDestructionRequest(key, TimeSpan.FromHours(2)), _engine.Bea).AsTask();

    private async Task<TimeSpan> WaitAsync(KeySelector key)
    {
        var before = _engine.Core.Time.GetUtcNow();
        var date = (await _engine.Core.RunAsync(new ScheduleDestructionOperation(), new ScheduleDestructionRequest(key), _engine.Bea)).DestructionDate!.Value;
        return TimeSpan.FromHours(Math.Floor((date - before + TimeSpan.FromSeconds(1)).TotalHours));
    }
}
