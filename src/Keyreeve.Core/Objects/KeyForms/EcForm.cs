using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>Keys on the curves of SEC 2 and NIST: ECPrivateKey, PKCS#8, X.509 (SubjectPublicKeyInfo) and transparent.</summary>
internal sealed class EcForm : KeyForm
{
    private const uint Uncompressed = 0x00000001;
    private const uint CompressedPrime = 0x00000002;

    public static EcForm Instance { get; } = new();

    /// <summary>The curve by the standard's name; not set if it is not offered.</summary>
    public static EllipticCurve CurveOf(RecommendedCurve curve) => curve switch
    {
        RecommendedCurve.P256 => EllipticCurve.P256,
        RecommendedCurve.P384 => EllipticCurve.P384,
        RecommendedCurve.P521 => EllipticCurve.P521,
        RecommendedCurve.SECP256K1 => EllipticCurve.Secp256k1,
        _ => EllipticCurve.None,
    };

    /// <summary>The standard's name of a curve.</summary>
    public static RecommendedCurve NameOf(EllipticCurve curve) => curve switch
    {
        EllipticCurve.P256 => RecommendedCurve.P256,
        EllipticCurve.P384 => RecommendedCurve.P384,
        EllipticCurve.P521 => RecommendedCurve.P521,
        EllipticCurve.Secp256k1 => RecommendedCurve.SECP256K1,
        EllipticCurve.None => RecommendedCurve.NotSet,
    };

    /// <summary>The length of keys on a curve, in bits.</summary>
    public static int LengthInBits(EllipticCurve curve) => curve switch
    {
        EllipticCurve.P256 or EllipticCurve.Secp256k1 => 256,
        EllipticCurve.P384 => 384,
        EllipticCurve.P521 => 521,
        EllipticCurve.None => 0,
    };

    /// <inheritdoc/>
    public override KeyFormatType DefaultFormat(bool isPrivate) =>
        isPrivate ? KeyFormatType.TransparentECPrivateKey : KeyFormatType.TransparentECPublicKey;

