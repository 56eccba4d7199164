using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>Keys that are bare bytes on their curve: Raw, PKCS#8, X.509 (SubjectPublicKeyInfo) and transparent. RFC 8410.</summary>
internal abstract class RawCurveForm(RecommendedCurve curve, int lengthInBits) : KeyForm
{
    /// <inheritdoc/>
    public override KeyFormatType DefaultFormat(bool isPrivate) => isPrivate ? KeyFormatType.PKCS8 : KeyFormatType.X509;

    /// <inheritdoc/>
    public override ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode)
    {
        var bytes = (isPrivate, block.KeyFormatType) switch
        {
            (true, KeyFormatType.PKCS8) or (false, KeyFormatType.X509) => Checked(() => Check(isPrivate, BytesOf(block))),
            (_, KeyFormatType.Raw) => Checked(() => FromRaw(isPrivate, BytesOf(block))),
            (true, KeyFormatType.TransparentECPrivateKey) => Checked(() => FromRaw(isPrivate, Require(TransparentOf(block), KeyComponent.D))),
            (false, KeyFormatType.TransparentECPublicKey) => Checked(() => FromRaw(isPrivate, Require(TransparentOf(block), KeyComponent.QString))),
            _ => throw NotSupported(block.KeyFormatType, isPrivate),
        };
        return new ReadKey { Bytes = bytes, Format = DefaultFormat(isPrivate), LengthInBits = lengthInBits, Curve = curve };
    }

    /// <inheritdoc/>
    public override KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted)
    {
        if (wanted.Format == kept.Format) return KeyContent.Of(material.Clone());
        if (wanted.Format == KeyFormatType.Raw) return KeyContent.Of(ToRaw(isPrivate, material));
        if (wanted.Format != (isPrivate ? KeyFormatType.TransparentECPrivateKey : KeyFormatType.TransparentECPublicKey))
            throw NotSupported(wanted.Format, isPrivate);
        var component = isPrivate ? KeyComponent.D : KeyComponent.QString;
        return KeyContent.Of(new TransparentKey(wanted.Format, new Dictionary<KeyComponent, SecretBytes> { [component] = ToRaw(isPrivate, material) })
        {
            RecommendedCurve = curve,
        });
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate) => isPrivate
        ? [KeyFormatType.PKCS8, KeyFormatType.Raw, KeyFormatType.TransparentECPrivateKey]
        : [KeyFormatType.X509, KeyFormatType.Raw, KeyFormatType.TransparentECPublicKey];

    /// <summary>A private key of its bare bytes.</summary>
    protected abstract CurvePrivateKey PrivateOf(SecretBytes raw);

    /// <summary>A private key of its PKCS#8.</summary>
    protected abstract CurvePrivateKey PrivateOfPkcs8(SecretBytes encoded);

    /// <summary>A public key of its bare bytes.</summary>
    protected abstract CurvePublicKey PublicOf(byte[] raw);

    /// <summary>A public key of its SubjectPublicKeyInfo.</summary>
    protected abstract CurvePublicKey PublicOfSubjectPublicKeyInfo(byte[] encoded);

    private SecretBytes Check(bool isPrivate, SecretBytes encoded)
    {
        ToRaw(isPrivate, encoded).Dispose();
        return encoded.Clone();
    }

    private SecretBytes FromRaw(bool isPrivate, SecretBytes raw)
    {
        if (isPrivate)
        {
            using var key = PrivateOf(raw);
            return key.ExportPkcs8();
        }

        using var publicKey = PublicOf(Public(raw));
        return SecretBytes.CopyFrom(publicKey.ExportSubjectPublicKeyInfo());
    }

    private SecretBytes ToRaw(bool isPrivate, SecretBytes encoded)
    {
        if (isPrivate)
        {
            using var key = PrivateOfPkcs8(encoded);
            return key.Export();
        }

        using var publicKey = PublicOfSubjectPublicKeyInfo(Public(encoded));
        return SecretBytes.CopyFrom(publicKey.Export());
    }
}

/// <summary>Ed25519 and Ed448.</summary>
internal sealed class EdwardsForm(EdwardsCurve curve, RecommendedCurve name, int lengthInBits) : RawCurveForm(name, lengthInBits)
{
    public static EdwardsForm Ed25519 { get; } = new(EdwardsCurve.Ed25519, RecommendedCurve.CURVE25519, 256);

    public static EdwardsForm Ed448 { get; } = new(EdwardsCurve.Ed448, RecommendedCurve.CURVE448, 456);

    /// <inheritdoc/>
    protected override CurvePrivateKey PrivateOf(SecretBytes raw) => EdwardsPrivateKey.Import(curve, raw);

    /// <inheritdoc/>
    protected override CurvePrivateKey PrivateOfPkcs8(SecretBytes encoded) => EdwardsPrivateKey.ImportPkcs8(curve, encoded);

    /// <inheritdoc/>
    protected override CurvePublicKey PublicOf(byte[] raw) => EdwardsPublicKey.Import(curve, raw);

    /// <inheritdoc/>
    protected override CurvePublicKey PublicOfSubjectPublicKeyInfo(byte[] encoded) => EdwardsPublicKey.ImportSubjectPublicKeyInfo(curve, encoded);
}

/// <summary>X25519 and X448.</summary>
internal sealed class MontgomeryForm(MontgomeryCurve curve, RecommendedCurve name, int lengthInBits) : RawCurveForm(name, lengthInBits)
{
    public static MontgomeryForm X25519 { get; } = new(MontgomeryCurve.X25519, RecommendedCurve.CURVE25519, 256);

    public static MontgomeryForm X448 { get; } = new(MontgomeryCurve.X448, RecommendedCurve.CURVE448, 448);

    /// <inheritdoc/>
    protected override CurvePrivateKey PrivateOf(SecretBytes raw) => MontgomeryPrivateKey.Import(curve, raw);

    /// <inheritdoc/>
    protected override CurvePrivateKey PrivateOfPkcs8(SecretBytes encoded) => MontgomeryPrivateKey.ImportPkcs8(curve, encoded);

    /// <inheritdoc/>
    protected override CurvePublicKey PublicOf(byte[] raw) => MontgomeryPublicKey.Import(curve, raw);

    /// <inheritdoc/>
    protected override CurvePublicKey PublicOfSubjectPublicKeyInfo(byte[] encoded) => MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, encoded);
}
