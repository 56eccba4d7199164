using System.Text.Json;

namespace Keyreeve.Core.Access;

/// <summary>Whether a change of policy gives the one who makes it something he did not have.</summary>
internal static class OwnGain
{
    /// <summary>The first thing that somebody would gain; null if nothing.</summary>
    public static string? Find(string principal, TenantPolicy before, TenantPolicy after)
    {
        var (had, has) = (Holdings(principal, before), Holdings(principal, after));
        if (has.Find(now => !now.IsDeny && !had.Exists(then => Includes(then, now))) is { } given) return given.Rule;
        // What took something away from him is gone, or takes less. What is taken from everyone nobody could ever take back if that counted
        // for whom it gives nothing.
        return had.Find(then => then.IsDeny && !has.Exists(now => Includes(now, then)) && (!then.IsForEveryone || has.Exists(now => Gives(now, then.Operations)))) is { } freed
            ? $"the end of '{freed.Rule}'"
            : null;
    }

    private static List<Holding> Holdings(string principal, TenantPolicy policy) =>
    [
        .. policy.Bindings.Where(b => b.IsForEveryone || b.Principals.Contains(principal, StringComparer.Ordinal)).Select(b => new Holding(
            b.IsDeny, b.IsForEveryone, policy.OperationsOf(b.Role, b.IsDeny), b.Rule,
            // In the same place, under the same conditions.
            JsonSerializer.Serialize(PolicyWriter.Binding(b with { Role = "", Name = null, Principals = [], IsForEveryone = false }), PolicyJson.Default.PolicyBinding))),
    ];

    private static bool Includes(Holding wide, Holding narrow) => wide.IsDeny == narrow.IsDeny
        && string.Equals(wide.Place, narrow.Place, StringComparison.Ordinal) && narrow.Operations.Except(wide.Operations).IsEmpty;

    private static bool Gives(Holding held, OperationSet operations) => !held.IsDeny && !held.Operations.Intersect(operations).IsEmpty;

    private sealed record Holding(bool IsDeny, bool IsForEveryone, OperationSet Operations, string Rule, string Place);
}
