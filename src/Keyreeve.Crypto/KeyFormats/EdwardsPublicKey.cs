namespace Keyreeve.Crypto;

/// <summary>A public key on an Edwards curve, for <see cref="Eddsa"/>. Thread safe.</summary>
public sealed class EdwardsPublicKey : CurvePublicKey
{
    private EdwardsPublicKey(EdwardsCurve curve, byte[] key)
        : base(curve.Algorithm(), key) => Curve = curve;

    /// <summary>The curve.</summary>
    public EdwardsCurve Curve { get; }

    /// <summary>Makes a key of its bytes (RFC 8032).</summary>
    /// <exception cref="InvalidKeyException">It has another length than the curve's keys.</exception>
    public static EdwardsPublicKey Import(EdwardsCurve curve, ReadOnlySpan<byte> publicKey) => new(curve, publicKey.ToArray());

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 8410) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static EdwardsPublicKey ImportSubjectPublicKeyInfo(EdwardsCurve curve, ReadOnlySpan<byte> der) =>
        new(curve, Rfc8410.ReadSubjectPublicKeyInfo(curve.Algorithm(), der));
}
