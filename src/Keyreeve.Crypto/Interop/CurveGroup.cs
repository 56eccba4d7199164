using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto.Interop;

/// <summary>A named curve's arithmetic, as far as checking keys needs it. Thread safe.</summary>
internal sealed class CurveGroup
{
    private const int UncompressedForm = 4;

    private static readonly ConcurrentDictionary<EllipticCurve, CurveGroup> Groups = new();

    private CurveGroup(EllipticCurve curve)
    {
        Facts = EllipticCurveFacts.Of(curve);
        Handle = LibCrypto.Require(LibCrypto.CurveGroupNew(Facts.NativeId));
        using var context = NumberContextHandle.New();
        Order = BigNumber.Zero();
        LibCrypto.Require(LibCrypto.CurveGroupOrder(Handle, Order, context));
    }

    public EllipticCurveFacts Facts { get; }

    public CurveGroupHandle Handle { get; }

    public BigNumber Order { get; }

    /// <summary>Gives the group.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a curve.</exception>
    public static CurveGroup Of(EllipticCurve curve) => Groups.GetOrAdd(curve, static c => new CurveGroup(c));

    /// <summary>
    /// Reads a point and writes it uncompressed. False when it is malformed, at infinity, or not on the curve: all curves
    /// offered have cofactor 1, so a point on the curve other than infinity is a valid public key.
    /// </summary>
    // spec: SP 800-56A Rev. 3 §5.6.2.3.3 "Verify that Q is on the curve"
    public unsafe bool TryNormalizePoint(ReadOnlySpan<byte> point, [NotNullWhen(true)] out byte[]? uncompressed)
    {
        uncompressed = null;
        var size = Facts.FieldSizeInBytes;
        var isWellFormed = !point.IsEmpty && point[0] switch
        {
            0x04 => point.Length == 1 + (2 * size),
            0x02 or 0x03 => point.Length == 1 + size,
            _ => false, // infinity (00) and the hybrid form (06, 07), which X9.62 dropped
        };
        if (!isWellFormed)
            return false;
        using var native = LibCrypto.Require(LibCrypto.CurvePointNew(Handle));
        using var context = NumberContextHandle.New();
        fixed (byte* bytes = point)
        {
            if (!LibCrypto.Succeeded(LibCrypto.CurvePointDecode(Handle, native, bytes, (nuint)point.Length, context)))
                return false;
        }

        uncompressed = Encode(native, context);
        return true;
    }

    /// <summary>Whether the scalar is a private key: from 1 to the order less 1.</summary>
    public bool IsPrivateScalar(BigNumber scalar) => !scalar.IsZero && scalar.IsBelow(Order);

    /// <summary>The public point of a private scalar, uncompressed.</summary>
    public byte[] PublicPointOf(BigNumber scalar)
    {
        using var point = LibCrypto.Require(LibCrypto.CurvePointNew(Handle));
        using var context = NumberContextHandle.New();
        LibCrypto.Require(LibCrypto.CurvePointMultiplyGenerator(Handle, point, scalar, 0, 0, context));
        return Encode(point, context);
    }

    private unsafe byte[] Encode(CurvePointHandle point, NumberContextHandle context)
    {
        var encoded = new byte[1 + (2 * Facts.FieldSizeInBytes)];
        fixed (byte* bytes = encoded)
        {
            var length = LibCrypto.CurvePointEncode(Handle, point, UncompressedForm, bytes, (nuint)encoded.Length, context);
            if (length != (nuint)encoded.Length)
                throw LibCrypto.Failure();
        }

        return encoded;
    }
}
