using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto;
using Xunit;
using static Keyreeve.Tests.Access.Questions;

namespace Keyreeve.Tests.Access;

public sealed class AccessPolicyTests
{
    private static readonly Call Ann = Call(Principal("ann"));

    [Fact]
    public void Decide_NothingWritten_IsDenied()
    {
        Assert.Equal(new Decision(IsAllowed: false, "default-deny"), Compile().Decide(Ask(Ann, OperationName.Encrypt, "payments")));
    }

    [Fact]
    public void Decide_AllowAndDenyOfOneThing_DenyWinsAndIsNamed()
    {
        var policy = Compile(Allow("ann", "KeyUser"), Allow("ann", "KeyUser", "payments"), Deny("ann", "Decrypter", "payments") with { Name = "no-reading" });

        Assert.Equal("no-reading", policy.Decide(Ask(Ann, OperationName.Decrypt, "payments/cards")).Rule);
        Assert.False(policy.Decide(Ask(Ann, OperationName.Decrypt, "payments/cards")).IsAllowed);
        Assert.Equal("KeyUser@payments", policy.Decide(Ask(Ann, OperationName.Encrypt, "payments/cards")).Rule);
        Assert.Equal("KeyUser@*", policy.Decide(Ask(Ann, OperationName.Decrypt, "payments2")).Rule);
    }

    [Theory]
    [InlineData("KeyAdministrator", OperationName.Rotate, OperationName.Encrypt)]
    [InlineData("KeyAdministrator", OperationName.Destroy, OperationName.Get)]
    [InlineData("KeyUser", OperationName.Decrypt, OperationName.Get)]
    [InlineData("KeyExporter", OperationName.Get, OperationName.Decrypt)]
    [InlineData("Encrypter", OperationName.Encrypt, OperationName.Decrypt)]
    [InlineData("DataKeyGenerator", OperationName.GenerateDataKey, OperationName.Decrypt)]
    [InlineData("Signer", OperationName.Sign, OperationName.SignatureVerify)]
    [InlineData("Auditor", OperationName.ReadAudit, OperationName.GetAttributes)]
    [InlineData("SecurityOfficer", OperationName.ChangePolicy, OperationName.Create)]
    [InlineData("Operator", OperationName.DrillSealSlot, OperationName.RotateRootKey)]
    [InlineData("KeyViewer", OperationName.GetAttributes, OperationName.Encrypt)]
    public void Decide_Role_GivesItsOwnAndNotTheNext(string role, OperationName its, OperationName another)
    {
        var policy = Compile(Allow("ann", role));

        Assert.True(policy.Decide(Ask(Ann, its, "payments")).IsAllowed);
        Assert.False(policy.Decide(Ask(Ann, another, "payments")).IsAllowed);
    }

    [Fact]
    public void Decide_BindingForAKey_IsForAllItsVersionsAndNoOtherKey()
    {
        var policy = Compile(Allow("ann", "KeyUser") with { Key = KeyOne });

        Assert.Equal($"KeyUser@key:{KeyOne}", policy.Decide(Ask(Ann, OperationName.Decrypt, "payments", KeyOne)).Rule);
        Assert.False(policy.Decide(Ask(Ann, OperationName.Decrypt, "payments", KeyTwo)).IsAllowed);
        Assert.False(policy.Decide(Ask(Ann, OperationName.Decrypt, "payments")).IsAllowed);
    }

    [Theory]
    [InlineData("Ann")]
    [InlineData("ANN")]
    [InlineData("ann ")]
    [InlineData("\u0430nn")]
    [InlineData("*")]
    [Trait("Attack", "27")]
    public void Decide_NameThatLooksAlike_IsAnother(string name)
    {
        var policy = Compile(Allow("ann", "KeyUser"));

        Assert.False(policy.Decide(Ask(Call(Principal(name)), OperationName.Encrypt, "payments")).IsAllowed);
    }

