using System.Collections.Concurrent;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// A key in use: its material is not wiped before this is disposed. Write <c>using var key = await …</c>, never copy it.
/// </summary>
public readonly struct UsableKey : IDisposable, IEquatable<UsableKey>
{
    private readonly CachedKey _key;

    internal UsableKey(CachedKey key) => _key = key;

    /// <summary>The object it belongs to, as it was when the key was opened.</summary>
    public ManagedObject Object => _key.Object;

    /// <summary>Its material, in the form of <see cref="WrappedMaterial.KeyFormatType"/>.</summary>
    public SecretBytes Material => _key.Material;

    /// <summary>
    /// The key made ready for an algorithm: made at the first use, kept with the key, disposed with it; never to be
    /// disposed by the caller.
    /// </summary>
    /// <typeparam name="T">The ready form; thread safe.</typeparam>
    /// <param name="variant">Tells forms of one type apart, such as the algorithm.</param>
    /// <param name="make">Makes it from the material; may be called twice at once, of which one result is kept.</param>
    public T Ready<T>(int variant, Func<SecretBytes, int, T> make)
        where T : class, IDisposable => _key.Ready(variant, make);

    /// <summary>The key as a <see cref="CommittingAead"/>.</summary>
    public CommittingAead Committing => _key.Ready(0, static (material, _) => new CommittingAead(material));

    /// <summary>The key as an <see cref="AeadKey"/>.</summary>
    internal AeadKey Aead(AeadAlgorithm algorithm) =>
        _key.Ready((int)algorithm, static (material, variant) => new AeadKey((AeadAlgorithm)variant, material));

    /// <summary>Ends the use.</summary>
    public void Dispose() => _key?.Release();

    /// <inheritdoc/>
    public bool Equals(UsableKey other) => ReferenceEquals(_key, other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is UsableKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _key?.GetHashCode() ?? 0;

    /// <summary>Whether both are uses of the same opened key.</summary>
    public static bool operator ==(UsableKey left, UsableKey right) => left.Equals(right);

    /// <summary>Whether they are uses of different opened keys.</summary>
    public static bool operator !=(UsableKey left, UsableKey right) => !left.Equals(right);
}

/// <summary>An opened key with the count of those who use it; the cache is one of them. Wiped when the last lets go.</summary>
internal sealed class CachedKey(ManagedObject managedObject, SecretBytes material)
{
    private readonly ConcurrentDictionary<(Type Type, int Variant), IDisposable> _ready = new();
    private int _users = 1;

    public ManagedObject Object { get; } = managedObject;

    public SecretBytes Material { get; } = material;

    /// <summary>Adds a user; false if the key is wiped already.</summary>
    public bool TryUse()
    {
        for (var users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users) return true;
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) != 0) return;
        foreach (var ready in _ready.Values) ready.Dispose();
        Material.Dispose();
    }

    public T Ready<T>(int variant, Func<SecretBytes, int, T> make)
        where T : class, IDisposable
    {
        if (_ready.TryGetValue((typeof(T), variant), out var found)) return (T)found;
        var made = make(Material, variant);
        var kept = (T)_ready.GetOrAdd((typeof(T), variant), made);
        if (!ReferenceEquals(kept, made)) made.Dispose();
        return kept;
    }
}
