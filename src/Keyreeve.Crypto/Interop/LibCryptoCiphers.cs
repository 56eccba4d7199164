using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Symmetric ciphers: the EVP_CIPHER calls.</summary>
internal static partial class LibCrypto
{
    /// <summary>EVP_CIPHER_CTX_FLAG_WRAP_ALLOW: without it a context refuses the key wrap modes.</summary>
    public const int CipherFlagWrapAllow = 0x1;

    public const int CipherControlSetIvLength = 0x9;
    public const int CipherControlGetTag = 0x10;

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial CipherHandle CipherFetch(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_free")]
    public static partial void CipherFree(nint cipher);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_new")]
    public static partial CipherContextHandle CipherContextNew();

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_free")]
    public static partial void CipherContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_set_flags")]
    public static partial void CipherContextSetFlags(CipherContextHandle context, int flags);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_set_padding")]
    public static partial int CipherContextSetPadding(CipherContextHandle context, int padding);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    public static unsafe partial int CipherContextControl(CipherContextHandle context, int type, int argument, byte* pointer);

    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex2")]
    public static unsafe partial int CipherInit(
        CipherContextHandle context, CipherHandle cipher, byte* key, byte* iv, int encrypt, nint parameters);

    /// <summary>Gives a context its key and nonce, when it has its cipher (<paramref name="noCipher"/> is zero).</summary>
    [LibraryImport(Library, EntryPoint = "EVP_CipherInit_ex2")]
    public static unsafe partial int CipherInit(
        CipherContextHandle context, nint noCipher, byte* key, byte* iv, int encrypt, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_CipherUpdate")]
    public static unsafe partial int CipherUpdate(
        CipherContextHandle context, byte* output, out int outputLength, byte* input, int inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_CipherFinal_ex")]
    public static unsafe partial int CipherFinal(CipherContextHandle context, byte* output, out int outputLength);
}
