using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>What asymmetric keys do: sign, verify, encrypt, decrypt, agree.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign_init_ex")]
    public static partial int SignInit(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign")]
    public static unsafe partial int Sign(
        KeyContextHandle context, byte* signature, ref nuint signatureLength, byte* digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_init_ex")]
    public static partial int VerifyInit(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify")]
    public static unsafe partial int Verify(
        KeyContextHandle context, byte* signature, nuint signatureLength, byte* digest, nuint digestLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_recover_init_ex")]
    public static partial int VerifyRecoverInit(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_recover")]
    public static unsafe partial int VerifyRecover(
        KeyContextHandle context, byte* output, ref nuint outputLength, byte* signature, nuint signatureLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_encrypt_init_ex")]
    public static partial int EncryptInit(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_encrypt")]
    public static unsafe partial int Encrypt(
        KeyContextHandle context, byte* output, ref nuint outputLength, byte* input, nuint inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_decrypt_init_ex")]
    public static partial int DecryptInit(KeyContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_decrypt")]
    public static unsafe partial int Decrypt(
        KeyContextHandle context, byte* output, ref nuint outputLength, byte* input, nuint inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_init")]
    public static partial int DeriveInit(KeyContextHandle context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_set_peer_ex")]
    public static partial int DeriveSetPeer(KeyContextHandle context, KeyHandle peer, int validate);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive")]
    public static unsafe partial int Derive(KeyContextHandle context, byte* output, ref nuint outputLength);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial DigestHandle DigestFetch(nint libraryContext, string algorithm, string? properties);

    [LibraryImport(Library, EntryPoint = "EVP_MD_free")]
    public static partial void DigestFree(nint digest);

    [LibraryImport(Library, EntryPoint = "EVP_Digest")]
    public static unsafe partial int Digest(
        byte* input, nuint inputLength, byte* output, out uint outputLength, DigestHandle digest, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_DigestInit_ex2")]
    public static partial int DigestInit(DigestContextHandle context, DigestHandle digest, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_DigestUpdate")]
    public static unsafe partial int DigestUpdate(DigestContextHandle context, byte* input, nuint inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_DigestFinal_ex")]
    public static unsafe partial int DigestFinal(DigestContextHandle context, byte* output, out uint outputLength);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    public static partial DigestContextHandle DigestContextNew();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    public static partial void DigestContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit_ex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DigestSignInit(
        DigestContextHandle context, nint keyContext, string? digest, nint libraryContext, string? properties, KeyHandle key, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    public static unsafe partial int DigestSign(
        DigestContextHandle context, byte* signature, ref nuint signatureLength, byte* message, nuint messageLength);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit_ex", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int DigestVerifyInit(
        DigestContextHandle context, nint keyContext, string? digest, nint libraryContext, string? properties, KeyHandle key, nint parameters);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    public static unsafe partial int DigestVerify(
        DigestContextHandle context, byte* signature, nuint signatureLength, byte* message, nuint messageLength);
}
