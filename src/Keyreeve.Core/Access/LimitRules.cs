using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>How much may be asked for: a compiled part of the policy. Thread safe; allocates nothing unless it refuses, or a principal is new.</summary>
public sealed class LimitRules
{
    private readonly FrozenDictionary<string, Limit> _principals;
    private readonly FrozenDictionary<UniqueIdentifier, Limit> _keys;
    private readonly LimitRule? _each;
    private readonly Limit? _tenant;
    private readonly Func<string, RateState> _stateOf;

    internal LimitRules(TenantPolicy policy, Func<string, RateState> stateOf)
    {
        _stateOf = stateOf;
        _principals = policy.Limits.Where(static l => l.Principal is not null)
            .ToFrozenDictionary(static l => l.Principal!, l => new Limit(l, stateOf(l.Subject)), StringComparer.Ordinal);
        _keys = policy.Limits.Where(static l => l.Key is not null).ToFrozenDictionary(static l => l.Key!.Value, l => new Limit(l, stateOf(l.Subject)));
        _each = policy.Limits.FirstOrDefault(static l => l.IsForEachPrincipal);
        _tenant = policy.Limits.FirstOrDefault(static l => l.IsForTenant) is { } tenant ? new Limit(tenant, stateOf(tenant.Subject)) : null;
        LimitObjects = policy.Limits.Any(static l => l.Objects is not null);
    }

    /// <summary>How many objects the tenant may have; null if that is not limited.</summary>
    public long? Objects => _tenant?.Rule.Objects;

    /// <summary>Whether the number of objects is limited, of anybody.</summary>
    internal bool LimitObjects { get; }

    /// <summary>How many objects may be there that the principal made; null if that is not limited.</summary>
    internal long? ObjectsOf(string principal) => _principals.TryGetValue(principal, out var own) ? own.Rule.Objects : _each?.Objects;

    /// <summary>Takes one operation of the caller's and the tenant's.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>; it says when to try again.</exception>
    internal void Take(Call call)
    {
        if (call.Principal.IsServer) return;
        var name = call.Principal.Name;
        if (_principals.TryGetValue(name, out var own)) Take(own, call, name);
        else if (_each is { } each && !call.Principal.IsUnknown) Take(new Limit(each, _stateOf(name)), call, name);
        if (_tenant is { } tenant) Take(tenant, call, "the tenant");
    }

    /// <summary>Takes one operation of a key's.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>; it says when to try again.</exception>
    internal void TakeOf(UniqueIdentifier key, Call call)
    {
        if (_keys.Count > 0 && !call.Principal.IsServer && _keys.TryGetValue(key, out var limit)) Take(limit, call, "the key");
    }

    private static void Take(in Limit limit, Call call, string who)
    {
        if (limit.State.TryTake(limit.Rule, call.Time, out var wait, out var isDay)) return;
        var most = isDay ? $"{limit.Rule.PerDay} operations a day" : $"{limit.Rule.PerSecond} operations a second";
        throw new KeyreeveException(KeyreeveError.TooManyRequests, $"The limit of {who} is {most}; try again in {Math.Ceiling(wait.TotalSeconds):0} s.")
        {
            RetryAfter = wait, NeedsNoRecord = !limit.State.MayRecord(call.Time),
        };
    }

    private readonly record struct Limit(LimitRule Rule, RateState State);
}
