using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>
/// A data key in the cache, shared by those who use it at the moment: it is wiped when the cache and the last of them have let
/// go of it.
/// </summary>
internal sealed class CachedDataKey
{
    private int _holders = 1;
    private int _uses;

    public CachedDataKey(CommittingAead aead, WrappedDataKey wrapped, long madeAt)
    {
        Aead = aead;
        Wrapped = wrapped;
        MadeAt = madeAt;
    }

    public CommittingAead Aead { get; }

    public WrappedDataKey Wrapped { get; }

    /// <summary>Time stamp of the cache's time provider.</summary>
    public long MadeAt { get; }

    /// <summary>Counts one more encryption; false when there were enough.</summary>
    public bool TryUse(int most) => Interlocked.Increment(ref _uses) <= most;

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
        if (Interlocked.Decrement(ref _holders) == 0)
            Aead.Dispose();
    }
}
