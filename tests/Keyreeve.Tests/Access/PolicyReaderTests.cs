using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Xunit;
using static Keyreeve.Tests.Access.Questions;

namespace Keyreeve.Tests.Access;

public sealed class PolicyReaderTests
{
    private static readonly PolicyBinding Good = new() { Principals = ["ann"], Role = "KeyUser", Group = "payments" };

    public static TheoryData<PolicyBinding, string> Faults => new()
    {
        { Good with { Role = "keyuser" }, "there is no role 'keyuser'" },
        { Good with { Role = "KeyUser " }, "there is no role 'KeyUser '" },
        { Good with { Principals = ["*"] }, "there are no wildcards" },
        { Good with { Principals = ["\u0430nn"] }, "no name that a principal can have" },
        { Good with { Principals = [] }, "either for 'principals' or for 'everyone'" },
        { Good with { Everyone = true }, "either for 'principals' or for 'everyone'" },
        { Good with { Group = null }, "exactly one of 'tenant', 'group' and 'key'" },
        { Good with { Tenant = true }, "exactly one of 'tenant', 'group' and 'key'" },
        { Good with { Tenant = false, Group = null }, "exactly one of 'tenant', 'group' and 'key'" },
        { Good with { Group = "pay*" }, "no key group's name" },
        { Good with { Group = null, Key = "payments/cards" }, "no key's identifier" },
        { Good with { Effect = "Deny" }, "'effect' is allow or deny" },
        { Good with { Conditions = new() { Uses = 1 } }, "'uses' is 1 or more" },
        { Good with { Name = "n", Conditions = new() { Uses = 0 } }, "'uses' is 1 or more" },
        { Good with { Name = "n", Effect = "deny", Conditions = new() { Uses = 1 } }, "'uses' is 1 or more" },
        { Good with { Conditions = new() { Networks = ["10.0.0.1/8"] } }, "is no network" },
        { Good with { Conditions = new() { Purposes = ["billing"] } }, "none of the tenant's purposes" },
        { Good with { Conditions = new() { Protocols = ["Internal"] } }, "is no protocol" },
        { Good with { Conditions = new() { Times = [new() { From = "8:00", Until = "18:00" }] } }, "is no hour" },
        { Good with { Conditions = new() { Times = [new() { Days = ["Mon"], From = "08:00", Until = "18:00" }] } }, "is no day" },
        { Good with { Conditions = new() { Context = [new() { Name = "t" }] } }, "either 'equals' or 'contains'" },
        { Good with { Conditions = new() { CredentialAtMost = "90d" } }, "is no duration" },
        { Good with { Conditions = new() { CredentialAtMost = "-P1D" } }, "is no duration" },
        { Good with { Conditions = new() { NotBefore = Noon, NotAfter = Noon } }, "not later than" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Attack", "27")]
    public void Read_BindingWithAFault_IsRefusedAndSaysWhere(PolicyBinding binding, string fault)
    {
        var refusal = Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(Good, binding)));

        Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
        Assert.Contains("binding 2", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(fault, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NoteStoreHead")]
    [InlineData("ServerStart")]
    [InlineData("encrypt")]
    [InlineData("None")]
    [InlineData("12")]
    [InlineData("Query")]
    [Trait("Attack", "34")]
    public void Read_RoleOfWhatNobodyCanBeGiven_IsRefused(string operation)
    {
        var file = FileOf(Good) with { Roles = [new() { Name = "mine", Operations = ["Encrypt", operation] }] };

        Assert.Contains(operation, Assert.Throws<KeyreeveException>(() => PolicyReader.Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KeyUser")]
    [InlineData("keyuser")]
    [InlineData("a b")]
    public void Read_RoleNamedAsABuiltInOne_IsRefused(string name)
    {
        var file = FileOf(Good) with { Roles = [new() { Name = name, Operations = ["Encrypt"] }] };

        Assert.Throws<KeyreeveException>(() => PolicyReader.Read(file));
    }

    [Fact]
    public void Read_SeveralFaults_AreAllTold()
    {
        var refusal = Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(Good with { Role = "x" }, Good, Good with { Group = "Y" }) with { Separation = "none" }));

        Assert.Contains("separation", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("binding 1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("binding 3", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("standard", "SecurityOfficer", "KeyUser", false)]
    [InlineData("standard", "SecurityOfficer", "Encrypter", false)]
    [InlineData("standard", "Auditor", "KeyExporter", false)]
    [InlineData("standard", "KeyAdministrator", "KeyExporter", true)]
    [InlineData("standard", "SecurityOfficer", "Auditor", true)]
    [InlineData("strict", "KeyAdministrator", "KeyUser", false)]
    [InlineData("strict", "KeyAdministrator", "SecurityOfficer", false)]
    [InlineData("strict", "Auditor", "SecurityOfficer", false)]
    [InlineData("strict", "KeyUser", "KeyExporter", true)]
    [InlineData("insecure-none", "SecurityOfficer", "KeyUser", true)]
    public void Check_DutiesOfOnePrincipal_AreKeptApart(string separation, string one, string other, bool expected)
    {
        var policy = PolicyReader.Read(FileOf(Good with { Role = one }, Good with { Role = other }) with { Separation = separation });

        if (expected)
        {
            RoleConflicts.Check(policy);
            return;
        }

        var refusal = Assert.Throws<KeyreeveException>(() => RoleConflicts.Check(policy));
        Assert.Contains("'ann'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(one, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(other, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_DutiesInGroupsApart_GoTogether()
    {
        var policy = PolicyReader.Read(FileOf(Good with { Role = "KeyAdministrator" }, Good with { Group = "hr" }) with { Separation = "strict" });

        RoleConflicts.Check(policy);
        Assert.Throws<KeyreeveException>(() => RoleConflicts.Check(policy with { Bindings = policy.Bindings.Add(Allow("ann", "KeyUser", "payments/cards")) }));
    }

    [Fact]
    public void Check_RoleOfYourOwn_CountsByWhatItContains()
    {
        var file = FileOf(Good with { Role = "SecurityOfficer" }, Good with { Role = "harmless" }) with { Roles = [new() { Name = "harmless", Operations = ["Decrypt"] }] };

        Assert.Throws<KeyreeveException>(() => RoleConflicts.Check(PolicyReader.Read(file)));
    }

    [Fact]
    [Trait("Attack", "31")]
    public void OwnGain_OfWhatOneDidNotHave_IsFound()
    {
        var before = new TenantPolicy
        {
            Roles = [new CustomRole("mine", OperationSet.Of(OperationName.ListPrincipals))],
            Bindings = [Allow("ann", "SecurityOfficer"), Allow("ann", "mine"), Deny("ann", "KeyViewer", "secret")],
        };

        Assert.Null(OwnGain.Find("ann", before, before));
        Assert.Null(OwnGain.Find("ann", before, before with { Bindings = before.Bindings.Add(Allow("bob", "KeyUser")) }));
        Assert.Null(OwnGain.Find("ann", before, before with { Bindings = [Allow("ann", "SecurityOfficer"), Deny("ann", "KeyViewer", "secret")] }));
        Assert.NotNull(OwnGain.Find("ann", before, before with { Bindings = before.Bindings.Add(Allow("ann", "KeyAdministrator")) }));
        Assert.NotNull(OwnGain.Find("ann", before, before with { Bindings = before.Bindings.Add(new AccessBinding { IsForEveryone = true, Role = "KeyUser" }) }));
        Assert.NotNull(OwnGain.Find("ann", before, before with { Bindings = before.Bindings.RemoveAt(2) }));
        Assert.NotNull(OwnGain.Find("ann", before, before with { Roles = [new CustomRole("mine", OperationSet.Of(OperationName.Get))] }));
    }

    [Fact]
    public void Divide_WhatEnrolmentGave_StaysThereUnlessItIsTakenAway()
    {
        var ann = Enrolled("ann", new RoleBinding(Role.KeyUser, null), new RoleBinding(Role.KeyExporter, null));
        var bob = Enrolled("bob", new RoleBinding(Role.KeyUser, null));
        var whole = WholePolicy.Of(TenantPolicy.Empty, [ann, bob]);

        var file = whole.ToFile();
        var (written, narrowed) = whole.With(PolicyReader.Read(file)).Divide();
        Assert.Empty(written.Bindings);
        Assert.Empty(narrowed);

        var less = file with { Bindings = [new PolicyBinding { Principals = ["ann", "bob", "carol"], Role = "KeyUser", Tenant = true }] };
        (written, narrowed) = whole.With(PolicyReader.Read(less)).Divide();
        Assert.Equal(["KeyUser@*"], Assert.Single(narrowed).Principal.Bindings.Select(b => b.Rule));
        Assert.Equal(["carol"], Assert.Single(written.Bindings).Principals);
        Assert.Equal(2, whole.DifferencesTo(whole.With(PolicyReader.Read(less))).Length);
    }

    private static PolicyFile FileOf(params PolicyBinding[] bindings) => new() { Format = PolicyFile.CurrentFormat, Bindings = bindings };

    private static EnrolledPrincipal Enrolled(string name, params RoleBinding[] given) =>
        new() { Principal = Principal(name, given), EnrolledAt = Noon, IssuedBy = "admin", RowVersion = 1 };
}
