using Keyreeve.Core.Audit.Interop;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Wakes one thread: a futex, which takes one call into the kernel on either side, and a wait that is shorter than a millisecond. What the
/// framework has takes several, and cannot.
/// </summary>
internal sealed unsafe class AuditBell
{
    private const int Silent = 0;
    private const int Rung = 1;

    // Does not move and is never given back while the bell is there: the kernel knows it by its address.
    private readonly int[] _state = GC.AllocateArray<int>(1, pinned: true);

    /// <summary>Wakes who waits; or, if nobody does, whoever waits next.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref _state[0], Rung) == Silent) LibC.FutexWake(Address);
    }

    /// <summary>Waits for it, or less: whoever waits looks himself whether there is something to do.</summary>
    public void Wait(TimeSpan longest)
    {
        if (longest > TimeSpan.Zero && Volatile.Read(ref _state[0]) == Silent) LibC.FutexWait(Address, Silent, longest);
        Volatile.Write(ref _state[0], Silent);
    }

    private int* Address
    {
        get
        {
            fixed (int* address = _state) return address;
        }
    }
}
