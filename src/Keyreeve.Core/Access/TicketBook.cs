using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What a ticket is to allow.</summary>
public sealed record TicketTerms
{
    /// <summary>Until when; null for as long as tickets last at most.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How many requests; null for any number.</summary>
    public int? Requests { get; init; }

    /// <summary>Which operations, and how many; null for all that the owner may do.</summary>
    public DelegatedRights? Rights { get; init; }
}

/// <summary>
/// Tickets: what Login gives out so that later requests need no password. A ticket holds for the principal and user that asked for
/// it and for nobody else, within a certificate of that same principal; it ends at its time, when it is used up, by Logout, and with
/// the server. Kept are hashes alone. Thread safe.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class TicketBook(TimeProvider time)
{
    /// <summary>The longest that a ticket holds, whatever was asked for.</summary>
    public static readonly TimeSpan LongestLife = TimeSpan.FromHours(24);

    /// <summary>The most tickets of one principal at a time.</summary>
    public const int MostPerPrincipal = 256;

    private const int SizeInBytes = 32;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _issuing = new();

    /// <summary>Gives out a ticket.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: its end is past;
    /// <see cref="KeyreeveError.TooManyRequests"/>: the principal has too many.</exception>
    public byte[] Issue(Call call, TicketTerms terms)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(terms);
        var now = time.GetUtcNow();
        if (terms.ExpiresAt <= now) throw new KeyreeveException(KeyreeveError.InvalidField, "The ticket would have expired already.");
        var latest = now + LongestLife;
        var entry = new Entry(call, terms.Rights ?? new DelegatedRights(null, null))
        {
            ExpiresAt = terms.ExpiresAt < latest ? terms.ExpiresAt.Value : latest,
            RequestsLeft = terms.Requests ?? long.MaxValue,
        };

        var value = RandomNumberGenerator.GetBytes(SizeInBytes);
        lock (_issuing)
        {
            RequireRoom(call, now);
            _entries[HashOf(value)] = entry;
        }

        return value;
    }

    /// <summary>
    /// Takes one request's use of a ticket, and says whom and what it stands for. A ticket with rights of its own that is used up
    /// gives them spent, since each operation is judged by them; one without stands for the whole request, which is refused.
    /// </summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidTicket"/>, in all cases alike;
    /// <see cref="KeyreeveError.UsageLimitExceeded"/>: its requests are used up, and it states no rights.</exception>
    public (ProvedUser? User, DelegatedRights Rights) Redeem(Call call, ReadOnlySpan<byte> value)
    {
        var entry = Find(call, value) ?? throw Invalid();
        if (Interlocked.Decrement(ref entry.RequestsLeft) >= 0) return (entry.User, entry.Rights);
        if (entry.Rights.AreRestricted) return (entry.User, entry.Rights.Spent());
        throw new KeyreeveException(KeyreeveError.UsageLimitExceeded, "The ticket has been used for as many requests as it may be.");
    }

    /// <summary>Ends a ticket.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidTicket"/>.</exception>
    public void End(Call call, ReadOnlySpan<byte> value)
    {
        if (Find(call, value) is null || !_entries.TryRemove(HashOf(value), out _)) throw Invalid();
    }

    /// <summary>Ends all tickets of a principal.</summary>
    public void EndAll(Principal principal)
    {
        ArgumentNullException.ThrowIfNull(principal);
        foreach (var (hash, entry) in _entries)
            if (entry.IsOf(principal)) _entries.TryRemove(hash, out _);
    }

    private Entry? Find(Call call, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(call);
        return _entries.TryGetValue(HashOf(value), out var entry) && entry.IsOf(call.Principal) && entry.ExpiresAt > time.GetUtcNow() ? entry : null;
    }

    private void RequireRoom(Call call, DateTimeOffset now)
    {
        var count = 0;
        foreach (var (hash, entry) in _entries)
        {
            if (entry.ExpiresAt <= now) _entries.TryRemove(hash, out _);
            else if (entry.IsOf(call.Principal)) count++;
        }

        if (count >= MostPerPrincipal)
            throw new KeyreeveException(KeyreeveError.TooManyRequests, $"{call.Principal.Name} has {MostPerPrincipal} tickets; log out first.");
    }

    private static string HashOf(ReadOnlySpan<byte> value) => Convert.ToHexString(SHA256.HashData(value));

    private static KeyreeveException Invalid() => new(KeyreeveError.InvalidTicket, "The ticket is not valid.");

    private sealed class Entry(Call call, DelegatedRights rights)
    {
        private readonly TenantId _tenant = call.Principal.Tenant;
        private readonly string _fingerprint = call.Principal.Fingerprint;

        public long RequestsLeft;

        public ProvedUser? User { get; } = call.User is { } user ? new ProvedUser(user, call.UserRestsOn) : null;

        public DelegatedRights Rights { get; } = rights;

        public required DateTimeOffset ExpiresAt { get; init; }

        public bool IsOf(Principal principal) =>
            principal.Tenant == _tenant && string.Equals(principal.Fingerprint, _fingerprint, StringComparison.Ordinal);
    }
}
