using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>One version of a tenant's key-encryption key, and what is derived from it.</summary>
internal sealed class TenantKeys : IDisposable
{
    private readonly HmacKey _rowKey;
    private readonly HmacKey _blindingKey;

    public TenantKeys(int version, SecretBytes kek)
    {
        Version = version;
        Wrapping = new CommittingAead(kek);
        using var rowKey = Sealing.Wrapping.DeriveKey(kek, "keyreeve/kek/row-authentication");
        using var blindingKey = Sealing.Wrapping.DeriveKey(kek, "keyreeve/kek/index-blinding");
        _rowKey = new HmacKey(DigestAlgorithm.Sha256, rowKey);
        _blindingKey = new HmacKey(DigestAlgorithm.Sha256, blindingKey);
    }

    /// <summary>Its version, from 1.</summary>
    public int Version { get; }

    /// <summary>Wraps the tenant's material.</summary>
    public CommittingAead Wrapping { get; }

    /// <summary>HMAC-SHA-256 of a row's canonical form; 32 bytes.</summary>
    public void AuthenticateRow(ReadOnlySpan<byte> row, Span<byte> mac) => _rowKey.Compute(row, mac);

    /// <summary>HMAC-SHA-256 of a value that can be searched by equality but must not be read in the index; 32 bytes.</summary>
    public byte[] Blind(ReadOnlySpan<byte> value)
    {
        var mac = new byte[_blindingKey.MacSizeInBytes];
        _blindingKey.Compute(value, mac);
        return mac;
    }

    public void Dispose()
    {
        Wrapping.Dispose();
        _rowKey.Dispose();
        _blindingKey.Dispose();
    }
}

/// <summary>All versions of a tenant's key-encryption key. Thread safe; versions are only added.</summary>
internal sealed class TenantKeyRing : IDisposable
{
    private TenantKeys[] _versions = [];

    /// <summary>The version under which new material is wrapped.</summary>
    public TenantKeys Current => Volatile.Read(ref _versions)[^1];

    /// <summary>The first version: its blinding key serves for good, since the index is not rewritten when the key rotates.</summary>
    public TenantKeys First => Volatile.Read(ref _versions)[0];

    /// <summary>One version, or null.</summary>
    public TenantKeys? Find(int version)
    {
        foreach (var candidate in Volatile.Read(ref _versions))
            if (candidate.Version == version) return candidate;
        return null;
    }

    public void Add(TenantKeys keys) => Volatile.Write(ref _versions, [.. _versions.Append(keys).OrderBy(k => k.Version)]);

    public void Dispose()
    {
        foreach (var keys in _versions) keys.Dispose();
    }
}