    /// <inheritdoc/>
    public override ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode)
    {
        if (isPrivate)
        {
            using var key = Checked(() => ImportPrivate(block));
            var isTransparent = block.Transparent is not null;
            return new ReadKey
            {
                Bytes = isTransparent ? key.ExportPkcs8() : BytesOf(block).Clone(),
                Format = isTransparent ? KeyFormatType.PKCS8 : block.KeyFormatType,
                LengthInBits = LengthInBits(key.Curve),
                Curve = NameOf(key.Curve),
            };
        }

        using var publicKey = Checked(() => ImportPublic(block));
        return new ReadKey
        {
            Bytes = block.Transparent is not null ? SecretBytes.CopyFrom(publicKey.ExportSubjectPublicKeyInfo()) : BytesOf(block).Clone(),
            Format = KeyFormatType.X509,
            LengthInBits = LengthInBits(publicKey.Curve),
            Curve = NameOf(publicKey.Curve),
        };
    }

    /// <inheritdoc/>
    public override KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted)
    {
        if (wanted.Compression is not (0 or Uncompressed or CompressedPrime))
            throw new KeyreeveException(KeyreeveError.KeyCompressionTypeNotSupported, "Points are given uncompressed or compressed by the sign of y.");
        if (wanted.Compression == CompressedPrime && !IsTransparentPublic(wanted.Format))
            throw new KeyreeveException(KeyreeveError.KeyCompressionTypeNotSupported, "Points are compressed in the transparent formats alone.");
        if (wanted.Format == kept.Format) return KeyContent.Of(material.Clone());
        if (isPrivate)
        {
            using var key = kept.Format == KeyFormatType.PKCS8 ? EcPrivateKey.ImportPkcs8(material) : EcPrivateKey.ImportSec1(material);
            return WritePrivate(key, wanted.Format);
        }

        using var publicKey = EcPublicKey.ImportSubjectPublicKeyInfo(Public(material));
        return IsTransparentPublic(wanted.Format)
            ? KeyContent.Of(ExportTransparent(publicKey, wanted))
            : throw NotSupported(wanted.Format, isPrivate: false);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate) => isPrivate
        ? [
            KeyFormatType.ECPrivateKey, KeyFormatType.PKCS8, KeyFormatType.TransparentECPrivateKey,
            KeyFormatType.TransparentECDSAPrivateKey, KeyFormatType.TransparentECDHPrivateKey, KeyFormatType.TransparentECMQVPrivateKey,
        ]
        : [
            KeyFormatType.X509, KeyFormatType.TransparentECPublicKey,
            KeyFormatType.TransparentECDSAPublicKey, KeyFormatType.TransparentECDHPublicKey, KeyFormatType.TransparentECMQVPublicKey,
        ];

    private static EcPrivateKey ImportPrivate(KeyBlock block) => block.KeyFormatType switch
    {
        KeyFormatType.ECPrivateKey => EcPrivateKey.ImportSec1(BytesOf(block)),
        KeyFormatType.PKCS8 => EcPrivateKey.ImportPkcs8(BytesOf(block)),
        _ when IsTransparentPrivate(block.KeyFormatType) =>
            EcPrivateKey.ImportScalar(RequireCurve(TransparentOf(block)), Require(TransparentOf(block), KeyComponent.D)),
        _ => throw NotSupported(block.KeyFormatType, isPrivate: true),
    };

    private static EcPublicKey ImportPublic(KeyBlock block) => block.KeyFormatType switch
    {
        KeyFormatType.X509 => EcPublicKey.ImportSubjectPublicKeyInfo(Public(BytesOf(block))),
        _ when IsTransparentPublic(block.KeyFormatType) =>
            EcPublicKey.ImportPoint(RequireCurve(TransparentOf(block)), Public(Require(TransparentOf(block), KeyComponent.QString))),
        _ => throw NotSupported(block.KeyFormatType, isPrivate: false),
    };

    private static KeyContent WritePrivate(EcPrivateKey key, KeyFormatType wanted)
    {
        if (wanted == KeyFormatType.ECPrivateKey) return KeyContent.Of(key.ExportSec1());
        if (wanted == KeyFormatType.PKCS8) return KeyContent.Of(key.ExportPkcs8());
        if (!IsTransparentPrivate(wanted)) throw NotSupported(wanted, isPrivate: true);
        using var scalar = key.ExportScalar();
        using var lease = scalar.Reveal();
        return KeyContent.Of(new TransparentKey(wanted, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.D] = Trimmed(lease.Span) })
        {
            RecommendedCurve = NameOf(key.Curve),
        });
    }

    private static TransparentKey ExportTransparent(EcPublicKey key, WrittenForm wanted)
    {
        var point = key.ExportPoint();

        // 04 ‖ x ‖ y, or 02 or 03 by the last bit of y ‖ x. SEC 1 §2.3.3
        if (wanted.Compression == CompressedPrime) point = [(byte)(2 | (point[^1] & 1)), .. point.AsSpan(1, point.Length / 2)];
        return new TransparentKey(wanted.Format, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.QString] = SecretBytes.CopyFrom(point) })
        {
            RecommendedCurve = NameOf(key.Curve),
        };
    }

    private static EllipticCurve RequireCurve(TransparentKey key) => CurveOf(key.RecommendedCurve) is var curve and not EllipticCurve.None
        ? curve
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"The curve {key.RecommendedCurve} is not offered.");

    private static bool IsTransparentPrivate(KeyFormatType format) => format is KeyFormatType.TransparentECPrivateKey
        or KeyFormatType.TransparentECDSAPrivateKey or KeyFormatType.TransparentECDHPrivateKey or KeyFormatType.TransparentECMQVPrivateKey;

    private static bool IsTransparentPublic(KeyFormatType format) => format is KeyFormatType.TransparentECPublicKey
        or KeyFormatType.TransparentECDSAPublicKey or KeyFormatType.TransparentECDHPublicKey or KeyFormatType.TransparentECMQVPublicKey;
}
