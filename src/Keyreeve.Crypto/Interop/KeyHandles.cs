using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EVP_PKEY. OpenSSL wipes the private numbers when it is freed. Reading it is thread safe.</summary>
internal sealed class KeyHandle : SafeHandle
{
    public KeyHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.KeyFree(handle);
        return true;
    }
}

/// <summary>An EVP_PKEY_CTX: one operation with one key. Not thread safe.</summary>
internal sealed class KeyContextHandle : SafeHandle
{
    public KeyContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.KeyContextFree(handle);
        return true;
    }
}

/// <summary>A PKCS8_PRIV_KEY_INFO: a private key about to be encoded.</summary>
internal sealed class Pkcs8Handle : SafeHandle
{
    public Pkcs8Handle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.Pkcs8Free(handle);
        return true;
    }
}

/// <summary>An EVP_MD: a hash function. Immutable and shared by all threads.</summary>
internal sealed class DigestHandle : SafeHandle
{
    private static readonly ConcurrentDictionary<DigestAlgorithm, DigestHandle> Fetched = new();

    public DigestHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the hash function.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not an algorithm.</exception>
    public static DigestHandle Of(DigestAlgorithm algorithm) =>
        Fetched.GetOrAdd(algorithm, static a => LibCrypto.Require(LibCrypto.DigestFetch(0, a.NativeName(), null)));

    protected override bool ReleaseHandle()
    {
        LibCrypto.DigestFree(handle);
        return true;
    }
}

/// <summary>An EVP_MD_CTX: one signature or verification under way. Not thread safe.</summary>
internal sealed class DigestContextHandle : SafeHandle
{
    public DigestContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.DigestContextFree(handle);
        return true;
    }
}
