using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EC_GROUP: a named curve. Immutable and shared by all threads.</summary>
internal sealed class CurveGroupHandle : SafeHandle
{
    public CurveGroupHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.CurveGroupFree(handle);
        return true;
    }
}

/// <summary>An EC_POINT; wiped when freed.</summary>
internal sealed class CurvePointHandle : SafeHandle
{
    public CurvePointHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.CurvePointFree(handle);
        return true;
    }
}
