using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Keyreeve.Crypto.Memory;

/// <summary>One secret's place in a <see cref="LockedArena"/>; wiped and given back when the last user lets go.</summary>
internal sealed class LockedSlot : SafeHandle
{
    private readonly LockedArena _arena;
    private readonly LockedRegion _region;

    internal LockedSlot(LockedArena arena, LockedRegion region, nint address)
        : base(0, ownsHandle: true)
    {
        _arena = arena;
        _region = region;
        SetHandle(address);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The slot's bytes. The caller holds a reference (<see cref="SafeHandle.DangerousAddRef"/>) while it uses them.</summary>
    public unsafe Span<byte> DangerousGetSpan(int lengthInBytes) => new((void*)handle, lengthInBytes);

    /// <inheritdoc/>
    protected override unsafe bool ReleaseHandle()
    {
        CryptographicOperations.ZeroMemory(new Span<byte>((void*)handle, _region.SlotSizeInBytes));
        _arena.Return(_region, handle);
        return true;
    }
}
