using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>
/// A data key in the cache, shared by those who use it at the moment: it is wiped when the cache and the last of them have let
/// go of it.
/// </summary>
internal sealed class CachedDataKey
{
    private readonly SecretBytes _secret;
    private readonly Lock _gate = new();
    private CommittingAead? _other;
    private int _holders = 1;
    private int _uses;
    private long _bytes;

    /// <summary>Takes the data key over.</summary>
    public CachedDataKey(SecretBytes secret, EnvelopeSuite suite, WrappedDataKey wrapped, long madeAt)
    {
        _secret = secret;
        Aead = new CommittingAead(secret, suite);
        Wrapped = wrapped;
        MadeAt = madeAt;
    }

    /// <summary>The data key with the suite it was fetched for.</summary>
    public CommittingAead Aead { get; }

    public WrappedDataKey Wrapped { get; }

    /// <summary>What it is called for decryption, where it was made to encrypt.</summary>
    public string? Alias { get; init; }

    /// <summary>Time stamp of the cache's time provider.</summary>
    public long MadeAt { get; }

    /// <summary>The data key with the suite of an envelope, whose author may have chosen another.</summary>
    public CommittingAead WithSuite(EnvelopeSuite suite)
    {
        if (suite == Aead.Suite)
            return Aead;
        lock (_gate)
            return _other ??= new CommittingAead(_secret, suite);
    }

    /// <summary>Counts encryptions; false when there were enough.</summary>
    public bool TryUse(DataKeyUse use, EnvelopeEncryptorOptions options)
    {
        if (!use.ForEncryption)
            return true;
        lock (_gate)
        {
            // The first use is always allowed: a batch may be more than the whole allowance.
            if (_uses > 0 && (_uses > options.DataKeyMaxUses - use.Values || _bytes > options.DataKeyMaxBytes - use.Bytes))
                return false;
            _uses = (int)Math.Min(int.MaxValue, (long)_uses + use.Values);
            _bytes = use.Bytes > long.MaxValue - _bytes ? long.MaxValue : _bytes + use.Bytes;
            return true;
        }
    }

    /// <summary>Becomes a holder; false when the key was wiped already.</summary>
    public bool TryHold()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return true;
            holders = seen;
        }

        return false;
    }

    /// <summary>Lets go; the last one wipes.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
            return;
        Aead.Dispose();
        _other?.Dispose();
        _secret.Dispose();
    }
}

/// <summary>What a data key is looked up for.</summary>
/// <param name="Name">What the key is called in the cache.</param>
/// <param name="Values">How many values are to be encrypted; 0 for decryption.</param>
/// <param name="Bytes">How many bytes are to be encrypted.</param>
internal readonly record struct DataKeyUse(string Name, int Values, long Bytes)
{
    public bool ForEncryption => Values > 0;

    public static DataKeyUse Decryption(string name) => new(name, 0, 0);
}
