using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto.Memory;

/// <summary>
/// A run of pages outside the managed heap, cut into slots of one size, with an inaccessible guard page at either end.
/// </summary>
/// <remarks>
/// Not thread safe: <see cref="LockedArena"/> calls it under the lock of the region's size class. Deliberately without
/// a finalizer: a slot's finalizer must still be able to wipe its bytes, whichever of the two runs first.
/// </remarks>
internal sealed class LockedRegion
{
    private readonly nint _mapping;
    private readonly nuint _mappingLengthInBytes;
    private readonly nint _slots;
    private readonly ushort[] _freeSlots;
    private int _freeCount;

    private LockedRegion(nint mapping, nuint mappingLengthInBytes, int slotSizeInBytes, int slotCount)
    {
        _mapping = mapping;
        _mappingLengthInBytes = mappingLengthInBytes;
        _slots = mapping + Environment.SystemPageSize;
        SlotSizeInBytes = slotSizeInBytes;
        _freeSlots = new ushort[slotCount];
        for (var i = 0; i < slotCount; i++)
            _freeSlots[i] = (ushort)(slotCount - 1 - i);
        _freeCount = slotCount;
    }

    public int SlotSizeInBytes { get; }

    /// <summary>Bytes between the guard pages.</summary>
    public long UsableBytes => (long)_mappingLengthInBytes - 2L * Environment.SystemPageSize;

    /// <summary>Whether the kernel promised never to swap the pages out.</summary>
    public bool IsLocked { get; private set; }

    public bool IsFull => _freeCount == 0;

    public bool IsEmpty => _freeCount == _freeSlots.Length;

    /// <summary>Maps a region of <paramref name="slotCount"/> slots, rounded up to whole pages.</summary>
    /// <exception cref="InsufficientMemoryException">The kernel gave no memory.</exception>
    public static LockedRegion Map(int slotSizeInBytes, int slotCount)
    {
        var page = (long)Environment.SystemPageSize;
        var usable = ((long)slotSizeInBytes * slotCount + page - 1) / page * page;
        var total = (nuint)(usable + 2 * page);
        var mapping = LibC.Map(0, total, LibC.ProtNone, LibC.MapPrivateAnonymous, -1, 0);
        if (mapping == LibC.MapFailed)
            ThrowNoMemory("mmap", total, Marshal.GetLastPInvokeError());

        var region = new LockedRegion(mapping, total, slotSizeInBytes, slotCount);
        if (LibC.Protect(region._slots, (nuint)usable, LibC.ProtReadWrite) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            region.Unmap();
            ThrowNoMemory("mprotect", (nuint)usable, errno);
        }

        // Best effort: RLIMIT_MEMLOCK may be low and old kernels lack the advice. LockedArena counts what stayed
        // unlocked, so that the server can say so at its start.
        region.IsLocked = LibC.Lock(region._slots, (nuint)usable) == 0;
        _ = LibC.Advise(region._slots, (nuint)usable, LibC.MadvDontDump);
        _ = LibC.Advise(region._slots, (nuint)usable, LibC.MadvWipeOnFork);
        return region;
    }

    /// <summary>Takes a free slot; its bytes are zero.</summary>
    public nint Take()
    {
        _freeCount--;
        return _slots + (nint)_freeSlots[_freeCount] * SlotSizeInBytes;
    }

    /// <summary>Gives back a slot the caller has wiped. Allocates nothing, so that a finalizer may call it.</summary>
    public void Return(nint slot)
    {
        _freeSlots[_freeCount] = (ushort)((slot - _slots) / SlotSizeInBytes);
        _freeCount++;
    }

    public void Unmap() => _ = LibC.Unmap(_mapping, _mappingLengthInBytes);

    // MA0012 reserves the whole family for the runtime; this one is documented for memory a program asked for itself.
#pragma warning disable MA0012
    [DoesNotReturn]
    private static void ThrowNoMemory(string call, nuint lengthInBytes, int errno) =>
        throw new InsufficientMemoryException($"{call} of {lengthInBytes} bytes for secrets failed (errno {errno}).");
#pragma warning restore MA0012
}
