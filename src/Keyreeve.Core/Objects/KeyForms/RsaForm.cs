using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>RSA keys: PKCS#1, PKCS#8, X.509 (SubjectPublicKeyInfo) and transparent.</summary>
internal sealed class RsaForm : KeyForm
{
    public static RsaForm Instance { get; } = new();

    /// <summary>Builds the private key from kept bytes, which were tested when they came; so was their length, by the mode
    /// that the key group had.</summary>
    public static RsaPrivateKey OpenPrivate(KeyFormatType format, SecretBytes material) => format == KeyFormatType.PKCS8
        ? RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(material, RsaKeyPolicy.InsecureAllowSmallRsa)
        : RsaPrivateKey.ImportPkcs1(material, RsaKeyPolicy.InsecureAllowSmallRsa);

    /// <summary>Builds the public key from kept bytes.</summary>
    public static RsaPublicKey OpenPublic(KeyFormatType format, SecretBytes material)
    {
        using var lease = material.Reveal();
        return format == KeyFormatType.X509
            ? RsaPublicKey.ImportSubjectPublicKeyInfo(lease.Span, RsaKeyPolicy.InsecureAllowSmallRsa)
            : RsaPublicKey.ImportPkcs1(lease.Span, RsaKeyPolicy.InsecureAllowSmallRsa);
    }

    /// <inheritdoc/>
    public override KeyFormatType DefaultFormat(bool isPrivate) => KeyFormatType.PKCS1;

