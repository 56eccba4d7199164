using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>One version of a tenant's key-encryption key, and what is derived from it.</summary>
internal sealed class TenantKeys : IDisposable
{
    private readonly HmacKey _rowKey;

    public TenantKeys(int version, SecretBytes kek)
    {
        Version = version;
        Wrapping = new CommittingAead(kek);
        using var rowKey = Sealing.Wrapping.DeriveKey(kek, "keyreeve/kek/row-authentication");
        using var blindingKey = DeriveBlindingKey(kek);
        _rowKey = new HmacKey(DigestAlgorithm.Sha256, rowKey);
        Blinding = new TenantBlinding(blindingKey);
    }

    /// <summary>What blinds the index of a tenant, if this is its first key.</summary>
    public static SecretBytes DeriveBlindingKey(SecretBytes kek) => Sealing.Wrapping.DeriveKey(kek, "keyreeve/kek/index-blinding");

    /// <summary>Its version, from 1.</summary>
    public int Version { get; }

    /// <summary>Wraps the tenant's material.</summary>
    public CommittingAead Wrapping { get; }

    /// <summary>What blinds the tenant's index, if this is the first version.</summary>
    public TenantBlinding Blinding { get; }

    /// <summary>HMAC-SHA-256 of a row's canonical form; 32 bytes.</summary>
    public void AuthenticateRow(ReadOnlySpan<byte> row, Span<byte> mac) => _rowKey.Compute(row, mac);

    public void Dispose()
    {
        Wrapping.Dispose();
        _rowKey.Dispose();
        Blinding.Dispose();
    }
}

/// <summary>Hides values that can be searched by equality but must not be read in the index. The same for the life of a tenant.</summary>
internal sealed class TenantBlinding(SecretBytes key) : IDisposable
{
    private readonly HmacKey _key = new(DigestAlgorithm.Sha256, key);

    /// <summary>HMAC-SHA-256 of a value; 32 bytes.</summary>
    public byte[] Blind(ReadOnlySpan<byte> value)
    {
        var mac = new byte[_key.MacSizeInBytes];
        _key.Compute(value, mac);
        return mac;
    }

    public void Dispose() => _key.Dispose();
}

/// <summary>All versions of a tenant's key-encryption key that there are. Thread safe.</summary>
internal sealed class TenantKeyRing : IDisposable
{
    private TenantKeys[] _versions = [];
    private readonly List<TenantKeys> _removed = [];
    private TenantBlinding? _blinding;

    /// <summary>The version under which new material is wrapped.</summary>
    public TenantKeys Current => Volatile.Read(ref _versions)[^1];

    /// <summary>What blinds the index, which is not rewritten when the key rotates.</summary>
    public TenantBlinding Blinding => Volatile.Read(ref _blinding) ?? Volatile.Read(ref _versions)[0].Blinding;

    /// <summary>The versions there are, oldest first.</summary>
    public IReadOnlyList<int> Versions => [.. Volatile.Read(ref _versions).Select(static keys => keys.Version)];

    /// <summary>One version, or null.</summary>
    public TenantKeys? Find(int version)
    {
        foreach (var candidate in Volatile.Read(ref _versions))
            if (candidate.Version == version) return candidate;
        return null;
    }

    public void Add(TenantKeys keys) => Volatile.Write(ref _versions, [.. _versions.Append(keys).OrderBy(k => k.Version)]);

    /// <summary>Keeps the blinding key for itself.</summary>
    public void KeepBlinding(SecretBytes key) => Volatile.Write(ref _blinding, new TenantBlinding(key));

    /// <summary>Forgets a version. It is not wiped before the ring is: a request that began with it may be at it.</summary>
    public void Remove(int version)
    {
        var gone = Find(version);
        Volatile.Write(ref _versions, [.. _versions.Where(k => k.Version != version)]);
        if (gone is not null) _removed.Add(gone);
    }

    public void Dispose()
    {
        foreach (var keys in _versions.Concat(_removed)) keys.Dispose();
        _blinding?.Dispose();
    }
}
