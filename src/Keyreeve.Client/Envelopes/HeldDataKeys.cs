using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>The data keys of a batch, held until it is done.</summary>
internal sealed class HeldDataKeys : IDisposable
{
    private readonly Dictionary<string, CachedDataKey> _keys = new(StringComparer.Ordinal);

    public bool Has(string name) => _keys.ContainsKey(name);

    /// <summary>Takes over the holder that the caller is.</summary>
    public void Add(string name, CachedDataKey key) => _keys.Add(name, key);

    /// <summary>The data key of a small envelope; null where the server decrypts, or nobody can.</summary>
    public (CachedDataKey Key, EnvelopeSuite Suite)? Find(ReadOnlySpan<byte> envelope) =>
        EnvelopeHeader.TryParse(envelope, out var header) && header.Mode == EnvelopeMode.WrappedKey
        && _keys.TryGetValue(EnvelopeEncryptor.NameOf(EnvelopeEncryptor.WrappedKeyOf(header, envelope)), out var key)
            ? (key, header.Suite)
            : null;

    public void Dispose()
    {
        foreach (var key in _keys.Values)
            key.Release();
    }
}
