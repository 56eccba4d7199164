using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Approvals;

/// <summary>Long lives of requests, compared with a naive model: nothing is done but what was approved as it was, in time, once.</summary>
public sealed class ApprovalPropertyTests
{
    private const int Steps = 300;

    private static readonly string[] Officers = ["ann", "bob", "cid"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Attack", "32")]
    [Trait("Speed", "Slow")]
    public async Task Requests_OfManyKindsInAnyOrder_AreCarriedOutAsTheModelSays(int seed)
    {
        await using var engine = await ApprovalEngine.StartAsync();
        await engine.AddAsync("dan", Role.KeyAdministrator, Role.KeyExporter);
        await engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy", "export"], Tenant = true, Approvals = 2, ValidFor = "PT1H" }] });
        var play = new Play(engine, new Random(seed));
        await play.MakeKeysAsync();
        for (var step = 0; step < Steps; step++) await play.StepAsync();
        Assert.True(play.Done > 3, $"Only {play.Done} were carried out, so this says little.");
        Assert.True(play.Refused > 20, $"Only {play.Refused} were refused, so this says little.");
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 2, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 2, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 1, 0)]
    public async Task Approvals_InAnyOrder_AreTheSame(int first, int second, int third)
    {
        await using var engine = await ApprovalEngine.StartAsync();
        await engine.ApplyAsync(static file => file with { Approvals = [new PolicyApproval { For = ["destroy"], Tenant = true, Approvals = 3 }] });
        var key = await engine.Core.CreateAesAsync(active: false);
        var id = await engine.AskAsync(new DestroyOperation(), new DestroyRequest(key), engine.Bea);

        await engine.ApproveAsync(id, engine.Find(Officers[first]));
        Assert.Equal(id, await engine.AskAsync(new DestroyOperation(), new DestroyRequest(key), engine.Bea));
        await engine.ApproveAsync(id, engine.Find(Officers[second]));
        Assert.Equal(id, await engine.AskAsync(new DestroyOperation(), new DestroyRequest(key), engine.Bea));
        var last = await engine.ApproveAsync(id, engine.Find(Officers[third]));

        Assert.Equal(ApprovalState.Approved, last.StateAt(engine.Core.Time.GetUtcNow()));
        await engine.Core.RunAsync(new DestroyOperation(), new DestroyRequest(key), engine.Bea);
        Assert.Equal(State.Destroyed, await engine.Core.StateOfAsync(key));
    }

    // An hour; the clock is set by 20 minutes, so that ten more are no matter however slow the machine is.
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(50);

    // What was asked for, as the model has it.
    private sealed record Asked(string By, string Act, UniqueIdentifier Key, int Version, DateTimeOffset Until)
    {
        public HashSet<string> Votes { get; } = new(StringComparer.Ordinal);

        public bool IsOver { get; set; }
    }

    private sealed class Play(ApprovalEngine engine, Random random)
    {
        private static readonly string[] Requesters = ["bea", "dan"];
        private static readonly string[] Acts = ["destroy", "obliterate", "get", "get raw"];

        private readonly Dictionary<UniqueIdentifier, Asked> _asked = [];
        private readonly List<UniqueIdentifier> _keys = [];
        private readonly Dictionary<UniqueIdentifier, int> _versions = [];

        private readonly HashSet<UniqueIdentifier> _served = [];

        public int Done { get; private set; }

        public int Refused { get; private set; }

        private DateTimeOffset Now => engine.Core.Time.GetUtcNow();

        public async Task MakeKeysAsync()
        {
            while (_keys.Count < 3)
            {
                var key = await engine.Core.CreateAesAsync(active: false);
                _keys.Add(key);
                _versions[key] = 0;
            }
        }

