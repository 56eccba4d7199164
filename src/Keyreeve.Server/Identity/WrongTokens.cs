using System.Collections.Concurrent;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Counts wrong tokens by where they came from: after so many of them none from there is looked at until the time since the first is
/// over. By address and by nothing in the token, so that neither spelling nor choice of token gives another counter. Thread safe.
/// </summary>
internal sealed class WrongTokens(TimeProvider time)
{
    /// <summary>How many wrong tokens an address has.</summary>
    public const int MostFailures = 20;

    /// <summary>From the first of them on, this long.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // Whoever has so many addresses is not kept out by counting them.
    private const int MostOrigins = 100_000;

    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);

    /// <summary>Whether no token from there is looked at now.</summary>
    public bool IsLockedOut(string origin) =>
        _failures.TryGetValue(origin, out var failures) && failures.Number >= MostFailures && time.GetUtcNow() < failures.Until;

    /// <summary>Counts one.</summary>
    public void Note(string origin)
    {
        var now = time.GetUtcNow();
        if (_failures.Count >= MostOrigins) Forget(now);
        _failures.AddOrUpdate(
            origin, static (_, now) => new Failures(1, now + Window),
            static (_, before, now) => now < before.Until ? before with { Number = Math.Min(before.Number + 1, MostFailures) } : new Failures(1, now + Window), now);
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var entry in _failures)
            if (now >= entry.Value.Until) _failures.TryRemove(entry);
        if (_failures.Count >= MostOrigins) _failures.Clear();
    }

    private sealed record Failures(int Number, DateTimeOffset Until);
}
