using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A public key on a named curve, for <see cref="Ecdsa"/> and <see cref="Ecdh"/>. Valid once built; thread safe.</summary>
/// <remarks>
/// Refused: curves that are spelled out instead of named, points off the curve or at infinity, any encoding but DER and, of a
/// point, but the compressed and the uncompressed one.
/// </remarks>
public sealed class EcPublicKey : IDisposable, IEquatable<EcPublicKey>
{
    private readonly byte[] _point;

    internal EcPublicKey(EllipticCurve curve, byte[] uncompressedPoint)
    {
        Curve = curve;
        _point = uncompressedPoint;
        using var parameters = new ParameterList()
            .AddText("group"u8, EllipticCurveFacts.Of(curve).NativeName)
            .AddOctets("pub"u8, uncompressedPoint);
        if (!NativeKey.TryFromParameters("EC", isPrivate: false, parameters, out var handle))
            throw new InvalidKeyException("The point is not on the curve.");
        Handle = handle;
    }

    /// <summary>The curve.</summary>
    public EllipticCurve Curve { get; }

    internal KeyHandle Handle { get; }

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280, RFC 5480) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPublicKey ImportSubjectPublicKeyInfo(ReadOnlySpan<byte> der)
    {
        var curve = EcKeyFormats.ReadSubjectPublicKeyInfo(der, out var point);
        return ImportPoint(curve, point);
    }

    /// <summary>Reads a point as SEC 1 §2.3.3 and X9.62 write it, compressed or not.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="point">02 or 03 and x; or 04, x and y.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPublicKey ImportPoint(EllipticCurve curve, ReadOnlySpan<byte> point) =>
        CurveGroup.Of(curve).TryNormalizePoint(point, out var uncompressed)
            ? new EcPublicKey(curve, uncompressed)
            : throw new InvalidKeyException("The public key is not a point on its curve.");

    /// <summary>Makes a key of its coordinates.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="x">The x coordinate, big-endian, as long as the curve's field.</param>
    /// <param name="y">The y coordinate, likewise.</param>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EcPublicKey ImportCoordinates(EllipticCurve curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var size = EllipticCurveFacts.Of(curve).FieldSizeInBytes;
        return x.Length == size && y.Length == size
            ? ImportPoint(curve, [0x04, .. x, .. y])
            : throw new InvalidKeyException("A coordinate is not as long as the curve's field.");
    }

    /// <summary>The key as SubjectPublicKeyInfo, DER, with its point uncompressed.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => NativeKey.ToSubjectPublicKeyInfo(Handle);

    /// <summary>The point, uncompressed: 04, x and y.</summary>
    public byte[] ExportPoint() => (byte[])_point.Clone();

    /// <summary>Whether both are the same point of the same curve.</summary>
    public bool Equals(EcPublicKey? other) => other is not null && Curve == other.Curve && _point.AsSpan().SequenceEqual(other._point);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EcPublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Curve);
        hash.AddBytes(_point);
        return hash.ToHashCode();
    }

    /// <summary>Releases the key.</summary>
    public void Dispose() => Handle.Dispose();
}
