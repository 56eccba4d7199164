using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto;
using Xunit;
using static Keyreeve.Tests.Access.Questions;

namespace Keyreeve.Tests.Access;

/// <summary>What grants add to the decision: ann has the key, bob and cid get some of it.</summary>
public sealed class GrantTests
{
    private static readonly TenantPolicy Annas = new() { Bindings = [Allow("ann", "KeyUser", "payments"), Allow("ann", "Granter", "payments")] };
    private static readonly KeyGrant ToBob = Grant("ann", "bob");

    [Fact]
    public void Decide_Grant_AllowsItsOperationsOnItsKeyAndIsNamed()
    {
        var policy = Compile(Annas, [ToBob]);

        Assert.Equal(new Decision(IsAllowed: true, ToBob.Rule), policy.Decide(Bob(OperationName.Decrypt)));
        Assert.True(policy.Decide(Bob(OperationName.GetAttributes)).IsAllowed);
        Assert.Equal("default-deny", policy.Decide(Bob(OperationName.Encrypt)).Rule);
        Assert.False(policy.Decide(Bob(OperationName.Decrypt) with { Key = KeyTwo }).IsAllowed);
        Assert.False(policy.Decide(Ask(Call(Principal("cid")), OperationName.Decrypt, "payments", KeyOne)).IsAllowed);
        Assert.Null(policy.VisibleGroups(Principal("bob")));
    }

    [Fact]
    [Trait("Attack", "31")]
    public void Decide_GranterWithoutTheRight_GrantIsDead()
    {
        foreach (var bindings in new AccessBinding[][]
        {
            [],
            [Allow("ann", "KeyUser", "payments")],
            [Allow("ann", "Granter", "payments")],
            [Allow("ann", "Encrypter", "payments"), Allow("ann", "Granter", "payments")],
            [Allow("ann", "KeyUser", "other"), Allow("ann", "Granter", "payments")],
            [.. Annas.Bindings, Deny("ann", "Decrypter", "payments")],
            [.. Annas.Bindings, Deny("ann", "Granter", "payments")],
            [.. Annas.Bindings, Deny("bob", "Decrypter", "payments")],
        })
            Assert.False(Compile(new TenantPolicy { Bindings = [.. bindings] }, [ToBob]).Decide(Bob(OperationName.Decrypt)).IsAllowed);
        Assert.False(Compile(Annas, [ToBob], Principal("ann") with { IsDisabled = true }).Decide(Bob(OperationName.Decrypt)).IsAllowed);
        Assert.False(Compile(Annas).With(new GrantIndex([ToBob]), static _ => null).Decide(Bob(OperationName.Decrypt)).IsAllowed);
    }

    [Fact]
    public void Decide_GrantThatHasExpired_AllowsNothing()
    {
        var policy = Compile(Annas, [ToBob]);
        var question = Bob(OperationName.Decrypt);

        Assert.False(policy.Decide(question with { Call = question.Call with { Time = ToBob.ExpiresAt } }).IsAllowed);
        Assert.True(policy.Decide(question with { Call = question.Call with { Time = ToBob.ExpiresAt.AddTicks(-1) } }).IsAllowed);
    }

    [Fact]
    public void Decide_GrantWithContext_HoldsForThatContext()
    {
        var policy = Compile(Annas, [ToBob with { Context = [new ContextTerm("customer", "acme", null)] }]);

        Assert.True(policy.Decide(Bob(OperationName.Decrypt) with { Context = EncryptionContext.Of(("customer", "acme")) }).IsAllowed);
        Assert.False(policy.Decide(Bob(OperationName.Decrypt) with { Context = EncryptionContext.Of(("customer", "acme2")) }).IsAllowed);
        Assert.False(policy.Decide(Bob(OperationName.Decrypt)).IsAllowed);
        Assert.True(policy.Decide(Bob(OperationName.GetAttributes)).IsAllowed);
    }

    [Fact]
    public void Decide_GrantHandedOn_OnlyIfThatWasSaidAndAsLongAsEveryHandHasIt()
    {
        var onward = ToBob with { MayBeHandedOn = true };
        var question = Ask(Call(Principal("cid")), OperationName.Decrypt, "payments", KeyOne);
        var toCid = Grant("bob", "cid");

        Assert.False(Compile(Annas, [ToBob, toCid]).Decide(question).IsAllowed);
        Assert.Equal(toCid.Rule, Compile(Annas, [onward, toCid]).Decide(question).Rule);
        Assert.True(Compile(Annas, [onward]).Decide(Bob(OperationName.CreateGrant)).IsAllowed);
        Assert.False(Compile(Annas, [ToBob]).Decide(Bob(OperationName.CreateGrant)).IsAllowed);
        Assert.False(Compile(Annas, [toCid]).Decide(question).IsAllowed);
        Assert.False(Compile(Annas, [onward, toCid], Principal("bob") with { IsDisabled = true }).Decide(question).IsAllowed);
        Assert.False(Compile(Annas with { Bindings = Annas.Bindings.Add(Deny("bob", "Decrypter")) }, [onward, toCid]).Decide(question).IsAllowed);
    }

    [Fact]
    public void Decide_GrantsInACircle_GiveNothing()
    {
        KeyGrant[] circle = [Grant("bob", "cid") with { MayBeHandedOn = true }, Grant("cid", "bob") with { MayBeHandedOn = true }, Grant("bob", "bob") with { MayBeHandedOn = true }];

        Assert.False(Compile(Annas, circle).Decide(Bob(OperationName.Decrypt)).IsAllowed);
    }

    [Fact]
    public void Explain_Grant_SaysWhatItIsWorth()
    {
        var explanation = AccessExplanation.Of(Compile(new TenantPolicy(), [ToBob]), Bob(OperationName.Decrypt));

        Assert.Contains(explanation.Considered, c => c.Rule == ToBob.Rule && c.Outcome.Contains("ann", StringComparison.Ordinal));
        Assert.Contains(AccessExplanation.Of(Compile(Annas, [ToBob]), Bob(OperationName.Decrypt)).Considered, c => c.Rule == ToBob.Rule && c.Outcome == "holds");
    }

    [Fact]
    public void Decide_WithGrants_AllocatesNothing()
    {
        var ann = Principal("ann");
        var policy = Compile(Annas).With(new GrantIndex([ToBob]), _ => ann);
        var question = Bob(OperationName.Decrypt);
        for (var i = 0; i < 1000; i++) policy.Decide(question);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) policy.Decide(question);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static AccessQuestion Bob(OperationName operation) => Ask(Call(Principal("bob")), operation, "payments", KeyOne);

    private static KeyGrant Grant(string by, string to) => new()
    {
        Id = UniqueIdentifier.New(Noon),
        GrantedBy = by,
        GrantedTo = to,
        Key = KeyOne,
        Roles = [Role.Decrypter],
        CreatedAt = Noon,
        ExpiresAt = Noon.AddDays(1),
    };
}
