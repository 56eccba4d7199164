namespace Keyreeve.Core.Access;

/// <summary>How often a binding has been used, as far as is known here; the store knows it exactly. Thread safe.</summary>
internal sealed class UseCounter
{
    private long _used;

    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes over what the store says; it never goes back.</summary>
    public void Raise(long used)
    {
        for (var known = Used; known < used;)
        {
            var before = Interlocked.CompareExchange(ref _used, used, known);
            if (before == known) return;
            known = before;
        }
    }
}
