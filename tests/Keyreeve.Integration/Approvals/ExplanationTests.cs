using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Policies;
using Keyreeve.Server.Hosting;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>What <c>policy explain</c> answers is what the server then does: every operation of the fixed list, under policies by chance.</summary>
[Trait("Speed", "Slow")]
public sealed class ExplanationTests : IAsyncLifetime
{
    private const int Policies = 6;

    private static readonly OperationName[] All = [.. Enum.GetValues<OperationName>().Where(static name => name != OperationName.None)];
    private static readonly string[] Asking = ["ann", "bea", "eve", "dan"];
    private static readonly GroupName Group = GroupName.Parse("payments/cards");

    private readonly Random _random = new(20_260_501);
    private int _names;
    private ApprovalEngine _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _engine = await ApprovalEngine.StartAsync();
        await _engine.AddAsync("eve", Role.KeyUser);
        await _engine.AddAsync("dan", Role.KeyUser, Role.KeyAdministrator);
        await _engine.DisableAsync("dan", _engine.Ann);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    /// <summary>The operations that others may have to agree to are those that the pipeline asks of, no more and no fewer.</summary>
    [Fact]
    public void ApprovalKinds_AreOfTheOperationsThatAreGuarded()
    {
        var guarded = ((Assembly[])[typeof(OperationName).Assembly, typeof(KeyreeveServer).Assembly]).SelectMany(static a => a.GetTypes())
            .Where(static type => !type.IsAbstract && type.GetInterfaces().Any(static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IGuarded<>)))
            .Select(static type => type.GetProperty("Name")!.GetValue(RuntimeHelpers.GetUninitializedObject(type)))
            .Cast<OperationName>().Distinct().Order();

