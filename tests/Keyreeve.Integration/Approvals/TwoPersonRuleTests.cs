using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Integration.Operations;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>What one person may not do alone, and every way round that we know.</summary>
public sealed class TwoPersonRuleTests : IAsyncLifetime
{
    private ApprovalEngine _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await ApprovalEngine.StartAsync();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public async Task Destroy_OnceApproved_IsDoneOnceAndNamesWhoApproved()
    {
        var id = await KeyAsync();
        var request = await AskDestroyAsync(id);

        await _engine.ApproveAsync(request, _engine.Ann);
        await DestroyAsync(id);

        Assert.Equal(State.Destroyed, await _engine.Core.StateOfAsync(id));
        Assert.Equal(ApprovalState.Executed, await _engine.StateOfAsync(request, _engine.Bea));
        var record = _engine.Core.Audit.Committed.Select(static p => System.Text.Encoding.UTF8.GetString(p.Record.Span)).Last(static r => r.Contains("\"Destroy\"", StringComparison.Ordinal));
        Assert.Contains($"approval {request} by ann", record, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approve_ByTheOneWhoAsked_IsRefusedWhicheverCredentialIsShown()
    {
        var policy = await _engine.PolicyAsync(static file => file with { Separation = "strict" });
        await Assert.ThrowsAsync<KeyreeveException>(async () => await _engine.Core.RunAsync(_engine.ChangePolicy, policy with { ExpectedVersion = "other" }, _engine.Ann));
        var code = new IssueEnrolmentCodeRequest { Name = "new", Group = null, Roles = [Role.KeyViewer] };
        var request = await _engine.AskAsync(_engine.IssueCode, code, _engine.Ann);

        Assert.Equal(KeyreeveError.PermissionDenied, await DecideAsync(new ApproveOperation(), request, _engine.Ann));
        Assert.Equal(KeyreeveError.PermissionDenied, await DecideAsync(new ApproveOperation(), request, _engine.Ann with { Credential = "another", Fingerprint = new string('a', 64) }));
        Assert.Equal(KeyreeveError.PermissionDenied, await DecideAsync(new ApproveOperation(), request, _engine.Ann with { Name = "ANN" }));
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(_engine.IssueCode, code, _engine.Ann));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approve_TwiceByTheSame_CountsOnce()
    {
        await TwoNeededAsync();
        var id = await KeyAsync();
        var request = await AskDestroyAsync(id);
        await _engine.ApproveAsync(request, _engine.Ann);

        Assert.Equal(KeyreeveError.Conflict, await DecideAsync(new ApproveOperation(), request, _engine.Ann));
        Assert.Equal(KeyreeveError.Conflict, await DecideAsync(new ApproveOperation(), request, _engine.Ann with { Credential = "another", Fingerprint = new string('a', 64) }));
        Assert.Equal(KeyreeveError.ApprovalRequired, await RefusedDestroyAsync(id));

        await _engine.ApproveAsync(request, _engine.Cid);
        await DestroyAsync(id);
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approval_PastItsTime_ApprovesNothing()
    {
        var id = await KeyAsync();
        var late = await AskDestroyAsync(id);
        await _engine.ApproveAsync(late, _engine.Ann);
        _engine.Core.Time.Advance(ApprovalRule.StandardValidity);

        var anew = await AskDestroyAsync(id);
        Assert.NotEqual(late, anew);
        Assert.Equal(ApprovalState.Expired, await _engine.StateOfAsync(late, _engine.Ann));
        Assert.Equal(KeyreeveError.Conflict, await DecideAsync(new ApproveOperation(), late, _engine.Bob));
        Assert.NotEqual(State.Destroyed, await _engine.Core.StateOfAsync(id));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approval_OfWhatIsAlteredAfterwards_IsForSomethingElse()
    {
        var (id, other) = (await KeyAsync(), await KeyAsync());
        var request = await AskDestroyAsync(id);
        await _engine.ApproveAsync(request, _engine.Ann);

        // Another object, another operation, the same object changed.
        Assert.Equal(KeyreeveError.ApprovalRequired, await RefusedDestroyAsync(other));
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ObliterateOperation(), new ObliterateRequest(id), _engine.Bea));
        await _engine.Core.RunAsync(new AddAttributeOperation(), new AddAttributeRequest(id, new AttributeKey(AttributeName.ContactInformation), AttributeValue.Of("somebody")));
        Assert.Equal(KeyreeveError.ApprovalRequired, await RefusedDestroyAsync(id));
        Assert.Equal(State.PreActive, await _engine.Core.StateOfAsync(id));

        // Nor is it another's.
        await _engine.AddAsync("eve", Role.KeyAdministrator);
        var third = await KeyAsync();
        await _engine.ApproveAsync(await AskDestroyAsync(third), _engine.Ann);
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(third), _engine.Find("eve")));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approval_OfAnExport_IsForThatFormAlone()
    {
        var id = await KeyAsync();
        var get = new GetRequest { Id = id };
        await _engine.ApproveAsync(await _engine.AskAsync(new GetOperation(), get, _engine.Bea), _engine.Bob);

        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new GetOperation(), get with { KeyFormatType = KeyFormatType.TransparentSymmetricKey }, _engine.Bea));
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new ExportOperation(), get, _engine.Bea));
        (await _engine.Core.RunAsync(new GetOperation(), get, _engine.Bea)).Dispose();
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new GetOperation(), get, _engine.Bea));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Approval_OfWhoMayApproveNoMore_CountsNoMore()
    {
        var (first, second) = (await KeyAsync(), await KeyAsync());
        await _engine.ApproveAsync(await AskDestroyAsync(first), _engine.Cid);
        await _engine.ApproveAsync(await AskDestroyAsync(second), _engine.Bob);

        await _engine.DisableAsync("cid", _engine.Ann);
        Assert.Equal(KeyreeveError.ApprovalRequired, await RefusedDestroyAsync(first));

        await _engine.ApplyAsync(static file => file with
        {
            Bindings = [.. file.Bindings, new PolicyBinding { Name = "not-bob", Effect = "deny", Principals = ["bob"], Role = "SecurityOfficer", Group = "default" }],
        });
        Assert.Equal(KeyreeveError.ApprovalRequired, await RefusedDestroyAsync(second));
        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new ApproveOperation(), await AskDestroyAsync(await KeyAsync()), _engine.Bob));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Request_WhoseApprovalsAreNotEnoughAnyMore_IsNotShownAsApproved()
    {
        var (first, second) = (await AskDestroyAsync(await KeyAsync()), await AskDestroyAsync(await KeyAsync()));
        await _engine.ApproveAsync(first, _engine.Cid);
        await _engine.ApproveAsync(second, _engine.Bob);
        Assert.Equal((ApprovalState.Approved, 1), await StandingAsync(first));

        await _engine.DisableAsync("cid", _engine.Ann);
        Assert.Equal((ApprovalState.Pending, 1), await StandingAsync(first));
        Assert.Equal((ApprovalState.Approved, 1), await StandingAsync(second));

        await TwoNeededAsync();
        Assert.Equal((ApprovalState.Pending, 2), await StandingAsync(second));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Officer_LeftAloneByHisOwnDoing_DoesNotActAlone()
    {
        await _engine.DisableAsync("bob", _engine.Ann);
        await _engine.DisableAsync("cid", _engine.Ann);

        var policy = await _engine.PolicyAsync(static file => file with { Separation = "insecure-none" });
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await _engine.Core.RunAsync(_engine.ChangePolicy, policy, _engine.Ann));
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
        Assert.Contains("Only 0", refusal.Message, StringComparison.Ordinal);
        await _engine.RestartAsync();
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(_engine.ChangePolicy, policy, _engine.Ann));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Officer_WhoMakesHimselfASecondOne_NeedsTheOthersForThat()
    {
        var credential = PrincipalCredential.OfSubject("https://issuer.example.org", "ann-too");
        Assert.Equal(
            KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(_engine.AddCredential, new AddCredentialRequest("bob", credential), _engine.Ann));
        Assert.Equal(
            KeyreeveError.ApprovalRequired,
            await _engine.Core.RefusedAsync(_engine.IssueCode, new IssueEnrolmentCodeRequest { Name = "bob", IsRenewal = true }, _engine.Ann));
        Assert.Equal(
            KeyreeveError.ApprovalRequired,
            await _engine.Core.RefusedAsync(_engine.IssueCode, new IssueEnrolmentCodeRequest { Name = "ann2", Roles = [Role.SecurityOfficer] }, _engine.Ann));
    }

    [Fact]
    [Trait("Attack", "33")]
    public async Task Withdraw_ByAnother_IsRefusedAndChangesNothing()
    {
        var request = await AskDestroyAsync(await KeyAsync());
        await _engine.AddAsync("eve", Role.KeyAdministrator);

        Assert.Equal(KeyreeveError.PermissionDenied, await DecideAsync(new WithdrawApprovalOperation(), request, _engine.Ann));
        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new WithdrawApprovalOperation(), request, _engine.Find("eve")));
        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new RejectApprovalOperation(), request, _engine.Find("eve")));
        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new ApproveOperation(), request, _engine.Find("eve")));
        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new WithdrawApprovalOperation(), request, _engine.Core.Stranger));
        Assert.Equal(ApprovalState.Pending, await _engine.StateOfAsync(request, _engine.Bea));
    }

    [Fact]
    public async Task Approval_GivenUnderAConditionOnPurpose_CountsWithThePurposeItWasGivenFor()
    {
        await _engine.ApplyAsync(static file => file with
        {
            Purposes = [new PolicyPurpose { Code = "four-eyes" }],
            Bindings =
            [
                .. file.Bindings!.Where(static b => b.Principals is not ["cid"]),
                new PolicyBinding { Principals = ["cid"], Role = "SecurityOfficer", Tenant = true, Conditions = new PolicyConditions { Purposes = ["four-eyes"] } },
            ],
        });
        var id = await KeyAsync();
        var request = await AskDestroyAsync(id);

        Assert.Equal(KeyreeveError.ItemNotFound, await DecideAsync(new ApproveOperation(), request, _engine.Cid));
        var call = _engine.Core.CallOf(_engine.Cid) with { Purpose = "four-eyes" };
        await (await _engine.Core.Pipeline.RunAsync(new ApproveOperation(), call, new ApprovalDecisionRequest(request), CancellationToken.None)).ReleaseAsync(CancellationToken.None);
        await DestroyAsync(id);

        Assert.Equal(State.Destroyed, await _engine.Core.StateOfAsync(id));
    }

    [Fact]
    public async Task Code_ForDutiesThatDoNotGoTogether_IsRefusedBeforeOthersAreAsked()
    {
        var both = new IssueEnrolmentCodeRequest { Name = "both", Roles = [Role.SecurityOfficer, Role.KeyUser] };

        Assert.Equal(KeyreeveError.InvalidField, await _engine.Core.RefusedAsync(_engine.IssueCode, both, _engine.Ann));
        Assert.Empty(await _engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(null, OpenOnly: true), _engine.Bob));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_RejectedOrWithdrawn_IsOver(bool isRejected)
    {
        await TwoNeededAsync();
        var id = await KeyAsync();
        var request = await AskDestroyAsync(id);
        await _engine.ApproveAsync(request, _engine.Ann);
        await _engine.ApproveAsync(request, _engine.Bob);
        await _engine.Core.RunAsync<ApprovalDecisionRequest, ApprovalRequest>(
            isRejected ? new RejectApprovalOperation() : new WithdrawApprovalOperation(), new ApprovalDecisionRequest(request), isRejected ? _engine.Cid : _engine.Bea);

        Assert.Equal(KeyreeveError.Conflict, await DecideAsync(new ApproveOperation(), request, _engine.Cid));
        Assert.NotEqual(request, await AskDestroyAsync(id));
        Assert.Equal(State.PreActive, await _engine.Core.StateOfAsync(id));
    }

    [Fact]
    [Trait("Attack", "28")]
    [Trait("Attack", "29")]
    public async Task List_ShowsOnesOwnAndWhatOneMayDecideOn()
    {
        var request = await AskDestroyAsync(await KeyAsync());
        await _engine.AddAsync("eve", Role.KeyAdministrator);

        Assert.Equal([request], await ListedAsync(_engine.Bea));
        Assert.Equal([request], await ListedAsync(_engine.Ann));
        Assert.Empty(await ListedAsync(_engine.Find("eve")));
        Assert.Empty(await ListedAsync(_engine.Core.Stranger));
        Assert.Equal(KeyreeveError.ItemNotFound, await _engine.Core.RefusedAsync(new ListApprovalsOperation(), new ListApprovalsRequest(request, false), _engine.Core.Stranger));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_OfWhatNeverLeaves_IsNotEvenAskedFor()
    {
        var sensitive = await _engine.Core.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Sensitive, AttributeValue.Of(value: true)));
        var kept = await _engine.Core.CreateAesAsync(AttributeSet.Empty.With(AttributeName.Extractable, AttributeValue.Of(value: false)));

        Assert.Equal(KeyreeveError.Sensitive, await _engine.Core.RefusedAsync(new GetOperation(), new GetRequest { Id = sensitive }, _engine.Bea));
        Assert.Equal(KeyreeveError.NotExtractable, await _engine.Core.RefusedAsync(new GetOperation(), new GetRequest { Id = kept }, _engine.Bea));
        Assert.Empty(await ListedAsync(_engine.Bea));
    }

    [Fact]
    public async Task Get_OfOnesOwn_TakesNobodyElse()
    {
        var own = await _engine.Core.CreateAesAsync(principal: _engine.Bea);
        (await _engine.Core.RunAsync(new GetOperation(), new GetRequest { Id = own }, _engine.Bea)).Dispose();

        // Made anew by somebody else it is still hers; and what was another's does not become hers by making it anew.
        var next = (await _engine.Core.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = own })).Id;
        (await _engine.Core.RunAsync(new GetOperation(), new GetRequest { Id = next }, _engine.Bea)).Dispose();
        var others = (await _engine.Core.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = await KeyAsync() }, _engine.Bea)).Id;
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new GetOperation(), new GetRequest { Id = others }, _engine.Bea));

        await _engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["export"], Tenant = true, Approvals = 1, OwnToo = true }] });
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new GetOperation(), new GetRequest { Id = own }, _engine.Bea));
    }

    [Fact]
    [Trait("Attack", "32")]
    public async Task Get_OfWhatWasPutTogetherFromPartsOfAnothers_TakesOthersThoughItCountsToWhoDidThat()
    {
        var parts = (await _engine.Core.RunAsync(new CreateSplitKeyOperation(), SplitKeyTests.SplitRequest(await KeyAsync(), SplitKeyMethod.PolynomialSharingGf65536, 2, 2), _engine.Bea)).Ids;
        var joined = (await _engine.Core.RunAsync(new JoinSplitKeyOperation(), SplitKeyTests.Join(parts), _engine.Bea)).Id;
        var replaced = (await _engine.Core.RunAsync(new ReKeyOperation(), new ReKeyRequest { Id = joined }, _engine.Bea)).Id;

        foreach (var id in (UniqueIdentifier[])[parts[0], joined, replaced])
        {
            var made = await _engine.Core.Engine.Objects.FindAsync(Core.Objects.TenantId.Default, id, CancellationToken.None);
            Assert.Equal(AttributeValue.Of("bea"), made!.Attributes.Find(AttributeName.Owner));
            Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(new GetOperation(), new GetRequest { Id = id }, _engine.Bea));
        }
    }

    [Fact]
    public async Task Asking_Again_IsTheSameRequest()
    {
        var id = await KeyAsync();

        Assert.Equal(await AskDestroyAsync(id), await AskDestroyAsync(id));
        Assert.Single(await ListedAsync(_engine.Bea));
    }

    [Fact]
    public async Task Policy_ApprovedByAnother_IsAppliedAsItWasShown()
    {
        var change = await _engine.PolicyAsync(static file => file with { Purposes = [new PolicyPurpose { Code = "ticket" }] });
        var request = await _engine.AskAsync(_engine.ChangePolicy, change, _engine.Ann);
        var shown = (await _engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(request, false), _engine.Bob))[0];
        Assert.Contains("""+ purpose {"code":"ticket"}""", shown.Details);
        await _engine.ApproveAsync(request, _engine.Bob);

        // Not another policy, and not from another beginning.
        var other = change with { File = change.File with { Purposes = [new PolicyPurpose { Code = "leisure" }] } };
        Assert.Equal(KeyreeveError.ApprovalRequired, await _engine.Core.RefusedAsync(_engine.ChangePolicy, other, _engine.Ann));
        var outcome = await _engine.Core.RunAsync(_engine.ChangePolicy, change, _engine.Ann);
        Assert.Single(outcome.Changes);
    }

    private async Task TwoNeededAsync() => await _engine.ApplyAsync(static file => file with
    {
        Approvals = [new PolicyApproval { For = ["destroy"], Group = "default", Approvals = 2 }],
    });

    private Task<UniqueIdentifier> KeyAsync() => _engine.Core.CreateAesAsync(active: false).AsTask();

    private Task<UniqueIdentifier> AskDestroyAsync(UniqueIdentifier id) => _engine.AskAsync(new DestroyOperation(), new DestroyRequest(id), _engine.Bea);

    private async Task DestroyAsync(UniqueIdentifier id) => await _engine.Core.RunAsync(new DestroyOperation(), new DestroyRequest(id), _engine.Bea);

    private async Task<KeyreeveError> RefusedDestroyAsync(UniqueIdentifier id) => await _engine.Core.RefusedAsync(new DestroyOperation(), new DestroyRequest(id), _engine.Bea);

    private async Task<KeyreeveError> DecideAsync(ApprovalDecision decision, UniqueIdentifier id, Principal by) =>
        await _engine.Core.RefusedAsync(decision, new ApprovalDecisionRequest(id), by);

    private async Task<(ApprovalState State, int Needed)> StandingAsync(UniqueIdentifier id)
    {
        var request = Assert.Single(await _engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(id, OpenOnly: false), _engine.Bea));
        return (request.StateAt(_engine.Core.Time.GetUtcNow()), request.Needed);
    }

    private async Task<IEnumerable<UniqueIdentifier>> ListedAsync(Principal by) =>
        (await _engine.Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(null, OpenOnly: true), by)).Select(static r => r.Id);
}
