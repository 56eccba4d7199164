using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>
/// The part of OpenSSL's EVP interface the hot paths call. Contexts are bare pointers here, because a SafeHandle argument
/// costs two interlocked operations a call; <see cref="EvpAeadContext"/> and <see cref="EvpMacContext"/> own them.
/// </summary>
internal static unsafe partial class LibCrypto
{
    public const int EvpCtrlAeadSetIvLength = 0x9;
    public const int EvpCtrlAeadGetTag = 0x10;
    public const int EvpCtrlAeadSetTag = 0x11;
    public const uint OsslParamUtf8String = 4;

    private const string EvpLibrary = "libcrypto.so.3";

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint EvpCipherFetch(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CIPHER_CTX_new")]
    public static partial nint EvpCipherCtxNew();

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CIPHER_CTX_free")]
    public static partial void EvpCipherCtxFree(nint context);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CIPHER_CTX_reset")]
    public static partial int EvpCipherCtxReset(nint context);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    public static partial int EvpCipherCtxCtrl(nint context, int type, int argument, void* pointer);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CipherInit_ex")]
    public static partial int EvpCipherInit(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CipherUpdate")]
    public static partial int EvpCipherUpdate(nint context, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_CipherFinal_ex")]
    public static partial int EvpCipherFinal(nint context, byte* output, int* outputLength);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint EvpMacFetch(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_CTX_new")]
    public static partial nint EvpMacCtxNew(nint mac);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_CTX_free")]
    public static partial void EvpMacCtxFree(nint context);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_init")]
    public static partial int EvpMacInit(nint context, byte* key, nuint keyLength, OsslParam* parameters);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_update")]
    public static partial int EvpMacUpdate(nint context, byte* input, nuint inputLength);

    [LibraryImport(EvpLibrary, EntryPoint = "EVP_MAC_final")]
    public static partial int EvpMacFinal(nint context, byte* output, nuint* outputLength, nuint outputSize);

    /// <summary>Empties the thread's error queue, which a TLS connection on the same thread would otherwise take for its own.</summary>
    [LibraryImport(EvpLibrary, EntryPoint = "ERR_clear_error")]
    public static partial void ErrClear();

    /// <summary>OSSL_PARAM of core.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct OsslParam
    {
        public byte* Key;
        public uint DataType;
        public void* Value;
        public nuint ValueSize;
        public nuint ReturnSize;
    }
}