    [Theory]
    [InlineData("payments", "payments/cards", true)]
    [InlineData("payments", "payments", true)]
    [InlineData("payments", "payments2", false)]
    [InlineData("payments/cards", "payments", false)]
    public void Decide_Group_IsATree(string bound, string asked, bool expected)
    {
        Assert.Equal(expected, Compile(Allow("ann", "KeyUser", bound)).Decide(Ask(Ann, OperationName.Encrypt, asked)).IsAllowed);
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("acme*", false)]
    [InlineData("*", false)]
    [InlineData("+", false)]
    [InlineData("acme/", false)]
    [Trait("Attack", "30")]
    public void Decide_ContextValue_IsLiteral(string value, bool expected)
    {
        var bound = Allow("ann", "KeyUser") with { Conditions = new AccessConditions { Context = [new ContextTerm("tenant", "acme", null)] } };
        var starred = Allow("ann", "KeyUser") with { Conditions = new AccessConditions { Context = [new ContextTerm("tenant", "*", null)] } };
        var question = Ask(Ann, OperationName.Encrypt, "payments", context: EncryptionContext.Of(("tenant", value)));

        Assert.Equal(expected, Compile(bound).Decide(question).IsAllowed);
        Assert.Equal(value == "*", Compile(starred).Decide(question).IsAllowed);
    }

    [Fact]
    public void Decide_CountedUse_IsTakenOnlyWhereNothingElseAllows()
    {
        var counter = new UseCounter();
        var counted = Allow("ann", "KeyUser") with { Name = "thrice", Conditions = new AccessConditions { Uses = 3 } };
        var policy = new AccessPolicy(new TenantPolicy { Bindings = [counted, Allow("ann", "Encrypter", "payments")] }, _ => counter);

        Assert.Null(policy.Decide(Ask(Ann, OperationName.Encrypt, "payments")).Counted);
        Assert.NotNull(policy.Decide(Ask(Ann, OperationName.Decrypt, "payments")).Counted);
        counter.Raise(3);
        Assert.True(policy.Decide(Ask(Ann, OperationName.Encrypt, "payments")).IsAllowed);
        Assert.False(policy.Decide(Ask(Ann, OperationName.Decrypt, "payments")).IsAllowed);
    }

    [Fact]
    public void Decide_CredentialOfUnknownAge_AllowFailsAndDenyHolds()
    {
        var young = new AccessConditions { CredentialAtMost = TimeSpan.FromDays(90) };
        var unknown = Call(Principal("ann") with { CredentialSince = null });

        Assert.True(Compile(Allow("ann", "KeyUser") with { Conditions = young }).Decide(Ask(Ann, OperationName.Encrypt, "p")).IsAllowed);
        Assert.False(Compile(Allow("ann", "KeyUser") with { Conditions = young }).Decide(Ask(unknown, OperationName.Encrypt, "p")).IsAllowed);
        Assert.False(Compile(Allow("ann", "KeyUser"), Deny("ann", "KeyUser") with { Conditions = young }).Decide(Ask(unknown, OperationName.Encrypt, "p")).IsAllowed);
    }

    [Theory]
    [InlineData(null, "payments", "purpose-demanded@payments")]
    [InlineData("billing", "payments/cards", "KeyUser@*")]
    [InlineData("support", "payments", "purpose-not-taken@payments")]
    [InlineData("leisure", "other", "purpose-unknown")]
    [InlineData("Billing", "payments", "purpose-unknown")]
    [InlineData(null, "payments/open", "KeyUser@*")]
    [InlineData(null, "other", "KeyUser@*")]
    public void Decide_Purpose_IsPartOfIt(string? purpose, string group, string rule)
    {
        var policy = Compile(new TenantPolicy
        {
            Bindings = [Allow("ann", "KeyUser")],
            Purposes = [new PurposeCode("billing", null), new PurposeCode("support", null)],
            Groups =
            [
                new GroupRule { Group = GroupName.Parse("payments"), DemandsPurpose = true, Purposes = ["billing"] },
                new GroupRule { Group = GroupName.Parse("payments/open"), DemandsPurpose = false },
            ],
        });

        Assert.Equal(rule, policy.Decide(Ask(Ann with { Purpose = purpose }, OperationName.Encrypt, group)).Rule);
    }