        Assert.Equal(All.Where(static name => ApprovalKinds.Of(name) != ApprovalKind.None).Order(), guarded);
        Assert.Equal(Enum.GetValues<ApprovalKind>().Skip(1).Order(), All.Select(ApprovalKinds.Of).Where(static kind => kind != ApprovalKind.None).Distinct().Order());
    }

    [Fact]
    public async Task Explanation_OfEveryOperation_IsWhatTheServerDoes()
    {
        var key = await _engine.Core.CreateAesAsync(group: Group);
        OperationTarget[] targets = [default, new(Group, null), OperationTarget.Of((await _engine.Core.Engine.Objects.FindAsync(TenantId.Default, key, default))!)];
        var told = new Dictionary<KeyreeveError, int>();
        for (var i = 0; i < Policies; i++)
        {
            await ApplyAsync(NextPolicy(key));
            foreach (var (name, target) in Asking.SelectMany(name => targets.Select(target => (name, target))))
                foreach (var operation in All)
                {
                    var explained = await ExplainAsync(name, operation, target);
                    var done = await DoAsync(name, operation, target);
                    Assert.True(explained == done, $"Policy {i}, {name}, {operation} in {target.Group}, {target.Object?.Id}: explained as {explained}, and is {done}.");
                    told[done.Outcome] = told.GetValueOrDefault(done.Outcome) + 1;
                }

            // What was asked for is not open when the next policy is tried.
            _engine.Core.Time.Advance(ApprovalRule.StandardValidity);
        }

        KeyreeveError[] all = [KeyreeveError.None, KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.AuthenticationFailed, KeyreeveError.ApprovalRequired];
        Assert.All(all, outcome => Assert.True(told.GetValueOrDefault(outcome) > 50, outcome.ToString()));
        Assert.Equal(all.Order(), told.Keys.Order());
    }

    private async Task<Answer> ExplainAsync(string name, OperationName operation, OperationTarget target)
    {
        var explanation = await _engine.Core.RunAsync(
            new ExplainAccessOperation(_engine.Directory),
            new ExplainAccessRequest
            {
                Principal = name, Operation = operation, Protocol = Protocol.Kmip,
                Key = target.Object is { } key ? KeySelector.Of(key.Id) : null, Group = target.Object is null ? target.Group : null,
            },
            _engine.Ann);
        Assert.Equal(explanation.Decision.IsAllowed, explanation.Answer is KeyreeveError.None or KeyreeveError.ApprovalRequired);
        Assert.Equal(explanation.Answer == KeyreeveError.ApprovalRequired, explanation.Approval is { Approvals: > 0 });
        if (explanation.Answer == KeyreeveError.ItemNotFound) Assert.Contains("no such key", explanation.Reason, StringComparison.Ordinal);
        return new Answer(explanation.Answer, explanation.Decision.Rule);
    }

    private async Task<Answer> DoAsync(string name, OperationName operation, OperationTarget target)
    {
        var outcome = KeyreeveError.None;
        _engine.Core.Audit.Committed.Clear();
        _engine.Core.Audit.Events.Clear();
        try
        {
            await _engine.Core.RunAsync(new Attempt(operation, target), new object(), _engine.Find(name));
        }
        catch (KeyreeveException refusal)
        {
            outcome = refusal.Error;
        }

        // A use that is counted is committed, with its record.
        var rule = outcome == KeyreeveError.None && !_engine.Core.Audit.Committed.IsEmpty
            ? (string?)JsonNode.Parse(_engine.Core.Audit.Committed.Last().Record.Span)!["rule"]
            : _engine.Core.Audit.Events.Last(e => e.Operation == operation.ToString()).DecidingRule;
        return new Answer(outcome, rule!.Split(';')[0]);
    }

    private async Task ApplyAsync(Func<PolicyFile, PolicyFile> change) =>
        await _engine.Core.RunAsync(_engine.ChangePolicy, await _engine.PolicyAsync(change), Principal.Local(TenantId.Default));

    private Func<PolicyFile, PolicyFile> NextPolicy(UniqueIdentifier key)
    {
        PolicyRole custom = new() { Name = "custom", Operations = [.. All.Where(static o => RoleCatalog.Grantable.Contains(o)).Where(_ => Chance(3)).Select(static o => o.ToString())] };
        PolicyBinding[] bindings = [.. Enumerable.Range(0, 6).Select(_ => NextBinding(key))];
        PolicyApproval[] approvals =
        [
            .. Enum.GetValues<ApprovalKind>().Skip(1).Where(_ => Chance(2)).Select(kind => Chance(4)
                ? new PolicyApproval { For = [ApprovalKinds.WordOf(kind)], Tenant = true, InsecureAlone = true }
                : new PolicyApproval { For = [ApprovalKinds.WordOf(kind)], Tenant = true, Approvals = 1 + _random.Next(2), OwnToo = Chance(2) ? true : null }),
            new PolicyApproval { For = ["export"], Group = "payments", Approvals = 1 },
        ];
        var demands = Chance(2);
        var officers = (string[])["ann", "bob", "cid"];
        return file => file with
        {
            Separation = "insecure-none",
            Roles = [custom],
            // The officers stay, or nobody could explain anything.
            Bindings = [.. file.Bindings.Where(b => b.Role is "SecurityOfficer" && b.Effect is null && b.Principals?.All(officers.Contains) is true), .. bindings],
            Purposes = [new PolicyPurpose { Code = "invoice" }],
            Groups = [new PolicyGroup { Group = "payments", DemandsPurpose = demands }],
            Principals = [new PolicyPrincipal { Name = "eve", DefaultPurpose = "invoice" }],
            Approvals = approvals,
        };
    }

    private PolicyBinding NextBinding(UniqueIdentifier key)
    {
        var where = _random.Next(3);
        var isDeny = Chance(4);
        return new PolicyBinding
        {
            Effect = isDeny ? "deny" : null,
            Principals = [isDeny ? "eve" : Asking[_random.Next(Asking.Length)]],
            Role = isDeny && Chance(2) ? "KeyViewer" : Chance(2) ? "custom" : ((Role)(1 + _random.Next(Enum.GetValues<Role>().Length - 1))).ToString(),
            Tenant = where == 0 ? true : null,
            Group = where == 1 ? "payments" : null,
            Key = where == 2 ? key.ToString() : null,
            Name = $"binding-{++_names}",
            Conditions = _random.Next(5) switch
            {
                // Used up while the operations are gone through: from then on, the explanation says so.
                2 when !isDeny => new PolicyConditions { Uses = 1 + _random.Next(4) },
                0 => new PolicyConditions { Networks = [Chance(2) ? "192.0.2.0/24" : "10.0.0.0/8"] },
                1 => new PolicyConditions { Protocols = [Chance(2) ? "Kmip" : "Rest"] },
                _ => null,
            },
        };
    }

    private bool Chance(int of) => _random.Next(of) == 0;

    private sealed record Answer(KeyreeveError Outcome, string Rule);

    // Stands for an operation: resolved, decided and guarded by its name as any is, and does nothing.
    private sealed class Attempt(OperationName name, OperationTarget target) : Operation<object, object>, IGuarded<object>
    {
        public override OperationName Name => name;

        public override OperationClass Class => OperationClass.Read;

        public GuardedAct? Examine(OperationScope scope, OperationTarget on, object request) =>
            GuardedActs.Foreseen(scope, name, scope.Call.Principal, on.Group, on.Object);

        protected internal override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, object request, CancellationToken cancellationToken) => ValueTask.FromResult(target);

        protected internal override ValueTask<object> ExecuteAsync(OperationScope scope, OperationTarget on, object request, CancellationToken cancellationToken) => ValueTask.FromResult(request);
    }
}
