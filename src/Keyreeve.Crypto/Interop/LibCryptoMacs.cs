using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Message authentication codes: the EVP_MAC calls.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "EVP_MAC_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial MacHandle MacFetch(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_free")]
    public static partial void MacFree(nint mac);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_new")]
    public static partial MacContextHandle MacContextNew(MacHandle mac);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_CTX_free")]
    public static partial void MacContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_init")]
    public static unsafe partial int MacInit(MacContextHandle context, byte* key, nuint keyLength, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_update")]
    public static unsafe partial int MacUpdate(MacContextHandle context, byte* input, nuint inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_final")]
    public static unsafe partial int MacFinal(MacContextHandle context, byte* output, out nuint outputLength, nuint outputSize);
}
