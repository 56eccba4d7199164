using System.Security.Cryptography;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Server.Kmip.Attestation;

/// <summary>
/// Random values that clients attest to. Each is for the principal that it was given to, holds for a short time, and is looked at once,
/// whatever comes of it. Thread safe.
/// </summary>
/// <param name="lifetime">How long one holds.</param>
/// <param name="time">The clock.</param>
internal sealed class NonceBook(TimeSpan lifetime, TimeProvider time)
{
    // Of one principal; the next one takes the place of the oldest.
    private const int MostPerPrincipal = 16;
    private const int IdSizeInBytes = 16;
    private const int ValueSizeInBytes = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Entry>> _entries = new(StringComparer.Ordinal);

    /// <summary>A new one, for a principal's key.</summary>
    public Nonce Issue(string fingerprint)
    {
        var now = time.GetUtcNow();
        var entry = new Entry(RandomNumberGenerator.GetBytes(IdSizeInBytes), RandomNumberGenerator.GetBytes(ValueSizeInBytes), now + lifetime);
        lock (_lock)
        {
            if (!_entries.TryGetValue(fingerprint, out var own)) _entries[fingerprint] = own = [];
            own.RemoveAll(e => e.ExpiresAt <= now);
            if (own.Count == MostPerPrincipal) own.RemoveAt(0);
            own.Add(entry);
        }

        return new Nonce { NonceId = entry.Id, NonceValue = entry.Value };
    }

    /// <summary>Takes one back; false if it was never given to this principal, or was used, or is too old.</summary>
    public bool TryRedeem(string fingerprint, in Nonce nonce)
    {
        var now = time.GetUtcNow();
        var id = nonce.NonceId;
        Entry? found;
        lock (_lock)
        {
            if (!_entries.TryGetValue(fingerprint, out var own)) return false;
            found = own.Find(e => id.Span.SequenceEqual(e.Id));
            if (found is null) return false;
            own.Remove(found);
            if (own.Count == 0) _entries.Remove(fingerprint);
        }

        return found.ExpiresAt > now && CryptographicOperations.FixedTimeEquals(found.Value, nonce.NonceValue.Span);
    }

    private sealed record Entry(byte[] Id, byte[] Value, DateTimeOffset ExpiresAt);
}
