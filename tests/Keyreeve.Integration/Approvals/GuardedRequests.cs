using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Conversation;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Offboarding;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Operations.Tenants;
using Keyreeve.Core.Sealing;
using Keyreeve.Integration.Identity;
using Keyreeve.Integration.Operations;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>Something that takes others to agree: how it is asked, and how something that is nearly the same is.</summary>
/// <param name="Kind">What the policy calls it.</param>
/// <param name="By">Who asks.</param>
/// <param name="RunAsync">Asks.</param>
/// <param name="RunAnotherAsync">Asks for something that differs in one respect: a parameter, or the object as it has become since.</param>
internal sealed record GuardedRequest(ApprovalKind Kind, Principal By, Func<Task> RunAsync, Func<Task> RunAnotherAsync);

/// <summary>
/// Everything that takes others to agree, from one list, on one engine whose policy demands two approvals of every kind: officers
/// ann, bob and cid; bea administers and exports keys of which she has made none.
/// </summary>
public sealed class GuardedRequests : IAsyncLifetime
{
    /// <summary>The name of what is about the policy itself.</summary>
    public const string PolicyChange = "change the policy";

    private readonly Dictionary<string, Func<Task<GuardedRequest>>> _each;
    private ApprovalEngine _engine = null!;
    private SealKeeper _keeper = null!;
    private int _count;

    public GuardedRequests() => _each = new(StringComparer.Ordinal)
    {
        ["Destroy"] = () => OnAKeyAsync(ApprovalKind.Destroy, new DestroyOperation(), static key => new DestroyRequest(key)),
        ["Obliterate"] = () => OnAKeyAsync(ApprovalKind.Destroy, new ObliterateOperation(), static key => new ObliterateRequest(key)),
        ["destroy a named key at once"] = () => OnAKeyAsync(
            ApprovalKind.Destroy, new DestroyKeyOperation(), static key => new DestroyKeyRequest(KeySelector.Of(key), key.ToString())),
        ["destroy a named key sooner"] = () => OnAKeyAsync(
            ApprovalKind.Destroy, new ScheduleDestructionOperation(), static key => new ScheduleDestructionRequest(KeySelector.Of(key), TimeSpan.FromHours(2))),
        ["announce a destruction"] = () => OnAKeyAsync(
            ApprovalKind.ScheduleDestruction, new ScheduleDestructionOperation(), static key => new ScheduleDestructionRequest(KeySelector.Of(key), TimeSpan.FromDays(20))),
        ["Import in the place of a key"] = () => OnAKeyAsync(ApprovalKind.Destroy, new ImportOperation(), static key => new ImportRequest
        {
            Id = key, ObjectType = ObjectType.SymmetricKey, Attributes = AttributeSet.Empty, ReplaceExisting = true,
            Value = new ObjectValue { ObjectType = ObjectType.SymmetricKey, KeyBlock = RegisteredKeys.SymmetricBlock(new byte[32], KeyFormatType.Raw) },
        }),
        ["Get"] = () => OnAKeyAsync(ApprovalKind.Export, new GetOperation(), static key => new GetRequest { Id = key }),
        ["Export"] = () => OnAKeyAsync(ApprovalKind.Export, new ExportOperation(), static key => new GetRequest { Id = key }),
        ["Put"] = () => OnAKeyAsync(ApprovalKind.Export, new PutOperation(), static key => new PutRequest(new GetRequest { Id = key })),
        [PolicyChange] = PolicyAsync,
        ["give an enrolment code"] = () => Of(ApprovalKind.Policy, _engine.IssueCode, static name => new IssueEnrolmentCodeRequest { Name = name, Roles = [Role.KeyUser] }),
        ["add a principal"] = () => Of(ApprovalKind.Policy, new AddPrincipalOperation(_engine.Directory), static name => new AddPrincipalRequest
        {
            Name = name, Roles = [Role.KeyUser], Credential = PrincipalCredential.OfSubject("https://issuer.example.org", name),
        }),
        ["add a credential"] = () => Of(
            ApprovalKind.Policy, _engine.AddCredential, static name => new AddCredentialRequest("bob", PrincipalCredential.OfSubject("https://issuer.example.org", name))),
        ["make a token for another"] = () => Of(ApprovalKind.Policy, new CreateTokenOperation(_engine.Directory, isOwn: false), static name => new CreateTokenRequest
        {
            PrincipalName = "bea", Label = name, Roles = [Role.KeyAdministrator],
        }),
        ["invite to a tenant"] = InviteAsync,
        ["delete a tenant"] = DeleteTenantAsync,
        ["rotate the root key"] = RotateRootAsync,
        ["add a seal slot"] = AddSlotAsync,
        ["remove a seal slot"] = RemoveSlotAsync,
        ["offboard"] = OffboardAsync,
        ["permit a restore"] = () => Of(ApprovalKind.Restore, new PermitRestoreOperation(), static name => new PermitRestoreRequest(name, TimeSpan.FromHours(1))),
    };

