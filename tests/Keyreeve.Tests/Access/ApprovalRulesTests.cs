using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class ApprovalRulesTests
{
    private static readonly UniqueIdentifier Key = UniqueIdentifier.Parse("01990d7a-0f0e-7c7e-b5a0-0242ac120002");

    [Theory]
    [InlineData(ApprovalKind.Destroy, 1)]
    [InlineData(ApprovalKind.Export, 1)]
    [InlineData(ApprovalKind.Policy, 1)]
    [InlineData(ApprovalKind.ScheduleDestruction, 0)]
    [InlineData(ApprovalKind.RootRotation, 0)]
    [InlineData(ApprovalKind.SealSlots, 0)]
    [InlineData(ApprovalKind.Offboarding, 0)]
    public void Of_NothingWritten_IsOnForWhatCannotBeUndone(ApprovalKind kind, int approvals) =>
        Assert.Equal(approvals, Compiled().Of(kind, GroupName.Parse("payments"), Key)?.Approvals ?? 0);

    [Fact]
    public void Of_SeveralRules_TheNearestHolds()
    {
        var rules = Compiled(
            new PolicyApproval { For = ["destroy", "export"], Tenant = true, Approvals = 2 },
            new PolicyApproval { For = ["destroy"], Group = "payments", Approvals = 3 },
            new PolicyApproval { For = ["destroy"], Group = "payments/cards", InsecureAlone = true },
            new PolicyApproval { For = ["export"], Key = Key.ToString(), Approvals = 4 });

        Assert.Equal(2, rules.Of(ApprovalKind.Destroy, GroupName.Parse("payments2"), null)!.Approvals);
        Assert.Equal(3, rules.Of(ApprovalKind.Destroy, GroupName.Parse("payments/other"), Key)!.Approvals);
        Assert.True(rules.Of(ApprovalKind.Destroy, GroupName.Parse("payments/cards/old"), Key)!.IsWaived);
        Assert.Equal(4, rules.Of(ApprovalKind.Export, GroupName.Parse("payments"), Key)!.Approvals);
        Assert.Equal(2, rules.Of(ApprovalKind.Export, GroupName.Parse("payments"), null)!.Approvals);
        Assert.Equal(1, rules.Of(ApprovalKind.Policy, null, null)!.Approvals);
    }

    [Theory]
    [InlineData("elsewhere", 7 * 24)]
    [InlineData("tapes", 0)]
    [InlineData("tapes/old/er", 0)]
    [InlineData("vault/cards", 30 * 24)]
    public void WaitIn_AGroup_IsTheNearest(string group, int hours)
    {
        var file = FileOf() with { Destruction = [new PolicyDestruction { Group = "tapes", Wait = "none" }, new PolicyDestruction { Group = "vault", Wait = "P30D" }] };

        Assert.Equal(hours, new ApprovalRules(PolicyReader.Read(file)).WaitIn(GroupName.Parse(group))?.TotalHours ?? 0);
    }

    public static TheoryData<PolicyApproval, string> Faults => new()
    {
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 0 }, "'approvals' is 1 to 16" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = -1 }, "'approvals' is 1 to 16" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 17 }, "'approvals' is 1 to 16" },
        { new PolicyApproval { For = ["destroy"], Tenant = true }, "either 'approvals' or 'insecureAlone'" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, InsecureAlone = false }, "either 'approvals' or 'insecureAlone'" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 1, InsecureAlone = true }, "either 'approvals' or 'insecureAlone'" },
        { new PolicyApproval { For = ["Destroy"], Tenant = true, Approvals = 1 }, "'Destroy' is nothing that takes approval" },
        { new PolicyApproval { For = [], Tenant = true, Approvals = 1 }, "it is for nothing" },
        { new PolicyApproval { For = ["destroy"], Approvals = 1 }, "exactly one of" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Group = "g", Approvals = 1 }, "exactly one of" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 2, Approvers = ["ann", "ann"] }, "fewer approvers" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 1, Approvers = ["*"] }, "no wildcards" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 1, ValidFor = "PT1M" }, "'validFor' is PT5M to P30D" },
        { new PolicyApproval { For = ["destroy"], Tenant = true, InsecureAlone = true, OwnToo = true }, "it says nothing else" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Attack", "32")]
    public void Read_RuleThatSaysNothingSensible_IsRefusedWithTheReason(PolicyApproval rule, string reason)
    {
        var refusal = Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(rule)));

        Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoRulesForTheSameInOnePlace_IsRefused()
    {
        var refusal = Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf(
            new PolicyApproval { For = ["destroy", "export"], Group = "g", Approvals = 1 }, new PolicyApproval { For = ["export"], Group = "g", InsecureAlone = true })));

        Assert.Contains("more than one rule for export", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PT59M")]
    [InlineData("P31D")]
    [InlineData("soon")]
    [InlineData("None")]
    public void Read_WaitOutOfRange_IsRefused(string wait) =>
        Assert.Throws<KeyreeveException>(() => PolicyReader.Read(FileOf() with { Destruction = [new PolicyDestruction { Tenant = true, Wait = wait }] }));

    [Fact]
    public void Write_WhatWasRead_ReadsToTheSame()
    {
        var file = FileOf(
            new PolicyApproval { For = ["destroy", "policy"], Group = "payments", Approvals = 2, Approvers = ["ann", "bob"], OwnToo = true, ValidFor = "PT12H" },
            new PolicyApproval { For = ["export"], Key = Key.ToString(), InsecureAlone = true }) with
        {
            Destruction = [new PolicyDestruction { Tenant = true, Wait = "P1D" }, new PolicyDestruction { Group = "tapes", Wait = "none" }],
        };

        var written = PolicyWriter.Write(PolicyReader.Read(file));

        Assert.Equivalent(file.Approvals, written.Approvals, strict: true);
        Assert.Equivalent(file.Destruction, written.Destruction, strict: true);
    }

    [Fact]
    public void Warnings_RuleThatIsWaived_IsSaid()
    {
        var policy = PolicyReader.Read(FileOf(
            new PolicyApproval { For = ["export"], Group = "tapes", InsecureAlone = true }, new PolicyApproval { For = ["restore"], Tenant = true, Approvals = 1 }));

        var warning = Assert.Single(WholePolicy.Of(policy, []).Warnings());

        Assert.Contains("export", warning, StringComparison.Ordinal);
        Assert.Contains("tapes", warning, StringComparison.Ordinal);
    }

    private static PolicyFile FileOf(params PolicyApproval[] approvals) => new() { Format = PolicyFile.CurrentFormat, Bindings = [], Approvals = approvals };

    private static ApprovalRules Compiled(params PolicyApproval[] approvals) => new(PolicyReader.Read(FileOf(approvals)));
}
