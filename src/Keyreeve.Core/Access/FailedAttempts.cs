using System.Collections.Concurrent;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>
/// Counts credentials that were wrong: for the principal, whatever names it tries, and for the account, whoever tries it. Ten of
/// either, and nothing is right until five minutes after the last that counted. Thread safe.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    private const int MostFailures = 10;

    private static readonly TimeSpan LockOut = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether nothing is accepted now.</summary>
    public bool IsLocked(Principal principal, ManagedObject? account)
    {
        var now = time.GetUtcNow();
        return IsLocked(OfPrincipal(principal), now) || (account is not null && IsLocked(OfAccount(account), now));
    }

    /// <summary>A credential was wrong. While nothing is accepted nothing is counted either: who goes on trying does not prolong it.</summary>
    public void Failed(Principal principal, ManagedObject? account)
    {
        if (IsLocked(principal, account)) return;
        var now = time.GetUtcNow();
        Count(OfPrincipal(principal), now);
        if (account is null) return;
        Count(OfAccount(account), now);
        Count(OfPair(principal, account), now);
    }

    /// <summary>A credential was right: what this principal got wrong of this account is forgiven, and nothing else. Who has an account
    /// of its own does not get new tries at others by it.</summary>
    public void Succeeded(Principal principal, ManagedObject account)
    {
        _failures.TryRemove(OfAccount(account), out _);
        if (!_failures.TryRemove(OfPair(principal, account), out var forgiven)) return;
        if (_failures.TryGetValue(OfPrincipal(principal), out var all))
            _failures.TryUpdate(OfPrincipal(principal), all with { Number = Math.Max(0, all.Number - forgiven.Number) }, all);
    }

    private bool IsLocked(string counter, DateTimeOffset now) => _failures.TryGetValue(counter, out var failures) && failures.Number >= MostFailures && now - failures.Last < LockOut;

    // After a pause as long as the lock-out it begins anew.
    private void Count(string counter, DateTimeOffset now) =>
        _failures.AddOrUpdate(counter, _ => new Failures(1, now), (_, f) => new Failures(now - f.Last < LockOut ? f.Number + 1 : 1, now));

    private static string OfPrincipal(Principal principal) => $"principal:{principal.Tenant}:{principal.Fingerprint}";

    private static string OfAccount(ManagedObject account) => $"account:{account.Id}";

    private static string OfPair(Principal principal, ManagedObject account) => $"pair:{principal.Fingerprint}:{account.Id}";

    private sealed record Failures(int Number, DateTimeOffset Last);
}
