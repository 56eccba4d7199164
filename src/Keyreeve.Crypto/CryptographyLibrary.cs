using System.Runtime.InteropServices;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>The library that computes: the system's OpenSSL, as it describes itself.</summary>
/// <remarks>Whether it runs in FIPS mode is what it says, and says nothing of this product, which is not validated.</remarks>
public static unsafe class CryptographyLibrary
{
    private const int VersionText = 0;

    /// <summary>Its name, version and date, such as <c>OpenSSL 3.0.15 3 Sep 2024</c>.</summary>
    public static string Version => Marshal.PtrToStringUTF8(LibCrypto.VersionOf(VersionText)) ?? "unknown";

    /// <summary>Whether it says that algorithms are fetched with the property <c>fips=yes</c> unless something else is asked for.</summary>
    public static bool SaysFipsMode => LibCrypto.DefaultPropertiesAreFips(0) == 1;

    /// <summary>The providers that are active in it.</summary>
    public static IReadOnlyList<CryptographyProvider> Providers
    {
        get
        {
            var found = new List<CryptographyProvider>();
            var state = GCHandle.Alloc(found);
            try
            {
                _ = LibCrypto.ForEachProvider(0, &Add, GCHandle.ToIntPtr(state));
            }
            finally
            {
                state.Free();
            }

            return found;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static int Add(nint provider, nint state)
    {
        var found = (List<CryptographyProvider>)GCHandle.FromIntPtr(state).Target!;
        found.Add(new CryptographyProvider(
            Marshal.PtrToStringUTF8(LibCrypto.NameOfProvider(provider)) ?? "unnamed", Text(provider, "name"), Text(provider, "version")));
        return 1;
    }

    private static string? Text(nint provider, string parameter)
    {
        nint text = 0;
        var name = Marshal.StringToCoTaskMemUTF8(parameter);
        try
        {
            var parameters = stackalloc OpenSslParameter[2];
            parameters[0] = new OpenSslParameter { Key = name, Type = OpenSslParameter.Utf8Pointer, Value = (nint)(&text), Size = (nuint)sizeof(nint) };
            parameters[1] = default;
            return LibCrypto.Succeeded(LibCrypto.ParametersOfProvider(provider, parameters)) && text != 0 ? Marshal.PtrToStringUTF8(text) : null;
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}

/// <summary>A provider of OpenSSL: where its algorithms come from.</summary>
/// <param name="Name">What it is called in the configuration, such as <c>default</c> or <c>fips</c>.</param>
/// <param name="Description">What it calls itself; null if it does not.</param>
/// <param name="Version">Its version; null if it tells none.</param>
public sealed record CryptographyProvider(string Name, string? Description, string? Version);