    [Fact]
    [Trait("Attack", "34")]
    public void Decide_OperationOfTheServerAlone_IsNobodyElses()
    {
        var everything = Principal("ann", [.. Enum.GetValues<Role>().Select(role => new RoleBinding(role, null))]);
        foreach (var operation in RoleCatalog.Internal.ToNames())
        {
            Assert.False(AccessPolicy.BuiltIn.Decide(Ask(Call(everything), operation)).IsAllowed);
            Assert.False(RoleCatalog.Grantable.Contains(operation));
            Assert.True(AccessPolicy.BuiltIn.Decide(Ask(Call(everything with { Fingerprint = "" }), operation)).IsAllowed);
        }
    }

    [Fact]
    public void Decide_ServerItself_IsNotKeptFromItsDutyByAPolicy()
    {
        var policy = Compile(new AccessBinding { IsForEveryone = true, IsDeny = true, Role = "KeyAdministrator" });
        var server = Principal("server", new RoleBinding(Role.KeyAdministrator, null)) with { Fingerprint = "" };

        Assert.True(policy.Decide(Ask(Call(server), OperationName.Destroy, "payments")).IsAllowed);
        Assert.False(policy.Decide(Ask(Call(server with { Fingerprint = "f" }), OperationName.Destroy, "payments")).IsAllowed);
    }

    [Fact]
    public void Decide_TenThousandBindings_AllocatesNothing()
    {
        var conditions = new AccessConditions { Protocols = [Protocol.Rest], Networks = [NetworkRange.TryParse("10.0.0.0/8", out var net) ? net : default] };
        var bindings = Enumerable.Range(0, 10_000).Select(i => Allow("ann", "KeyUser", $"team-{i / 4}/app-{i % 4}") with { Conditions = conditions });
        var policy = Compile([.. bindings, Deny("ann", "KeyExporter")]);
        var question = Ask(Ann, OperationName.Encrypt, "team-7/app-3/deep/down");
        Assert.True(policy.Decide(question).IsAllowed);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var allowed = 0;
        for (var i = 0; i < 1000; i++)
            if (policy.Decide(question).IsAllowed) allowed++;

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1000, allowed);
    }

    [Fact]
    [Trait("Attack", "29")]
    public void VisibleGroups_OfBindings_AreAllThereIsToSee()
    {
        var groups = Compile(Allow("ann", "Encrypter", "a"), Allow("ann", "Auditor"), Allow("bob", "KeyUser", "b"), Deny("ann", "KeyUser", "c")).VisibleGroups(Principal("ann"));

        Assert.Equal(["a"], groups!.Select(g => g.Value));
        Assert.Null(Compile(Allow("ann", "KeyUser") with { Key = KeyOne }).VisibleGroups(Principal("ann")));
    }

    [Theory]
    [InlineData("10.1.0.0/16", "10.1.255.1", true)]
    [InlineData("10.1.0.0/16", "10.2.0.1", false)]
    [InlineData("10.1.0.0/16", "::ffff:10.1.0.1", true)]
    [InlineData("2001:db8::/32", "2001:db8:1::1", true)]
    [InlineData("2001:db8::/32", "10.1.0.1", false)]
    [InlineData("0.0.0.0/0", "10.1.0.1", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("192.0.2.7/32", "192.0.2.7", true)]
    public void Network_OfAddress_IsFound(string network, string address, bool expected)
    {
        Assert.True(NetworkRange.TryParse(network, out var range));
        Assert.Equal(expected, range.Contains(NetworkRange.ReadAddress(address)!.Value));
    }

    [Theory]
    [InlineData("10.1.2.3/16")]
    [InlineData("10.1.0.0/33")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("10.1.0.0")]
    [InlineData("*")]
    public void Network_Malformed_IsRefused(string network) => Assert.False(NetworkRange.TryParse(network, out _));

    [Theory]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1..2.3")]
    [InlineData("x")]
    [InlineData("")]
    public void Address_Malformed_IsNone(string address)
    {
        // .NET reads "1.2.3" as 1.2.0.3; so is it compared, then.
        if (address == "1.2.3") Assert.Equal(NetworkRange.ReadAddress("1.2.0.3"), NetworkRange.ReadAddress(address));
        else Assert.Null(NetworkRange.ReadAddress(address));
    }
}
