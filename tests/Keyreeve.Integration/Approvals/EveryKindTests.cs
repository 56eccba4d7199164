using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Policies;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>The same attempts on everything that takes others to agree: none gets round them, and what was agreed to is done once.</summary>
[Trait("Attack", "32")]
public sealed class EveryKindTests(GuardedRequests requests) : IClassFixture<GuardedRequests>
{
    private static readonly string[] Officers = ["ann", "bob", "cid"];

    private ApprovalEngine Engine => requests.Engine;

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Asking_IsRefusedAndKeptUnderItsKind(string name)
    {
        var act = await requests.NewAsync(name);

        var id = await AskAsync(act.RunAsync);

        var kept = Assert.Single(await Engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(id, OpenOnly: true), Engine.Cid));
        Assert.Equal((act.Kind, act.By.Name, 2, ApprovalState.Pending), (kept.Kind, kept.Requester, kept.Needed, kept.StateAt(Now)));
        Assert.Equal(id, await AskAsync(act.RunAsync));
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Explanation_TellsHowManyOfWhomItTakes(string name)
    {
        var act = await requests.NewAsync(name);
        var kept = (await Engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(await AskAsync(act.RunAsync), OpenOnly: true), Engine.Cid))[0];

        var explanation = await Engine.Core.RunAsync(
            new ExplainAccessOperation(Engine.Directory),
            new ExplainAccessRequest { Principal = act.By.Name, Operation = kept.Operation, Key = kept.Key is { } key ? KeySelector.Of(key) : null, Group = kept.Key is null ? kept.Group : null },
            Engine.Ann);

        Assert.True(explanation.Decision.IsAllowed);
        Assert.Equal((ApprovalKinds.Of(kept.Operation), 2), (explanation.Approval!.Kind, explanation.Approval.Approvals));
        Assert.Equal(Officers.Except([act.By.Name]), explanation.Approval.By);
        Assert.Contains($"It takes 2 approvals ({ApprovalKinds.WordOf(explanation.Approval.Kind)}) of ", explanation.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Approval_ByTheOneWhoAsked_IsRefused(string name)
    {
        var act = await requests.NewAsync(name);
        var id = await AskAsync(act.RunAsync);
        await Engine.ApproveAsync(id, Engine.Bob);

        Assert.Equal(KeyreeveError.PermissionDenied, await RefusedAsync(id, act.By));
        Assert.Equal(KeyreeveError.PermissionDenied, await RefusedAsync(id, act.By with { Credential = "another", Fingerprint = new string('a', 64) }));
        Assert.Equal(id, await AskAsync(act.RunAsync));
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Approval_TwiceByTheSame_CountsOnce(string name)
    {
        var act = await requests.NewAsync(name);
        var id = await AskAsync(act.RunAsync);
        await Engine.ApproveAsync(id, Engine.Bob);

        Assert.Equal(KeyreeveError.Conflict, await RefusedAsync(id, Engine.Bob));
        Assert.Equal(id, await AskAsync(act.RunAsync));
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Approval_OfWhoHasLostTheRoleSince_CountsNoMore(string name)
    {
        var former = requests.NewName("former");
        await Engine.AddAsync(former, Role.SecurityOfficer);
        var act = await requests.NewAsync(name);
        var id = await AskAsync(act.RunAsync);
        await Engine.ApproveAsync(id, Engine.Bob);
        await Engine.ApproveAsync(id, Engine.Find(former));

        await Engine.DisableAsync(former, Engine.Cid);

        if (name is GuardedRequests.PolicyChange)
        {
            // What somebody may not do any more has left the policy: the change was agreed to for another one.
            Assert.Equal(KeyreeveError.Conflict, (await Assert.ThrowsAsync<KeyreeveException>(act.RunAsync)).Error);
            return;
        }

        Assert.Equal(id, await AskAsync(act.RunAsync));
        await Engine.ApproveAsync(id, Engine.Cid);
        await act.RunAsync();
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Approval_PastItsTime_ApprovesNothing(string name)
    {
        var act = await requests.NewAsync(name);
        var id = await ApprovedAsync(act);

        Engine.Core.Time.Advance(ApprovalRule.StandardValidity);

        Assert.NotEqual(id, await AskAsync(act.RunAsync));
        Assert.Equal(KeyreeveError.Conflict, await RefusedAsync(id, Engine.Cid));
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Approval_OfOneThing_IsNoneOfAnother(string name)
    {
        var act = await requests.NewAsync(name);
        var id = await ApprovedAsync(act);

        Assert.NotEqual(id, await AskAsync(act.RunAnotherAsync));
        Assert.Equal(ApprovalState.Approved, await Engine.StateOfAsync(id, Engine.Ann));
    }

    [Theory]
    [MemberData(nameof(GuardedRequests.Names), MemberType = typeof(GuardedRequests))]
    public async Task Execution_OnceApproved_HappensOnceAndTheTrailNamesWhoApproved(string name)
    {
        var act = await requests.NewAsync(name);
        var id = await ApprovedAsync(act);

        await act.RunAsync();

        Assert.Equal(ApprovalState.Executed, await Engine.StateOfAsync(id, Engine.Ann));
        var records = Engine.Core.Audit.Committed.Select(static p => Encoding.UTF8.GetString(p.Record.Span));
        Assert.Single(records, record => record.Contains($"approval {id} by bob, cid", StringComparison.Ordinal));
        var again = await Assert.ThrowsAsync<KeyreeveException>(act.RunAsync);
        Assert.NotEqual(id.ToString(), again.Reference);
    }

    private DateTimeOffset Now => Engine.Core.Time.GetUtcNow();

    private static async Task<UniqueIdentifier> AskAsync(Func<Task> run)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(run);
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
        return UniqueIdentifier.Parse(refusal.Reference!);
    }

    private async Task<UniqueIdentifier> ApprovedAsync(GuardedRequest act)
    {
        var id = await AskAsync(act.RunAsync);
        await Engine.ApproveAsync(id, Engine.Bob);
        await Engine.ApproveAsync(id, Engine.Cid);
        return id;
    }

    private async Task<KeyreeveError> RefusedAsync(UniqueIdentifier id, Principal by) =>
        await Engine.Core.RefusedAsync(new ApproveOperation(), new ApprovalDecisionRequest(id), by);
}
