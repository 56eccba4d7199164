using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>An EVP_CIPHER: a cipher's code, without a key. Immutable and shared by all threads.</summary>
internal sealed class CipherHandle : SafeHandle
{
    // Fetching costs a look-up by name under a lock in OpenSSL; the handful of ciphers stays for the process's life.
    private static readonly ConcurrentDictionary<string, CipherHandle> Fetched = new(StringComparer.Ordinal);

    public CipherHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the cipher of that name.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">No active provider offers it.</exception>
    public static CipherHandle Of(string name) =>
        Fetched.GetOrAdd(name, static n => LibCrypto.Require(LibCrypto.CipherFetch(0, n, null)));

    protected override bool ReleaseHandle()
    {
        LibCrypto.CipherFree(handle);
        return true;
    }
}

/// <summary>An EVP_CIPHER_CTX: a cipher with a key and a position. Freed with its key schedule wiped; not thread safe.</summary>
internal sealed class CipherContextHandle : SafeHandle
{
    public CipherContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.CipherContextFree(handle);
        return true;
    }
}
