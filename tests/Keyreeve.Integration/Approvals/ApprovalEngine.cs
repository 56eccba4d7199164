using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Policies;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Integration.Operations;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>Core with principals: officers ann, bob and cid, and bea, who administers and exports keys of which she has made none.</summary>
public sealed class ApprovalEngine : IAsyncDisposable
{
    private PrincipalDirectory _directory = null!;
    private DocumentSealer _sealer = null!;

    private ApprovalEngine()
    {
    }

    internal EngineFixture Core { get; } = new();

    internal PrincipalDirectory Directory => _directory;

    internal Principal Bea => Find("bea");

    internal Principal Ann => Find("ann");

    internal Principal Bob => Find("bob");

    internal Principal Cid => Find("cid");

    internal static async Task<ApprovalEngine> StartAsync(params string[] officers)
    {
        var engine = new ApprovalEngine();
        await engine.Core.InitializeAsync();
        await engine.OpenAsync();
        foreach (var name in officers.Length == 0 ? ["ann", "bob", "cid"] : officers) await engine.AddAsync(name, Role.SecurityOfficer);
        await engine.AddAsync("bea", Role.KeyAdministrator, Role.KeyExporter);
        return engine;
    }

    public async ValueTask DisposeAsync()
    {
        _sealer.Dispose();
        await Core.DisposeAsync();
    }

    internal Principal Find(string name) => _directory.FindByName(TenantId.Default, name)!.Principal;

    /// <summary>As a restart does: nothing in memory survives.</summary>
    internal async Task RestartAsync()
    {
        _sealer.Dispose();
        await Core.RestartAsync();
        await OpenAsync();
    }

    /// <summary>What the server's own machine does needs nobody's approval.</summary>
    internal async Task AddAsync(string name, params Role[] roles) => await Core.RunAsync(
        new AddPrincipalOperation(_directory),
        new AddPrincipalRequest { Name = name, Roles = [.. roles], Credential = PrincipalCredential.OfSubject("https://issuer.example.org", name) },
        Principal.Local(TenantId.Default));

    internal async Task DisableAsync(string name, Principal by) => await Core.RunAsync(new DisablePrincipalOperation(_directory), new DisablePrincipalRequest(name), by);

    internal ChangePolicyOperation ChangePolicy => new(_directory);

    internal IssueEnrolmentCodeOperation IssueCode => new(_directory);

    internal AddCredentialOperation AddCredential => new(_directory);

    /// <summary>The policy in force, changed.</summary>
    internal async Task<ChangePolicyRequest> PolicyAsync(Func<PolicyFile, PolicyFile> change)
    {
        var whole = await Core.RunAsync(new ReadPolicyOperation(_directory), new ReadPolicyRequest(), Ann);
        return new ChangePolicyRequest(change(whole.ToFile()), whole.Version);
    }

    /// <summary>Puts a policy in force as two officers do.</summary>
    internal async Task ApplyAsync(Func<PolicyFile, PolicyFile> change)
    {
        var request = await PolicyAsync(change);
        var id = await AskAsync(ChangePolicy, request, Ann);
        await ApproveAsync(id, Bob);
        await Core.RunAsync(ChangePolicy, request, Ann);
    }

    /// <summary>Tries what takes others to agree, and gives the request that was kept of it.</summary>
    internal async Task<UniqueIdentifier> AskAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, Principal by)
        where TRequest : class
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await Core.RunAsync(operation, request, by));
        Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
        return UniqueIdentifier.Parse(refusal.Reference!);
    }

    internal async Task<ApprovalRequest> ApproveAsync(UniqueIdentifier id, Principal by) => await Core.RunAsync(new ApproveOperation(), new ApprovalDecisionRequest(id), by);

    internal async Task<ApprovalState> StateOfAsync(UniqueIdentifier id, Principal by) =>
        (await Core.RunAsync(new ListApprovalsOperation(), new ListApprovalsRequest(id, OpenOnly: false), by))[0].StateAt(Core.Time.GetUtcNow());

    private async Task OpenAsync()
    {
        _sealer = new DocumentSealer(Core.Hierarchy);
        _directory = await PrincipalDirectory.OpenAsync(Core.Store, _sealer, CancellationToken.None);
        Core.Engine.Principals = _directory;
    }
}
