using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>When each token was used last. Thread safe; writing is for one at a time.</summary>
/// <param name="store">Where it is written.</param>
/// <param name="sealer">Authenticates what is written.</param>
public sealed class TokenUses(IObjectStore store, DocumentSealer sealer)
{
    private readonly ConcurrentDictionary<string, StrongBox<long>> _ticks = new(StringComparer.Ordinal);
    private readonly KeptNumbers _kept = new(store, sealer, "token-use");

    /// <summary>When a token was used last; null if it never was.</summary>
    public DateTimeOffset? LastOf(string identity) =>
        _ticks.TryGetValue(identity, out var ticks) && Volatile.Read(ref ticks.Value) is > 0 and var last ? new DateTimeOffset(last, TimeSpan.Zero) : null;

    /// <summary>Notes a use.</summary>
    public void Note(string identity, DateTimeOffset now) => Volatile.Write(ref _ticks.GetOrAdd(identity, static _ => new StrongBox<long>()).Value, now.UtcTicks);

    /// <summary>Reads what was written.</summary>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        foreach (var (identity, ticks) in await _kept.ReadAsync(cancellationToken)) _ticks[identity] = new StrongBox<long>(ticks);
    }

    /// <summary>Writes what is new, and takes away what is of tokens that are no more.</summary>
    /// <param name="exists">Whether there still is a token of that identity.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask WriteAsync(Func<string, bool> exists, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(exists);
        foreach (var (identity, ticks) in _ticks)
        {
            if (exists(identity))
            {
                await _kept.WriteAsync(identity, Volatile.Read(ref ticks.Value), cancellationToken);
                continue;
            }

            await _kept.RemoveAsync(identity, cancellationToken);
            _ticks.TryRemove(identity, out _);
        }
    }
}
