namespace Keyreeve.Crypto;

/// <summary>What is fixed about each curve.</summary>
/// <param name="Curve">The curve.</param>
/// <param name="ObjectIdentifier">Its OID in keys (RFC 5480 §2.1.1.1, SEC 2).</param>
/// <param name="NativeName">OpenSSL's name of the group.</param>
/// <param name="NativeId">OpenSSL's number of the group.</param>
/// <param name="FieldSizeInBytes">Length of a coordinate and of a scalar; field and order are equally long in all of them.</param>
internal sealed record EllipticCurveFacts(
    EllipticCurve Curve, string ObjectIdentifier, string NativeName, int NativeId, int FieldSizeInBytes)
{
    private static readonly EllipticCurveFacts[] All =
    [
        new(EllipticCurve.P256, "1.2.840.10045.3.1.7", "P-256", 415, 32),
        new(EllipticCurve.P384, "1.3.132.0.34", "P-384", 715, 48),
        new(EllipticCurve.P521, "1.3.132.0.35", "P-521", 716, 66),
        new(EllipticCurve.Secp256k1, "1.3.132.0.10", "secp256k1", 714, 32),
    ];

    /// <summary>Gives the facts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a curve.</exception>
    public static EllipticCurveFacts Of(EllipticCurve curve) =>
        Array.Find(All, facts => facts.Curve == curve)
        ?? throw new ArgumentOutOfRangeException(nameof(curve), curve, "Not a curve.");

    /// <summary>The curve of an OID, or none when it is not offered.</summary>
    public static EllipticCurve FromObjectIdentifier(string objectIdentifier) =>
        Array.Find(All, facts => facts.ObjectIdentifier.Equals(objectIdentifier, StringComparison.Ordinal))?.Curve
        ?? EllipticCurve.None;
}
