using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>What libcrypto says of itself.</summary>
internal static unsafe partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "OpenSSL_version")]
    public static partial nint VersionOf(int what);

    [LibraryImport(Library, EntryPoint = "EVP_default_properties_is_fips_enabled")]
    public static partial int DefaultPropertiesAreFips(nint libraryContext);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_do_all")]
    public static partial int ForEachProvider(nint libraryContext, delegate* unmanaged[Cdecl]<nint, nint, int> visit, nint state);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_get0_name")]
    public static partial nint NameOfProvider(nint provider);

    [LibraryImport(Library, EntryPoint = "OSSL_PROVIDER_get_params")]
    public static partial int ParametersOfProvider(nint provider, OpenSslParameter* parameters);
}

/// <summary>OSSL_PARAM</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenSslParameter
{
    /// <summary>OSSL_PARAM_UTF8_PTR</summary>
    public const uint Utf8Pointer = 6;

    public nint Key;
    public uint Type;
    public nint Value;
    public nuint Size;
    public nuint ReturnSize;
}
