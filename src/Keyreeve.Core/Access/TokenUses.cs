using System.Buffers.Binary;
using System.Collections.Concurrent;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>
/// When each token was used last. Kept in memory and written to the store now and then: after a crash the last minute of it may be
/// missing, never the token's own terms. Thread safe.
/// </summary>
/// <param name="store">Where it is written.</param>
/// <param name="sealer">Authenticates what is written.</param>
public sealed class TokenUses(IObjectStore store, DocumentSealer sealer)
{
    private const string DocumentKind = "token-use";

    private readonly ConcurrentDictionary<string, Use> _uses = new(StringComparer.Ordinal);

    /// <summary>When a token was used last; null if it never was.</summary>
    public DateTimeOffset? LastOf(string identity) =>
        _uses.TryGetValue(identity, out var use) && Volatile.Read(ref use.LastTicks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Notes a use.</summary>
    public void Note(string identity, DateTimeOffset now) => Volatile.Write(ref _uses.GetOrAdd(identity, static _ => new Use()).LastTicks, now.UtcTicks);

    /// <summary>Reads what was written.</summary>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        foreach (var document in await store.ListDocumentsAsync(DocumentKind, cancellationToken))
        {
            // What was altered says nothing; it is written anew at the next use.
            var ticks = sealer.TryOpen(document, out var content) && content.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(content) : 0;
            _uses[document.Key] = new Use { LastTicks = ticks, WrittenTicks = ticks, RowVersion = document.RowVersion };
        }
    }

    /// <summary>Writes what is new, and takes away what is of tokens that are no more. Called by one at a time.</summary>
    /// <param name="exists">Whether there still is a token of that identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WriteAsync(Func<string, bool> exists, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(exists);
        foreach (var (identity, use) in _uses)
            await WriteAsync(identity, use, exists(identity), cancellationToken);
    }

    private async ValueTask WriteAsync(string identity, Use use, bool exists, CancellationToken cancellationToken)
    {
        var ticks = Volatile.Read(ref use.LastTicks);
        if (exists && ticks == use.WrittenTicks) return;
        if (exists || use.RowVersion > 0)
        {
            var next = checked(use.RowVersion + 1);
            await store.CommitAsync(new StoreChanges { Documents = [exists ? Sealed(identity, next, ticks) : new StoredDocument(DocumentKind, identity, next, Body: null)] }, cancellationToken);
            use.RowVersion = next;
            use.WrittenTicks = ticks;
        }

        if (!exists) _uses.TryRemove(identity, out _);
    }

    private StoredDocument Sealed(string identity, long rowVersion, long ticks)
    {
        Span<byte> content = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(content, ticks);
        return sealer.Seal(DocumentKind, identity, rowVersion, content);
    }

    private sealed class Use
    {
        public long LastTicks;
        public long WrittenTicks;
        public long RowVersion;
    }
}
