using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>PKCS#12 containers and the certificates inside.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "d2i_AutoPrivateKey")]
    public static unsafe partial KeyHandle DecodePrivateKey(nint into, byte** input, nint length);

    [LibraryImport(Library, EntryPoint = "d2i_X509")]
    public static unsafe partial CertificateHandle DecodeCertificate(nint into, byte** input, nint length);

    [LibraryImport(Library, EntryPoint = "i2d_X509")]
    public static unsafe partial int EncodeCertificate(nint certificate, byte** output);

    [LibraryImport(Library, EntryPoint = "X509_free")]
    public static partial void CertificateFree(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_up_ref")]
    public static partial int CertificateAddReference(CertificateHandle certificate);

    [LibraryImport(Library, EntryPoint = "X509_alias_get0")]
    public static partial nint CertificateAlias(CertificateHandle certificate, out int length);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_new_null")]
    public static partial CertificateStackHandle StackNew();

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_push")]
    public static partial int StackPush(CertificateStackHandle stack, CertificateHandle certificate);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_num")]
    public static partial int StackCount(nint stack);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_value")]
    public static partial nint StackValue(nint stack, int index);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_free")]
    public static partial void StackFree(nint stack);

    [LibraryImport(Library, EntryPoint = "PKCS12_create", StringMarshalling = StringMarshalling.Utf8)]
    public static unsafe partial Pkcs12Handle Pkcs12Create(
        byte* password, string friendlyName, KeyHandle key, CertificateHandle certificate, CertificateStackHandle chain,
        int keyCipher, int certificateCipher, int iterations, int macIterations, int keyUse);

    [LibraryImport(Library, EntryPoint = "PKCS12_parse")]
    public static unsafe partial int Pkcs12Parse(
        Pkcs12Handle container, byte* password, out KeyHandle key, out CertificateHandle certificate, out CertificateStackHandle chain);

    [LibraryImport(Library, EntryPoint = "PKCS12_unpack_authsafes")]
    public static partial SafeContentsStackHandle Pkcs12SafeContents(Pkcs12Handle container);

    [LibraryImport(Library, EntryPoint = "PKCS12_unpack_p7encdata")]
    public static unsafe partial SafeBagStackHandle Pkcs12DecryptSafeContents(nint safeContents, byte* password, int length);

    [LibraryImport(Library, EntryPoint = "i2d_PKCS12_SAFEBAG")]
    public static unsafe partial int EncodeSafeBag(nint bag, byte** output);

    [LibraryImport(Library, EntryPoint = "PKCS12_SAFEBAG_free")]
    public static partial void SafeBagFree(nint bag);

    [LibraryImport(Library, EntryPoint = "PKCS7_free")]
    public static partial void SafeContentsFree(nint safeContents);

    [LibraryImport(Library, EntryPoint = "d2i_PKCS12")]
    public static unsafe partial Pkcs12Handle DecodePkcs12(nint into, byte** input, nint length);

    [LibraryImport(Library, EntryPoint = "i2d_PKCS12")]
    public static unsafe partial int EncodePkcs12(Pkcs12Handle container, byte** output);

    [LibraryImport(Library, EntryPoint = "PKCS12_free")]
    public static partial void Pkcs12Free(nint container);
}
