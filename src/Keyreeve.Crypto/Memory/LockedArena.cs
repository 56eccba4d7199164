using System.Numerics;

namespace Keyreeve.Crypto.Memory;

/// <summary>
/// Hands out small pieces of locked native memory. A page pair per secret would spend 12 KiB and two system calls on
/// 32 bytes; a server that caches tens of thousands of keys needs slabs instead.
/// </summary>
/// <remarks>Thread safe. Slots of one size class share regions of 64 KiB; a secret above 4 KiB has its own region.</remarks>
internal sealed class LockedArena
{
    private const int SmallestSlotInBytes = 16;
    private const int LargestSlotInBytes = 4096;
    private const int SlabSizeInBytes = 64 * 1024;

    private readonly SizeClass[] _classes;
    private long _lockedBytes;
    private long _unlockedBytes;
    private long _liveSlots;

    public LockedArena()
    {
        _classes = new SizeClass[BitOperations.Log2(LargestSlotInBytes / SmallestSlotInBytes) + 1];
        for (var i = 0; i < _classes.Length; i++)
            _classes[i] = new SizeClass(SmallestSlotInBytes << i);
    }

    /// <summary>The arena of this process.</summary>
    public static LockedArena Process { get; } = new();

    public SecretMemoryUsage Usage => new(
        Volatile.Read(ref _lockedBytes), Volatile.Read(ref _unlockedBytes), Volatile.Read(ref _liveSlots));

    /// <summary>Rents zeroed memory of at least <paramref name="lengthInBytes"/> bytes.</summary>
    public LockedSlot Rent(int lengthInBytes)
    {
        var slot = lengthInBytes > LargestSlotInBytes ? RentOwnRegion(lengthInBytes) : RentFromSlab(ClassOf(lengthInBytes));
        Interlocked.Increment(ref _liveSlots);
        return slot;
    }

    /// <summary>Takes back a wiped slot. Called by finalizers: neither allocates nor throws.</summary>
    internal void Return(LockedRegion region, nint address)
    {
        Interlocked.Decrement(ref _liveSlots);
        if (region.SlotSizeInBytes > LargestSlotInBytes)
        {
            Unmap(region);
            return;
        }

        var sizeClass = ClassOf(region.SlotSizeInBytes);
        lock (sizeClass.Gate)
        {
            if (region.IsFull)
                sizeClass.WithFreeSlots.Add(region); // within the capacity reserved when the region was mapped
            region.Return(address);

            // One empty region stays, so that a lone secret coming and going does not map and unmap each time.
            if (!region.IsEmpty || sizeClass.WithFreeSlots.Count == 1)
                return;
            sizeClass.WithFreeSlots.Remove(region);
            sizeClass.RegionCount--;
        }

        Unmap(region);
    }

    private LockedSlot RentOwnRegion(int lengthInBytes)
    {
        var region = Map(lengthInBytes, slotCount: 1);
        return new LockedSlot(this, region, region.Take());
    }

    private LockedSlot RentFromSlab(SizeClass sizeClass)
    {
        lock (sizeClass.Gate)
        {
            var available = sizeClass.WithFreeSlots;
            if (available.Count == 0)
            {
                available.EnsureCapacity(sizeClass.RegionCount + 1);
                available.Add(Map(sizeClass.SlotSizeInBytes, SlabSizeInBytes / sizeClass.SlotSizeInBytes));
                sizeClass.RegionCount++;
            }

            var region = available[^1];
            var slot = new LockedSlot(this, region, region.Take());
            if (region.IsFull)
                available.RemoveAt(available.Count - 1);
            return slot;
        }
    }

    private LockedRegion Map(int slotSizeInBytes, int slotCount)
    {
        var region = LockedRegion.Map(slotSizeInBytes, slotCount);
        Interlocked.Add(ref region.IsLocked ? ref _lockedBytes : ref _unlockedBytes, region.UsableBytes);
        return region;
    }

    private void Unmap(LockedRegion region)
    {
        Interlocked.Add(ref region.IsLocked ? ref _lockedBytes : ref _unlockedBytes, -region.UsableBytes);
        region.Unmap();
    }

    private SizeClass ClassOf(int lengthInBytes)
    {
        var rounded = BitOperations.RoundUpToPowerOf2((uint)Math.Max(lengthInBytes, SmallestSlotInBytes));
        return _classes[BitOperations.Log2(rounded / SmallestSlotInBytes)];
    }

    private sealed class SizeClass(int slotSizeInBytes)
    {
        public int SlotSizeInBytes { get; } = slotSizeInBytes;

        public Lock Gate { get; } = new();

        public List<LockedRegion> WithFreeSlots { get; } = [];

        public int RegionCount { get; set; }
    }
}
