namespace Keyreeve.Crypto;

/// <summary>A public key on a Montgomery curve, for <see cref="Xdh"/>. Thread safe.</summary>
public sealed class MontgomeryPublicKey : CurvePublicKey
{
    private MontgomeryPublicKey(MontgomeryCurve curve, byte[] key)
        : base(curve.Algorithm(), key) => Curve = curve;

    /// <summary>The curve.</summary>
    public MontgomeryCurve Curve { get; }

    /// <summary>Makes a key of its bytes (RFC 7748).</summary>
    /// <exception cref="InvalidKeyException">It has another length than the curve's keys.</exception>
    public static MontgomeryPublicKey Import(MontgomeryCurve curve, ReadOnlySpan<byte> publicKey) => new(curve, publicKey.ToArray());

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 8410) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static MontgomeryPublicKey ImportSubjectPublicKeyInfo(MontgomeryCurve curve, ReadOnlySpan<byte> der) =>
        new(curve, Rfc8410.ReadSubjectPublicKeyInfo(curve.Algorithm(), der));
}
