using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>Big numbers (BIGNUM) and elliptic curve groups, for checking keys before they are used.</summary>
internal static partial class LibCrypto
{
    [LibraryImport(Library, EntryPoint = "BN_secure_new")]
    public static partial BigNumber NumberNew();

    [LibraryImport(Library, EntryPoint = "BN_clear_free")]
    public static partial void NumberFree(nint number);

    [LibraryImport(Library, EntryPoint = "BN_set_flags")]
    public static partial void NumberSetFlags(BigNumber number, int flags);

    [LibraryImport(Library, EntryPoint = "BN_bin2bn")]
    public static unsafe partial nint NumberFromBytes(byte* bytes, int length, BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_bn2binpad")]
    public static unsafe partial int NumberToBytes(BigNumber number, byte* bytes, int length);

    [LibraryImport(Library, EntryPoint = "BN_num_bits")]
    public static partial int NumberBits(BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_ucmp")]
    public static partial int NumberCompare(BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_is_bit_set")]
    public static partial int NumberIsBitSet(BigNumber number, int bit);

    [LibraryImport(Library, EntryPoint = "BN_sub_word")]
    public static partial int NumberSubtractWord(BigNumber number, nuint word);

    [LibraryImport(Library, EntryPoint = "BN_rshift1")]
    public static partial int NumberHalve(BigNumber result, BigNumber number);

    [LibraryImport(Library, EntryPoint = "BN_copy")]
    public static partial nint NumberCopy(BigNumber to, BigNumber from);

    [LibraryImport(Library, EntryPoint = "BN_uadd")]
    public static partial int NumberAdd(BigNumber result, BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_usub")]
    public static partial int NumberSubtract(BigNumber result, BigNumber left, BigNumber right);

    [LibraryImport(Library, EntryPoint = "BN_mul")]
    public static partial int NumberMultiply(BigNumber result, BigNumber left, BigNumber right, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_div")]
    public static partial int NumberDivide(
        BigNumber quotient, BigNumber remainder, BigNumber number, BigNumber divisor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_div")]
    public static partial int NumberModulo(
        nint noQuotient, BigNumber remainder, BigNumber number, BigNumber divisor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_mod_exp_mont_consttime")]
    public static partial int NumberPower(
        BigNumber result, BigNumber number, BigNumber exponent, BigNumber modulus, NumberContextHandle context, nint montgomery);

    [LibraryImport(Library, EntryPoint = "BN_mod_inverse")]
    public static partial nint NumberInverse(BigNumber result, BigNumber number, BigNumber modulus, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_gcd")]
    public static partial int NumberGreatestCommonDivisor(
        BigNumber result, BigNumber left, BigNumber right, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "BN_check_prime")]
    public static partial int NumberIsPrime(BigNumber number, NumberContextHandle context, nint progress);

    [LibraryImport(Library, EntryPoint = "BN_CTX_secure_new")]
    public static partial NumberContextHandle NumberContextNew();

    [LibraryImport(Library, EntryPoint = "BN_CTX_free")]
    public static partial void NumberContextFree(nint context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_new_by_curve_name")]
    public static partial CurveGroupHandle CurveGroupNew(int curve);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_free")]
    public static partial void CurveGroupFree(nint group);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_order")]
    public static partial int CurveGroupOrder(CurveGroupHandle group, BigNumber order, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_cofactor")]
    public static partial int CurveGroupCofactor(CurveGroupHandle group, BigNumber cofactor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_GROUP_get_curve")]
    public static partial int CurveGroupEquation(
        CurveGroupHandle group, BigNumber prime, BigNumber a, BigNumber b, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_new")]
    public static partial CurvePointHandle CurvePointNew(CurveGroupHandle group);

    [LibraryImport(Library, EntryPoint = "EC_POINT_clear_free")]
    public static partial void CurvePointFree(nint point);

    [LibraryImport(Library, EntryPoint = "EC_POINT_mul")]
    public static partial int CurvePointMultiplyGenerator(
        CurveGroupHandle group, CurvePointHandle result, BigNumber scalar, nint noPoint, nint noFactor, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_oct2point")]
    public static unsafe partial int CurvePointDecode(
        CurveGroupHandle group, CurvePointHandle point, byte* bytes, nuint length, NumberContextHandle context);

    [LibraryImport(Library, EntryPoint = "EC_POINT_point2oct")]
    public static unsafe partial nuint CurvePointEncode(
        CurveGroupHandle group, CurvePointHandle point, int form, byte* bytes, nuint length, NumberContextHandle context);
}
