using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>Several at once, a restart in the middle, a batch that is undone, a store that somebody alters.</summary>
public sealed class ApprovalRaceTests : IAsyncLifetime
{
    private ApprovalEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await ApprovalEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Approve_ByTwoAtOnce_CountsBoth()
    {
        await _engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 3 }] });
        for (var round = 0; round < 5; round++)
        {
            var key = await KeyAsync();
            var id = await AskAsync(key);
            var officers = (Principal[])[_engine.Ann, _engine.Bob, _engine.Cid];

            await Task.WhenAll(officers.Select(officer => Task.Run(() => _engine.ApproveAsync(id, officer))));

            Assert.Equal(ApprovalState.Approved, await _engine.StateOfAsync(id, _engine.Bea));
            await DestroyAsync(key);
        }
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Execution_ByManyAtOnce_HappensOnce()
    {
        for (var round = 0; round < 5; round++)
        {
            var key = await _engine.Core.CreateAesAsync();
            var get = new GetRequest { Id = key };
            await _engine.ApproveAsync(await _engine.AskAsync(new GetOperation(), get, _engine.Bea), _engine.Ann);

            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TryGetAsync(get))));

            Assert.Single(outcomes, static outcome => outcome is null);
            Assert.All(outcomes.OfType<KeyreeveError>(), static error => Assert.Equal(KeyreeveError.ApprovalRequired, error));
        }
    }

    [Fact]
    public async Task Execution_LostToTheSameRequest_AsksForNothingNew()
    {
        var key = await _engine.Core.CreateAesAsync();
        var get = new GetRequest { Id = key };
        var asked = await _engine.AskAsync(new GetOperation(), get, _engine.Bea);
        await _engine.ApproveAsync(asked, _engine.Ann);

        var loser = new GetThatIsOvertaken(() => _engine.Core.RunAsync(new GetOperation(), get, _engine.Bea).AsTask());
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await _engine.Core.RunAsync(loser, get, _engine.Bea));

        Assert.Equal((KeyreeveError.ApprovalRequired, asked.ToString()), (refusal.Error, refusal.Reference));
        var open = await _engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(null, OpenOnly: true), _engine.Bea);
        Assert.Empty(open);
        // Asked once more by itself, it is a new request.
        Assert.NotEqual(asked, await _engine.AskAsync(new GetOperation(), get, _engine.Bea));
    }

    [Fact]
    public async Task Approve_AndReject_AtOnce_LeaveOneState()
    {
        var key = await KeyAsync();
        var id = await AskAsync(key);

        await Task.WhenAll(
            Task.Run(() => Record.ExceptionAsync(() => _engine.ApproveAsync(id, _engine.Ann))),
            Task.Run(async () => await _engine.Core.RunAsync<ApprovalDecisionRequest, ApprovalRequest>(new RejectApprovalOperation(), new ApprovalDecisionRequest(id), _engine.Bob)));

        Assert.Equal(ApprovalState.Rejected, await _engine.StateOfAsync(id, _engine.Bea));
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(key), _engine.Bea));
    }

    [Fact]
    public async Task Restart_BetweenEveryTwoSteps_LosesNothing()
    {
        await _engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 2 }] });
        var key = await KeyAsync();
        var id = await AskAsync(key);
        await _engine.RestartAsync();
        await _engine.ApproveAsync(id, _engine.Ann);
        await _engine.RestartAsync();
        Assert.Equal(id, await AskAsync(key));
        await _engine.ApproveAsync(id, _engine.Cid);
        await _engine.RestartAsync();

        await DestroyAsync(key);
        await _engine.RestartAsync();
        Assert.Equal(ApprovalState.Executed, await _engine.StateOfAsync(id, _engine.Bea));
        Assert.Equal(State.Destroyed, await _engine.Core.StateOfAsync(key));
    }

    [Fact]
    public async Task Batch_ThatIsUndone_KeepsWhatWasAskedAndUsesUpNothing()
    {
        var key = await KeyAsync();
        UniqueIdentifier id;
        using (var batch = new BatchTransaction(_engine.Core.Engine))
        {
            var refusal = await Assert.ThrowsAsync<KeyreeveException>(
                async () => await batch.Pipeline.RunAsync(new DestroyOperation(), _engine.Core.CallOf(_engine.Bea), new DestroyRequest(key), CancellationToken.None));
            id = UniqueIdentifier.Parse(refusal.Reference!);
            await batch.UndoAsync(CancellationToken.None);
        }

        await _engine.ApproveAsync(id, _engine.Ann);
        using (var batch = new BatchTransaction(_engine.Core.Engine))
        {
            await batch.Pipeline.RunAsync(new DestroyOperation(), _engine.Core.CallOf(_engine.Bea), new DestroyRequest(key), CancellationToken.None);
            await batch.UndoAsync(CancellationToken.None);
        }

        Assert.Equal(ApprovalState.Approved, await _engine.StateOfAsync(id, _engine.Bea));
        using (var batch = new BatchTransaction(_engine.Core.Engine))
        {
            await batch.Pipeline.RunAsync(new DestroyOperation(), _engine.Core.CallOf(_engine.Bea), new DestroyRequest(key), CancellationToken.None);
            await batch.CommitAsync();
        }

        Assert.Equal(ApprovalState.Executed, await _engine.StateOfAsync(id, _engine.Bea));
        Assert.Equal(State.Destroyed, await _engine.Core.StateOfAsync(key));
    }

    [Fact]
    public async Task Execution_ThatFails_UsesUpNothing()
    {
        var key = await KeyAsync();
        var id = await AskAsync(key);
        await _engine.ApproveAsync(id, _engine.Ann);

        _engine.Core.Audit.IsAvailable = false;
        Assert.Equal(KeyreeveError.AuditUnavailable, await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(key), _engine.Bea));
        _engine.Core.Audit.IsAvailable = true;

        Assert.Equal(ApprovalState.Approved, await _engine.StateOfAsync(id, _engine.Bea));
        await DestroyAsync(key);
    }

    [Fact]
    [Trait("Attack", "46")]
    public async Task Document_PutInAnothersPlace_IsFoundOut()
    {
        var (first, second) = (await AskAsync(await KeyAsync()), await AskAsync(await KeyAsync()));
        await _engine.ApproveAsync(first, _engine.Ann);
        var store = _engine.Core.Store;
        var approved = await store.FindDocumentAsync("approval-request/1", first.ToString(), CancellationToken.None);
        var pending = await store.FindDocumentAsync("approval-request/1", second.ToString(), CancellationToken.None);
        Assert.NotNull(approved);
        Assert.NotNull(pending);

        var forged = pending with { Body = approved.Body, RowVersion = pending.RowVersion + 1 };
        await store.CommitAsync(new Core.Storage.StoreChanges { Documents = [forged] }, CancellationToken.None);

        Assert.Equal(KeyreeveError.IntegrityFailure, await _engine.Core.RefusedAsync(new ListApprovalsOperation(), new ListApprovalsRequest(second, false), _engine.Ann));
    }

    private Task<UniqueIdentifier> KeyAsync() => _engine.Core.CreateAesAsync(active: false).AsTask();

    private Task<UniqueIdentifier> AskAsync(UniqueIdentifier key) => _engine.AskAsync(new DestroyOperation(), new DestroyRequest(key), _engine.Bea);

    private async Task DestroyAsync(UniqueIdentifier key) => await _engine.Core.RunAsync(new DestroyOperation(), new DestroyRequest(key), _engine.Bea);

    /// <summary>A Get that another one of the same principal overtakes between its approval and its commit.</summary>
    private sealed class GetThatIsOvertaken(Func<Task<GetResponse>> first) : Operation<GetRequest, GetResponse>, IGuarded<GetRequest>
    {
        private readonly GetOperation _get = new();
        private bool _isOvertaken;

        public override OperationName Name => _get.Name;

        public override OperationClass Class => _get.Class;

        public GuardedAct? Examine(OperationScope scope, OperationTarget target, GetRequest request) => _get.Examine(scope, target, request);

        protected internal override async ValueTask<OperationTarget> ResolveAsync(OperationScope scope, GetRequest request, CancellationToken cancellationToken) =>
            OperationTarget.Of(await scope.RequireAsync(request.Id, cancellationToken));

        protected internal override async ValueTask<GetResponse> ExecuteAsync(OperationScope scope, OperationTarget target, GetRequest request, CancellationToken cancellationToken)
        {
            if (!_isOvertaken) (await first()).Dispose();
            _isOvertaken = true;
            return await _get.ExecuteAsync(scope, target, request, cancellationToken);
        }
    }

    private async Task<KeyreeveError?> TryGetAsync(GetRequest get)
    {
        try
        {
            (await _engine.Core.RunAsync(new GetOperation(), get, _engine.Bea)).Dispose();
            return null;
        }
        catch (KeyreeveException refusal)
        {
            return refusal.Error;
        }
    }
}
