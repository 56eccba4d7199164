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

    /// <summary>Checks PKCS#8 or SubjectPublicKeyInfo, and gives a copy.</summary>
    protected abstract SecretBytes Check(bool isPrivate, SecretBytes encoded);

    /// <summary>Encodes bare bytes as PKCS#8 or SubjectPublicKeyInfo.</summary>
    protected abstract SecretBytes FromRaw(bool isPrivate, SecretBytes raw);

    /// <summary>The bare bytes of PKCS#8 or SubjectPublicKeyInfo.</summary>
    protected abstract SecretBytes ToRaw(bool isPrivate, SecretBytes encoded);
}

/// <summary>Ed25519 and Ed448.</summary>
internal sealed class EdwardsForm(EdwardsCurve curve, RecommendedCurve name, int lengthInBits) : RawCurveForm(name, lengthInBits)
{
    public static EdwardsForm Ed25519 { get; } = new(EdwardsCurve.Ed25519, RecommendedCurve.CURVE25519, 256);

    public static EdwardsForm Ed448 { get; } = new(EdwardsCurve.Ed448, RecommendedCurve.CURVE448, 456);

    /// <inheritdoc/>
    protected override SecretBytes Check(bool isPrivate, SecretBytes encoded)
    {
        ToRaw(isPrivate, encoded).Dispose();
        return encoded.Clone();
    }

    /// <inheritdoc/>
    protected override SecretBytes FromRaw(bool isPrivate, SecretBytes raw)
    {
        if (isPrivate)
        {
            using var key = EdwardsPrivateKey.Import(curve, raw);
            return key.ExportPkcs8();
        }

        using var publicKey = EdwardsPublicKey.Import(curve, Public(raw));
        return SecretBytes.CopyFrom(publicKey.ExportSubjectPublicKeyInfo());
    }

    /// <inheritdoc/>
    protected override SecretBytes ToRaw(bool isPrivate, SecretBytes encoded)
    {
        if (isPrivate)
        {
            using var key = EdwardsPrivateKey.ImportPkcs8(curve, encoded);
            return key.Export();
        }

        using var publicKey = EdwardsPublicKey.ImportSubjectPublicKeyInfo(curve, Public(encoded));
        return SecretBytes.CopyFrom(publicKey.Export());
    }
}

/// <summary>X25519 and X448.</summary>
internal sealed class MontgomeryForm(MontgomeryCurve curve, RecommendedCurve name, int lengthInBits) : RawCurveForm(name, lengthInBits)
{
    public static MontgomeryForm X25519 { get; } = new(MontgomeryCurve.X25519, RecommendedCurve.CURVE25519, 256);

    public static MontgomeryForm X448 { get; } = new(MontgomeryCurve.X448, RecommendedCurve.CURVE448, 448);

    /// <inheritdoc/>
    protected override SecretBytes Check(bool isPrivate, SecretBytes encoded)
    {
        ToRaw(isPrivate, encoded).Dispose();
        return encoded.Clone();
    }

    /// <inheritdoc/>
    protected override SecretBytes FromRaw(bool isPrivate, SecretBytes raw)
    {
        if (isPrivate)
        {
            using var key = MontgomeryPrivateKey.Import(curve, raw);
            return key.ExportPkcs8();
        }

        using var publicKey = MontgomeryPublicKey.Import(curve, Public(raw));
        return SecretBytes.CopyFrom(publicKey.ExportSubjectPublicKeyInfo());
    }

    /// <inheritdoc/>
    protected override SecretBytes ToRaw(bool isPrivate, SecretBytes encoded)
    {
        if (isPrivate)
        {
            using var key = MontgomeryPrivateKey.ImportPkcs8(curve, encoded);
            return key.Export();
        }

        using var publicKey = MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, Public(encoded));
        return SecretBytes.CopyFrom(publicKey.Export());
    }
}