        public async Task StepAsync()
        {
            switch (random.Next(100))
            {
                case < 20: await TryAsync(Any(Requesters), Any(Acts), Any(_keys)); break;
                case < 45 when Pick() is { } id && _keys.Contains(_asked[id].Key): await TryAsync(_asked[id].By, _asked[id].Act, _asked[id].Key); break;
                case < 85: await VoteAsync(Any(Officers)); break;
                case < 88: await EndAsync(reject: true); break;
                case < 91: await EndAsync(reject: false); break;
                case < 94: engine.Core.Time.Advance(TimeSpan.FromMinutes(20)); break;
                case < 98: await AlterAsync(Any(_keys)); break;
                default: await engine.RestartAsync(); break;
            }
        }

        private async Task TryAsync(string by, string act, UniqueIdentifier key)
        {
            var known = _asked.Where(a => !a.Value.IsOver && a.Value.Until > Now && a.Value.By == by && a.Value.Act == act && a.Value.Key == key && a.Value.Version == _versions[key]).ToList();
            var approved = known.Find(static a => a.Value.Votes.Count >= 2);
            try
            {
                await RunAsync(engine.Find(by), act, key);
            }
            catch (KeyreeveException refusal)
            {
                Assert.Equal(KeyreeveError.ApprovalRequired, refusal.Error);
                Assert.Null(approved.Value);
                Refused++;
                var id = UniqueIdentifier.Parse(refusal.Reference!);
                if (known.Count > 0) Assert.Contains(known, a => a.Key == id);
                else _asked.Add(id, new Asked(by, act, key, _versions[key], Now + Validity));
                return;
            }

            Assert.NotNull(approved.Value);
            approved.Value.IsOver = true;
            Done++;
            if (act is not ("destroy" or "obliterate"))
            {
                // The first Get of an object changes it: it is not Fresh any more.
                if (_served.Add(key)) _versions[key]++;
                return;
            }

            _keys.Remove(key);
            await MakeKeysAsync();
        }

        private async Task VoteAsync(string by)
        {
            if (Pick() is not { } id) return;
            var asked = _asked[id];
            var isCounted = !asked.IsOver && asked.Until > Now && asked.Votes.Add(by);
            var refusal = await Record.ExceptionAsync(() => engine.ApproveAsync(id, engine.Find(by)));
            Assert.Equal(isCounted, refusal is null);
        }

        private async Task EndAsync(bool reject)
        {
            if (Pick() is not { } id || _asked[id].IsOver || _asked[id].Until <= Now) return;
            _asked[id].IsOver = true;
            await engine.Core.RunAsync<ApprovalDecisionRequest, ApprovalRequest>(
                reject ? new RejectApprovalOperation() : new WithdrawApprovalOperation(), new ApprovalDecisionRequest(id), engine.Find(reject ? "cid" : _asked[id].By));
        }

        private async Task AlterAsync(UniqueIdentifier key)
        {
            _versions[key]++;
            await engine.Core.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(key, AttributeName.ContactInformation, AttributeValue.Of($"somebody {_versions[key]}")));
        }

        private async Task RunAsync(Principal by, string act, UniqueIdentifier key)
        {
            switch (act)
            {
                case "destroy": await engine.Core.RunAsync(new DestroyOperation(), new DestroyRequest(key), by); break;
                case "obliterate": await engine.Core.RunAsync(new ObliterateOperation(), new ObliterateRequest(key), by); break;
                default:
                    var format = act is "get raw" ? KeyFormatType.Raw : KeyFormatType.NotSet;
                    (await engine.Core.RunAsync(new GetOperation(), new GetRequest { Id = key, KeyFormatType = format }, by)).Dispose();
                    break;
            }
        }

        // Those that can still become something are looked at more often.
        private UniqueIdentifier? Pick()
        {
            var open = _asked.Where(a => !a.Value.IsOver && a.Value.Until > Now && _versions[a.Value.Key] == a.Value.Version).Select(static a => a.Key).ToList();
            if (open.Count > 0 && random.Next(5) > 0) return Any(open);
            return _asked.Count == 0 ? null : Any([.. _asked.Keys]);
        }

        private T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];
    }
}
