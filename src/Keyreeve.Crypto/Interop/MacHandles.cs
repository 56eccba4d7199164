using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EVP_MAC: a code's algorithm, without a key. Immutable and shared by all threads.</summary>
internal sealed class MacHandle : SafeHandle
{
    public MacHandle()
        : base(0, ownsHandle: true)
    {
    }

    public static MacHandle Cmac { get; } = LibCrypto.Require(LibCrypto.MacFetch(0, "CMAC", null));

    public static MacHandle Hmac { get; } = LibCrypto.Require(LibCrypto.MacFetch(0, "HMAC", null));

    public static MacHandle Poly1305 { get; } = LibCrypto.Require(LibCrypto.MacFetch(0, "POLY1305", null));

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.MacFree(handle);
        return true;
    }
}

/// <summary>An EVP_MAC_CTX: a code under way. Freed with its key wiped; not thread safe.</summary>
internal sealed class MacContextHandle : SafeHandle
{
    public MacContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.MacContextFree(handle);
        return true;
    }
}
