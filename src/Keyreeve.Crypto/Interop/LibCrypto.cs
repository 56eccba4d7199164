using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Keyreeve.Crypto.Interop;

/// <summary>OpenSSL's libcrypto, version 3 or later: the functions that .NET does not offer, or offers slowly.</summary>
/// <remarks>
/// Every return code goes through <see cref="Require(int)"/> or <see cref="Succeeded"/>: both leave the thread's error
/// queue empty, because a stale entry would be reported by the next caller on this thread, .NET's own code included.
/// </remarks>
internal static partial class LibCrypto
{
    private const string Library = "libcrypto.so.3";

    /// <summary>Turns a failure that no input can cause into an exception.</summary>
    /// <exception cref="CryptographicException">The call failed.</exception>
    public static void Require(int returnCode)
    {
        if (returnCode != 1)
            throw Failure();
    }

    /// <summary>Checks that a call which returns a length, or an object, gave one.</summary>
    /// <exception cref="CryptographicException">The call failed.</exception>
    public static int RequirePositive(int returnCode) => returnCode > 0 ? returnCode : throw Failure();

    /// <summary>Checks that an object was made.</summary>
    /// <exception cref="CryptographicException">The call failed.</exception>
    public static THandle Require<THandle>(THandle handle)
        where THandle : SafeHandle
    {
        if (!handle.IsInvalid)
            return handle;
        handle.Dispose();
        throw Failure();
    }

    /// <summary>Whether a call succeeded that fails on bad input; the error queue is empty afterwards.</summary>
    public static bool Succeeded(int returnCode)
    {
        if (returnCode == 1)
            return true;
        ClearErrors();
        return false;
    }

    /// <summary>Describes the newest error by OpenSSL's own reason, which never holds input, and empties the queue.</summary>
    public static CryptographicException Failure()
    {
        var code = PeekLastError();
        var reason = code == 0 ? null : Marshal.PtrToStringUTF8(ReasonOf(code));
        ClearErrors();
        return new CryptographicException($"OpenSSL refused the operation: {reason ?? "no reason given"}.");
    }

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "RAND_add")]
    public static unsafe partial void RandomAdd(byte* bytes, int length, double entropyInBytes);

    [LibraryImport(Library, EntryPoint = "ERR_peek_last_error")]
    private static partial nuint PeekLastError();

    [LibraryImport(Library, EntryPoint = "ERR_reason_error_string")]
    private static partial nint ReasonOf(nuint code);
}
