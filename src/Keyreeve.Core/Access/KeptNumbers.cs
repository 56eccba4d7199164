using System.Buffers.Binary;
using System.Collections.Concurrent;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>
/// Numbers that change often and are written now and then: after a crash the latest may be missing. Writing is for one at a time.
/// </summary>
/// <param name="store">Where they are written.</param>
/// <param name="sealer">Authenticates what is written.</param>
/// <param name="kind">The kind of their documents.</param>
internal sealed class KeptNumbers(IObjectStore store, DocumentSealer sealer, string kind)
{
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    /// <summary>Reads what was written. What was altered outside the server counts as 0.</summary>
    public async ValueTask<IReadOnlyDictionary<string, long>> ReadAsync(CancellationToken cancellationToken)
    {
        foreach (var document in await store.ListDocumentsAsync(kind, cancellationToken))
        {
            var value = sealer.TryOpen(document, out var content) && content.Length == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(content) : 0;
            _kept[document.Key] = new Kept(value, document.RowVersion);
        }

        return _kept.ToDictionary(static k => k.Key, static k => k.Value.Value, StringComparer.Ordinal);
    }

    /// <summary>Writes a number if it is another than before.</summary>
    public async ValueTask WriteAsync(string key, long value, CancellationToken cancellationToken)
    {
        var before = _kept.GetValueOrDefault(key);
        if (before is null ? value == 0 : before.Value == value) return;
        var next = new Kept(value, checked((before?.RowVersion ?? 0) + 1));
        var content = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(content, value);
        await store.CommitAsync(new StoreChanges { Documents = [sealer.Seal(kind, key, next.RowVersion, content)] }, cancellationToken);
        _kept[key] = next;
    }

    /// <summary>Takes a number away.</summary>
    public async ValueTask RemoveAsync(string key, CancellationToken cancellationToken)
    {
        if (_kept.GetValueOrDefault(key) is not { } before) return;
        await store.CommitAsync(new StoreChanges { Documents = [new StoredDocument(kind, key, checked(before.RowVersion + 1), Body: null)] }, cancellationToken);
        _kept.TryRemove(key, out _);
    }

    private sealed record Kept(long Value, long RowVersion);
}
