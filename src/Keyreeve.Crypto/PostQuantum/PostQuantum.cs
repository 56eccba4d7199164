using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>
/// What this machine's OpenSSL has of the algorithms that withstand a quantum computer: ML-KEM (FIPS 203), ML-DSA (FIPS 204),
/// SLH-DSA (FIPS 205); from OpenSSL 3.5 on.
/// </summary>
public static class PostQuantum
{
    /// <summary>The families that this product offers where the library has them.</summary>
    public static IReadOnlyList<(string Family, bool IsAvailable)> Offered { get; } = [("ML-KEM", MLKem.IsSupported), ("ML-DSA", MLDsa.IsSupported)];

    /// <summary>The families, and whether they are there.</summary>
    public static IReadOnlyList<(string Family, bool IsAvailable)> Families { get; } =
        [("ML-KEM", MLKem.IsSupported), ("ML-DSA", MLDsa.IsSupported), ("SLH-DSA", SlhDsaIsSupported)];

#pragma warning disable SYSLIB5006 // experimental in .NET 10, and only asked whether it is there
    private static bool SlhDsaIsSupported => SlhDsa.IsSupported;
#pragma warning restore SYSLIB5006
}
