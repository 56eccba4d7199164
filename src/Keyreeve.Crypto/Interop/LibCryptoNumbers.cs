using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Big numbers (BIGNUM) and elliptic curve groups, for checking keys before they are used.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "BN_secure_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial BigNumber NumberNew();

    [LibraryImport(Library, EntryPoint = "BN_clear_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void NumberFree(nint number);

    [LibraryImport(Library, EntryPoint = "BN_set_flags")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void NumberSetFlags(BigNumber number, int flags);

    [LibraryImport(Library, EntryPoint = "BN_bin2bn")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial nint NumberFromBytes(byte* bytes, int length, BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_bn2binpad")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial int NumberToBytes(BigNumber number, byte* bytes, int length);

    [LibraryImport(Library, EntryPoint = "BN_num_bits")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberBits(BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_ucmp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberCompare(BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_is_bit_set")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberIsBitSet(BigNumber number, int bit);

    [LibraryImport(Library, EntryPoint = "BN_sub_word")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberSubtractWord(BigNumber number, nuint word);

    [LibraryImport(Library, EntryPoint = "BN_rshift1")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberHalve(BigNumber result, BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_copy")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint NumberCopy(BigNumber to, BigNumber from);

    [LibraryImport(Library, EntryPoint = "BN_uadd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberAdd(BigNumber result, BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_usub")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberSubtract(BigNumber result, BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_mul")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberMultiply(BigNumber result, BigNumber left, BigNumber right, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_div")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberDivide(
        BigNumber quotient, BigNumber remainder, BigNumber number, BigNumber divisor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_div")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberModulo(
        nint noQuotient, BigNumber remainder, BigNumber number, BigNumber divisor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_mod_exp_mont_consttime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberPower(
        BigNumber result, BigNumber number, BigNumber exponent, BigNumber modulus, NumberContextHandle context, nint montgomery);

    [LibraryImport(Library, EntryPoint = "BN_mod_inverse")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint NumberInverse(BigNumber result, BigNumber number, BigNumber modulus, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_gcd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberGreatestCommonDivisor(
        BigNumber result, BigNumber left, BigNumber right, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_check_prime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int NumberIsPrime(BigNumber number, NumberContextHandle context, nint progress);

    [LibraryImport(Library, EntryPoint = "BN_CTX_secure_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial NumberContextHandle NumberContextNew();

    [LibraryImport(Library, EntryPoint = "BN_CTX_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void NumberContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_new_by_curve_name")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial CurveGroupHandle CurveGroupNew(int curve);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void CurveGroupFree(nint group);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_order")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CurveGroupOrder(CurveGroupHandle group, BigNumber order, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_cofactor")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CurveGroupCofactor(CurveGroupHandle group, BigNumber cofactor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_curve")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CurveGroupEquation(
        CurveGroupHandle group, BigNumber prime, BigNumber a, BigNumber b, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial CurvePointHandle CurvePointNew(CurveGroupHandle group);

    [LibraryImport(Library, EntryPoint = "EC_POINT_clear_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void CurvePointFree(nint point);

    [LibraryImport(Library, EntryPoint = "EC_POINT_mul")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CurvePointMultiplyGenerator(
        CurveGroupHandle group, CurvePointHandle result, BigNumber scalar, nint noPoint, nint noFactor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_oct2point")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial int CurvePointDecode(
        CurveGroupHandle group, CurvePointHandle point, byte* bytes, nuint length, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_point2oct")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static unsafe partial nuint CurvePointEncode(
        CurveGroupHandle group, CurvePointHandle point, int form, byte* bytes, nuint length, NumberContextHandle context);
}
