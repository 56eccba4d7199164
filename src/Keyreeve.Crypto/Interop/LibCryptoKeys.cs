using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Asymmetric keys: how EVP_PKEY objects come to be, and what can be read out of them.</summary>
internal static partial class LibCrypto
{
    /// <summary>EVP_PKEY_PUBLIC_KEY: the numbers of a public key are given.</summary>
    public const int SelectPublicKey = 0x86;

    /// <summary>EVP_PKEY_KEYPAIR: those of a private key too.</summary>
    public const int SelectKeyPair = 0x87;

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    public static partial void KeyFree(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_name", StringMarshalling = StringMarshalling.Utf8)]
    public static partial KeyContextHandle KeyContextForAlgorithm(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new_from_pkey", StringMarshalling = StringMarshalling.Utf8)]
    public static partial KeyContextHandle KeyContextForKey(nint libraryContext, KeyHandle key, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    public static partial void KeyContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_set_params")]
    public static partial int KeyContextSetParameters(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_fromdata_init")]
    public static partial int KeyFromDataInit(KeyContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_fromdata")]
    public static partial int KeyFromData(KeyContextHandle context, out KeyHandle key, int selection, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_keygen_init")]
    public static partial int KeyGenerateInit(KeyContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_paramgen_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int KeyParametersGenerateInit(KeyContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_generate")]
    public static partial int KeyGenerate(KeyContextHandle context, out KeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key_ex", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial KeyHandle KeyFromRawPrivate(
        nint libraryContext, string algorithm, string? properties, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key_ex", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial KeyHandle KeyFromRawPublic(
        nint libraryContext, string algorithm, string? properties, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_private_key")]
    public static unsafe partial int KeyGetRawPrivate(KeyHandle key, byte* output, ref nuint outputLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    public static unsafe partial int KeyGetRawPublic(KeyHandle key, byte* output, ref nuint outputLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_bn_param", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int KeyGetNumber(KeyHandle key, string name, out BigNumber number);

    [LibraryImport(Library, EntryPoint = "i2d_PUBKEY")]
    public static unsafe partial int EncodeSubjectPublicKeyInfo(KeyHandle key, byte** output);

    [LibraryImport(Library, EntryPoint = "i2d_PublicKey")]
    public static unsafe partial int EncodePublicKey(KeyHandle key, byte** output);

    [LibraryImport(Library, EntryPoint = "i2d_PrivateKey")]
    public static unsafe partial int EncodePrivateKey(KeyHandle key, byte** output);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY2PKCS8")]
    public static partial Pkcs8Handle ToPkcs8(KeyHandle key);

    [LibraryImport(Library, EntryPoint = "i2d_PKCS8_PRIV_KEY_INFO")]
    public static unsafe partial int EncodePkcs8(Pkcs8Handle key, byte** output);

    [LibraryImport(Library, EntryPoint = "PKCS8_PRIV_KEY_INFO_free")]
    public static partial void Pkcs8Free(nint key);
}