    /// <inheritdoc/>
    public override ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode) => isPrivate ? ReadPrivate(block, mode) : ReadPublic(block, mode);

    /// <inheritdoc/>
    public override KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted)
    {
        if (wanted.Format == kept.Format) return KeyContent.Of(material.Clone());
        if (isPrivate)
        {
            using var key = OpenPrivate(kept.Format, material);
            return WritePrivate(key, wanted.Format);
        }

        using var publicKey = OpenPublic(kept.Format, material);
        return WritePublic(publicKey, wanted.Format);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate) => isPrivate
        ? [KeyFormatType.PKCS1, KeyFormatType.PKCS8, KeyFormatType.TransparentRSAPrivateKey]
        : [KeyFormatType.PKCS1, KeyFormatType.X509, KeyFormatType.TransparentRSAPublicKey];

    private static ReadKey ReadPrivate(KeyBlock block, GroupMode mode)
    {
        // Small keys are let through here to be refused below with the words that say what to do.
        const RsaKeyPolicy policy = RsaKeyPolicy.InsecureAllowSmallRsa;
        using var key = Checked(() => block.KeyFormatType switch
        {
            KeyFormatType.PKCS1 => RsaPrivateKey.ImportPkcs1(BytesOf(block), policy),
            KeyFormatType.PKCS8 => RsaPrivateKey.ImportPkcs8(BytesOf(block), policy),
            KeyFormatType.TransparentRSAPrivateKey => ImportTransparent(TransparentOf(block), policy),
            _ => throw NotSupported(block.KeyFormatType, isPrivate: true),
        });
        AlgorithmRules.CheckRsa(mode, key.ModulusSizeInBits);
        var isTransparent = block.KeyFormatType == KeyFormatType.TransparentRSAPrivateKey;
        return new ReadKey
        {
            Bytes = isTransparent ? key.ExportPkcs8() : BytesOf(block).Clone(),
            Format = isTransparent ? KeyFormatType.PKCS8 : block.KeyFormatType,
            LengthInBits = key.ModulusSizeInBits,
        };
    }

    private static ReadKey ReadPublic(KeyBlock block, GroupMode mode)
    {
        const RsaKeyPolicy policy = RsaKeyPolicy.InsecureAllowSmallRsa;
        using var key = Checked(() => block.KeyFormatType switch
        {
            KeyFormatType.PKCS1 => RsaPublicKey.ImportPkcs1(Public(BytesOf(block)), policy),
            KeyFormatType.X509 => RsaPublicKey.ImportSubjectPublicKeyInfo(Public(BytesOf(block)), policy),
            KeyFormatType.TransparentRSAPublicKey => RsaPublicKey.ImportComponents(
                Public(Require(TransparentOf(block), KeyComponent.Modulus)),
                Public(Require(TransparentOf(block), KeyComponent.PublicExponent)), policy),
            _ => throw NotSupported(block.KeyFormatType, isPrivate: false),
        });
        AlgorithmRules.CheckRsa(mode, key.ModulusSizeInBits);
        var isTransparent = block.KeyFormatType == KeyFormatType.TransparentRSAPublicKey;
        return new ReadKey
        {
            Bytes = isTransparent ? SecretBytes.CopyFrom(key.ExportSubjectPublicKeyInfo()) : BytesOf(block).Clone(),
            Format = isTransparent ? KeyFormatType.X509 : block.KeyFormatType,
            LengthInBits = key.ModulusSizeInBits,
        };
    }

    private static RsaPrivateKey ImportTransparent(TransparentKey key, RsaKeyPolicy policy)
    {
        // Not disposed of: its secret numbers are the caller's.
        var components = new RsaPrivateComponents
        {
            Modulus = Public(Require(key, KeyComponent.Modulus)),
            PublicExponent = Find(key, KeyComponent.PublicExponent) is { } exponent ? Public(exponent) : null,
            PrivateExponent = Find(key, KeyComponent.PrivateExponent),
            Prime1 = Find(key, KeyComponent.P),
            Prime2 = Find(key, KeyComponent.Q),
            Exponent1 = Find(key, KeyComponent.PrimeExponentP),
            Exponent2 = Find(key, KeyComponent.PrimeExponentQ),
            Coefficient = Find(key, KeyComponent.CRTCoefficient),
        };
        return RsaPrivateKey.ImportComponents(components, policy);
    }

    private static KeyContent WritePrivate(RsaPrivateKey key, KeyFormatType wanted) => wanted switch
    {
        KeyFormatType.PKCS1 => KeyContent.Of(key.ExportPkcs1()),
        KeyFormatType.PKCS8 => KeyContent.Of(key.ExportPkcs8()),
        KeyFormatType.TransparentRSAPrivateKey => KeyContent.Of(ExportTransparent(key)),
        _ => throw NotSupported(wanted, isPrivate: true),
    };

    private static KeyContent WritePublic(RsaPublicKey key, KeyFormatType wanted) => wanted switch
    {
        KeyFormatType.PKCS1 => KeyContent.Of(key.ExportPkcs1()),
        KeyFormatType.X509 => KeyContent.Of(key.ExportSubjectPublicKeyInfo()),
        KeyFormatType.TransparentRSAPublicKey => KeyContent.Of(new TransparentKey(KeyFormatType.TransparentRSAPublicKey, new Dictionary<KeyComponent, SecretBytes>
        {
            [KeyComponent.Modulus] = SecretBytes.CopyFrom(key.ExportModulus()),
            [KeyComponent.PublicExponent] = SecretBytes.CopyFrom(key.ExportPublicExponent()),
        })),
        _ => throw NotSupported(wanted, isPrivate: false),
    };

    private static TransparentKey ExportTransparent(RsaPrivateKey key)
    {
        using var numbers = key.ExportComponents();
        var components = new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.Modulus] = SecretBytes.CopyFrom(numbers.Modulus) };
        if (numbers.PublicExponent is { } exponent) components[KeyComponent.PublicExponent] = SecretBytes.CopyFrom(exponent);
        foreach (var (component, number) in new[]
        {
            (KeyComponent.PrivateExponent, numbers.PrivateExponent), (KeyComponent.P, numbers.Prime1), (KeyComponent.Q, numbers.Prime2),
            (KeyComponent.PrimeExponentP, numbers.Exponent1), (KeyComponent.PrimeExponentQ, numbers.Exponent2),
            (KeyComponent.CRTCoefficient, numbers.Coefficient),
        })
        {
            if (number is null) continue;
            using var lease = number.Reveal();
            components[component] = Trimmed(lease.Span);
        }

        return new TransparentKey(KeyFormatType.TransparentRSAPrivateKey, components);
    }
}
