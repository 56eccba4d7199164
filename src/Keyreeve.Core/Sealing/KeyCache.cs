using System.Runtime.InteropServices;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Unwrapped keys, ready for use: bounded in number and time, versioned, so that a fill that began before a change loses,
/// and wiped when they leave, though not while somebody uses them. A hit takes no lock and allocates nothing. Thread safe.
/// </summary>
public sealed class KeyCache : IDisposable
{
    private const int LargestKeptInBytes = 1 << 14;

    private readonly ObjectVault _vault;
    private readonly BoundedCache<ObjectAddress, CachedKey> _keys;
    private long _hits;
    private long _misses;

    /// <summary>Makes a cache over a vault, which tells it of every change.</summary>
    /// <param name="vault">Where keys come from.</param>
    /// <param name="limits">How many keys and for how long.</param>
    /// <param name="time">The clock.</param>
    public KeyCache(ObjectVault vault, CacheLimits limits, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(vault);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(time);
        _vault = vault;
        _keys = new BoundedCache<ObjectAddress, CachedKey>(limits.Keys, limits.KeyLifetime, time, static key => key.Release());
        _vault.Changed += Invalidate;
    }

    /// <summary>How many keys are in clear in memory.</summary>
    public int Count => _keys.Count;

    /// <summary>How often a key was there when it was asked for.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>How often it had to be unwrapped.</summary>
    public long Misses => Volatile.Read(ref _misses);

    /// <summary>Opens an object's key. Dispose what is returned as soon as it has been used.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ObjectDestroyed"/>: its material is gone;
    /// <see cref="KeyreeveError.ItemNotFound"/>: its material never was here;
    /// <see cref="KeyreeveError.IntegrityFailure"/>: it was altered;
    /// <see cref="KeyreeveError.NotExtractable"/>: it lives in a token.</exception>
    public ValueTask<UsableKey> OpenAsync(ManagedObject managedObject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        if (managedObject.IsInToken)
            throw new KeyreeveException(KeyreeveError.NotExtractable, "The key lives in the token, and this is not done there.");
        var isThere = _keys.TryGet(new ObjectAddress(managedObject.Tenant, managedObject.Id), out var cached)
            && cached.Object.RowVersion == managedObject.RowVersion
            && cached.TryUse();
        Interlocked.Increment(ref isThere ? ref _hits : ref _misses);
        return isThere ? new ValueTask<UsableKey>(new UsableKey(cached!)) : FillAsync(managedObject, cancellationToken);
    }

    /// <summary>Wipes the keys of a tenant that is gone.</summary>
    internal void Forget(TenantId tenant) => _keys.InvalidateWhere(address => address.Tenant == tenant);

    /// <inheritdoc/>
    public void Dispose()
    {
        _vault.Changed -= Invalidate;
        _keys.Dispose();
    }

    private async ValueTask<UsableKey> FillAsync(ManagedObject managedObject, CancellationToken cancellationToken)
    {
        var address = new ObjectAddress(managedObject.Tenant, managedObject.Id);
        var fill = _keys.BeginFill(address);
        // The one reference that the constructor gives is the caller's; the cache's is added only if it keeps the key.
        var key = new CachedKey(managedObject, _vault.Unwrap(managedObject));

        // Large objects would fill the locked memory; they are not what is asked for a thousand times a second.
        if (key.Material.LengthInBytes > LargestKeptInBytes) return new UsableKey(key);

        // A snapshot from before the last change is usable by the request that read it, but not by later ones.
        var current = await _vault.FindAsync(managedObject.Tenant, managedObject.Id, cancellationToken);
        if (current?.RowVersion == managedObject.RowVersion)
        {
            key.TryUse();
            if (!_keys.TryKeep(address, key, fill)) key.Release();
        }

        return new UsableKey(key);
    }

    private void Invalidate(ObjectAddress address) => _keys.Invalidate(address);
}

/// <summary>How much is kept in memory.</summary>
public sealed record CacheLimits
{
    /// <summary>Keys in clear, in number. Default 4096; 1 is the least.</summary>
    public int Keys { get; init; } = 4096;

    /// <summary>How long a key stays in clear without being read from the store again. Default 10 minutes.</summary>
    public TimeSpan KeyLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Objects (attributes and wrapped material), in number. Default 65536.</summary>
    public int Objects { get; init; } = 65536;

    /// <summary>How long an object is kept without being read from the store again. Default 10 minutes.</summary>
    public TimeSpan ObjectLifetime { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>Where an object is: its tenant and its identity.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ObjectAddress(TenantId Tenant, UniqueIdentifier Id);