    /// <summary>Their names.</summary>
    public static TheoryData<string> Names { get; } = [.. new GuardedRequests()._each.Keys];

    internal ApprovalEngine Engine => _engine;

    public async ValueTask InitializeAsync()
    {
        _engine = await ApprovalEngine.StartAsync();
        var slot = new MemorySlot();
        var file = new SealFile(_engine.Core.Folder);
        (await file.CreateAsync(slot, default)).Dispose();
        _keeper = new SealKeeper(file, [slot], _engine.Core.Hierarchy, TimeProvider.System);
        // The engine's first root key is in no slot.
        await _engine.Core.RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _engine.Ann);
        await _engine.ApplyAsync(static file => file with
        {
            Approvals =
            [
                new PolicyApproval
                {
                    For = ["destroy", "schedule-destruction", "export", "policy", "root-rotation", "seal-slots", "restore", "audit-retention", "offboarding"], Tenant = true, Approvals = 2,
                },
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.Dispose();
        await _engine.DisposeAsync();
    }

    internal Task<GuardedRequest> NewAsync(string name) => _each[name]();

    /// <summary>A name that nobody and nothing has had yet.</summary>
    internal string NewName(string of) => $"{of}-{_count++}";

    private async Task<GuardedRequest> OnAKeyAsync<TRequest, TResponse>(ApprovalKind kind, Operation<TRequest, TResponse> operation, Func<UniqueIdentifier, TRequest> about)
        where TRequest : class
    {
        var key = await _engine.Core.CreateAesAsync(active: false);
        return new GuardedRequest(kind, _engine.Bea, () => RunAsync(operation, about(key), _engine.Bea), async () =>
        {
            await _engine.Core.RunAsync(new AddAttributeOperation(), new AddAttributeRequest(key, new AttributeKey(AttributeName.ContactInformation), AttributeValue.Of("somebody")));
            await RunAsync(operation, about(key), _engine.Bea);
        });
    }

    private Task<GuardedRequest> Of<TRequest, TResponse>(ApprovalKind kind, Operation<TRequest, TResponse> operation, Func<string, TRequest> about)
        where TRequest : class
    {
        var name = NewName("name");
        return Task.FromResult(new GuardedRequest(
            kind, _engine.Ann, () => RunAsync(operation, about(name), _engine.Ann), () => RunAsync(operation, about(name + "-other"), _engine.Ann)));
    }

    private async Task<GuardedRequest> PolicyAsync()
    {
        var name = NewName("purpose");
        Task<Core.Operations.Policies.ChangePolicyRequest> With(string code) => _engine.PolicyAsync(file => file with { Purposes = [.. file.Purposes ?? [], new PolicyPurpose { Code = code }] });
        var (change, other) = (await With(name), await With(name + "-other"));
        return new GuardedRequest(
            ApprovalKind.Policy, _engine.Ann, () => RunAsync(_engine.ChangePolicy, change, _engine.Ann), () => RunAsync(_engine.ChangePolicy, other, _engine.Ann));
    }

    private async Task<GuardedRequest> InviteAsync()
    {
        var tenant = await NewTenantAsync();
        return await Of(
            ApprovalKind.Policy, new InviteTenantAdministratorOperation(_engine.Directory), name => new InviteTenantAdministratorRequest(tenant, name, TimeSpan.FromHours(1)));
    }

    // What was asked of a tenant that is frozen is asked anew of one that was thawed and frozen again.
    private async Task<GuardedRequest> DeleteTenantAsync()
    {
        var tenant = await NewTenantAsync();
        await _engine.Core.RunAsync(new FreezeTenantOperation(), new FreezeTenantRequest(tenant), _engine.Ann);
        Task DeleteAsync() => RunAsync(new DeleteTenantOperation(), new DeleteTenantRequest(tenant), _engine.Ann);
        return new GuardedRequest(ApprovalKind.Destroy, _engine.Ann, DeleteAsync, async () =>
        {
            await _engine.Core.RunAsync(new ThawTenantOperation(), new ThawTenantRequest(tenant), _engine.Ann);
            await _engine.Core.RunAsync(new FreezeTenantOperation(), new FreezeTenantRequest(tenant), _engine.Ann);
            await DeleteAsync();
        });
    }

    private async Task<GuardedRequest> RotateRootAsync()
    {
        await NewRootAsync();
        Task RotateAsync() => RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _engine.Ann);
        return new GuardedRequest(ApprovalKind.RootRotation, _engine.Ann, RotateAsync, async () =>
        {
            await NewRootAsync();
            await RotateAsync();
        });
    }

    private async Task<GuardedRequest> AddSlotAsync()
    {
        await NewRootAsync();
        Task AddAsync(int threshold) => RunAsync(
            new AddSealSlotOperation(_keeper, _engine.Directory), new AddSealSlotRequest { Kind = SharesSlot.SlotKind, Shares = 3, Threshold = threshold }, _engine.Ann);
        return new GuardedRequest(ApprovalKind.SealSlots, _engine.Ann, () => AddAsync(2), () => AddAsync(3));
    }

    // As the server's own machine makes one, which asks nobody: what was asked before is about another root key.
    private Task NewRootAsync() => RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), Principal.Local(TenantId.Default));

    private async Task<GuardedRequest> RemoveSlotAsync()
    {
        async Task<string> NewSlotAsync()
        {
            using var added = await _engine.Core.RunAsync(
                new AddSealSlotOperation(_keeper, _engine.Directory), new AddSealSlotRequest { Kind = SharesSlot.SlotKind, Shares = 3, Threshold = 2 }, Principal.Local(TenantId.Default));
            return added.Slot.SlotId;
        }

        var (slot, other) = (await NewSlotAsync(), await NewSlotAsync());
        Task RemoveAsync(string id) => RunAsync(new RemoveSealSlotOperation(_keeper), new RemoveSealSlotRequest(id), _engine.Ann);
        return new GuardedRequest(ApprovalKind.SealSlots, _engine.Ann, () => RemoveAsync(slot), () => RemoveAsync(other));
    }

    private async Task<GuardedRequest> OffboardAsync()
    {
        var (leaver, other) = (NewName("leaver"), NewName("leaver"));
        foreach (var name in (string[])[leaver, other]) await _engine.AddAsync(name, Role.KeyUser);
        Task RunOnAsync(string name, KeyMeasure keys) => RunAsync(
            new OffboardOperation(_engine.Directory), new OffboardRequest(new OffboardingSubject(OffboardingKind.Principal, name), IsDryRun: false, keys), _engine.Ann);
        return new GuardedRequest(ApprovalKind.Offboarding, _engine.Ann, () => RunOnAsync(leaver, KeyMeasure.Leave), async () =>
        {
            var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => RunOnAsync(other, KeyMeasure.Leave));
            Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
            // Nor may he who was allowed to shut somebody out disable keys by the way.
            await RunOnAsync(leaver, KeyMeasure.Disable);
        });
    }

    private async Task<string> NewTenantAsync()
    {
        var name = NewName("tenant");
        await _engine.Core.RunAsync(new CreateTenantOperation(_engine.Directory), new CreateTenantRequest { Name = name, Administrator = "alice" }, _engine.Ann);
        return name;
    }

    private async Task RunAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, Principal by)
        where TRequest : class
    {
        var answer = await _engine.Core.RunAsync(operation, request, by);
        (answer as IDisposable)?.Dispose();
    }
}
