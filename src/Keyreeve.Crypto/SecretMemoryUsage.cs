using System.Runtime.InteropServices;
using Keyreeve.Crypto.Memory;

namespace Keyreeve.Crypto;

/// <summary>How much native memory this process holds for secrets.</summary>
/// <param name="LockedBytes">Bytes in pages the kernel will not swap out.</param>
/// <param name="UnlockedBytes">
/// Bytes in pages that could not be locked, usually because <c>RLIMIT_MEMLOCK</c> is too low. Above zero a server warns.
/// </param>
/// <param name="LiveSecrets">Secrets not yet disposed, and the random bytes that each thread keeps ready.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SecretMemoryUsage(long LockedBytes, long UnlockedBytes, long LiveSecrets)
{
    /// <summary>The figures of this moment.</summary>
    public static SecretMemoryUsage Current => LockedArena.Process.Usage;
}
