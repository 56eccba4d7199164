using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;
using Keyreeve.Server.Alerts.Watching;

namespace Keyreeve.Server.Alerts.Conditions;

/// <summary>What the store says of keys that somebody has to know: compromised, near their end, or nearly used up. Not thread safe.</summary>
/// <param name="engine">Where keys are.</param>
/// <param name="notice">How long before its end a key is told of.</param>
internal sealed class KeyWatch(Engine engine, TimeSpan notice)
{
    /// <summary>The rules of which <see cref="CheckEndsAsync"/> finds all there is.</summary>
    public static readonly FrozenSet<string> EndRules = [AlertRuleName.KeyExpiry];

    private const int MostFound = 200;
    private const int MostCompromised = 10_000;
    private const int MostKnown = 20_000;

    private static readonly TimeSpan LimitInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WithoutLimitInterval = TimeSpan.FromMinutes(10);

    // When each is to be looked at again.
    private readonly BoundedTable<(int Tenant, string Id), DateTimeOffset> _limits = new(MostKnown, static next => next.UtcTicks);

    /// <summary>The objects that are compromised, by Unique Identifier.</summary>
    public async Task<IReadOnlyList<string>> ListCompromisedAsync(CancellationToken stop)
    {
        var found = new List<string>();
        foreach (var tenant in engine.Hierarchy.Tenants)
        {
            var states = IndexTerms.OneOf(new AttributeKey(AttributeName.State), [AttributeValue.Of(State.Compromised)]);
            var query = new ObjectQuery { Tenant = tenant, Conditions = [states], Limit = MostCompromised };
            found.AddRange((await engine.Objects.LocateAsync(query, stop)).Ids.Select(static id => id.ToString()));
        }

        return found;
    }

    /// <summary>Whether an object is compromised now.</summary>
    public async Task<bool> IsCompromisedAsync(int tenant, string id, CancellationToken stop) =>
        UniqueIdentifier.TryParse(id, out var parsed)
        && await engine.Objects.FindAsync(new TenantId(tenant), parsed, stop) is { State: State.Compromised or State.DestroyedCompromised };

    /// <summary>After an object was changed: its limits are looked at anew.</summary>
    public void Forget(int tenant, string id) => _limits.Set((tenant, id), DateTimeOffset.MinValue);

    /// <summary>After a key has protected: whether its Usage Limits are nearly used up. Looks at the same key at most every ten seconds.</summary>
    public async Task CheckLimitAsync(AuditSight sight, Action<AlertFinding> found, CancellationToken stop)
    {
        var now = engine.Time.GetUtcNow();
        var key = (sight.Tenant, sight.ObjectId!);
        if (_limits.TryGet(key, out var next) && now < next) return;
        if (!UniqueIdentifier.TryParse(sight.ObjectId!, out var id)) return;
        var about = await engine.Objects.FindAsync(new TenantId(sight.Tenant), id, stop);
        var limits = about?.Attributes.Find(AttributeName.UsageLimits) as StructureValue;
        var total = (limits?[AttributeField.UsageLimitsTotal] as LongIntegerValue)?.Value ?? 0;
        _limits.Set(key, now + (total > 0 ? LimitInterval : WithoutLimitInterval));
        if (total <= 0 || limits![AttributeField.UsageLimitsCount] is not LongIntegerValue { Value: var left } || left > total / 10) return;
        found(new AlertFinding
        {
            Rule = AlertRuleName.UseLimit, Severity = left == 0 ? AlertSeverity.Critical : AlertSeverity.Warning, Time = now, About = sight.ObjectId!, Tenant = sight.Tenant, Key = sight.Key,
            Text = $"{sight.Key} may protect {left} more of {total}; then it refuses. Rotate it, or raise its limit.",
        });
    }

    /// <summary>Which keys come to the end of their cryptoperiod, and are not replaced by themselves before.</summary>
    public async ValueTask CheckEndsAsync(Action<AlertFinding> found, CancellationToken stop)
    {
        var now = engine.Time.GetUtcNow();
        foreach (var tenant in engine.Hierarchy.Tenants)
        {
            foreach (var date in (AttributeName[])[AttributeName.ProtectStopDate, AttributeName.DeactivationDate])
            {
                var range = IndexTerms.Range(new AttributeKey(date), AttributeValue.Of(now), AttributeValue.Of(now + notice));
                var active = IndexTerms.OneOf(new AttributeKey(AttributeName.State), [AttributeValue.Of(State.Active)]);
                var ids = (await engine.Objects.LocateAsync(new ObjectQuery { Tenant = tenant, Conditions = [range, active], Limit = MostFound }, stop)).Ids;
                foreach (var id in ids)
                    if (await engine.Objects.FindAsync(tenant, id, stop) is { } key) CheckEnd(key, date, now, found);
            }
        }
    }

    private static void CheckEnd(ManagedObject key, AttributeName date, DateTimeOffset now, Action<AlertFinding> found)
    {
        if (key.Attributes.Find(date) is not DateTimeValue end || !(key.IsCurrentVersion || key.KeyName is null) || Rotations.Next(key) < end.Time) return;
        var name = key.KeyName ?? key.Id.ToString();
        found(new AlertFinding
        {
            Rule = AlertRuleName.KeyExpiry, Severity = AlertSeverity.Warning, Time = now, About = key.Id.ToString(), Tenant = key.Tenant.Value, Key = name,
            Text = $"{name} comes to its {(date == AttributeName.ProtectStopDate ? "Protect Stop" : "Deactivation")} Date on {end.Time:yyyy-MM-dd HH:mm} UTC: rotate it before, or move the date.",
        });
    }
}
