using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>DSA keys, in interop groups alone: PKCS#8, X.509 (SubjectPublicKeyInfo) and transparent.</summary>
internal sealed class DsaForm : KeyForm
{
    public static DsaForm Instance { get; } = new();

    /// <summary>Builds the private key from kept bytes.</summary>
    public static DsaPrivateKey OpenPrivate(KeyFormatType format, SecretBytes material)
    {
        if (format == KeyFormatType.PKCS8) return DsaPrivateKey.ImportPkcs8(material);
        // As such keys were kept before there was a form for them.
        using var numbers = TransparentKeyCodec.Decode(format, material);
        return ImportPrivate(numbers);
    }

    /// <summary>Builds the public key from kept bytes.</summary>
    public static DsaPublicKey OpenPublic(KeyFormatType format, SecretBytes material)
    {
        if (format == KeyFormatType.X509) return DsaPublicKey.ImportSubjectPublicKeyInfo(Public(material));
        using var numbers = TransparentKeyCodec.Decode(format, material);
        return ImportPublic(numbers);
    }

    /// <inheritdoc/>
    public override KeyFormatType DefaultFormat(bool isPrivate) =>
        isPrivate ? KeyFormatType.TransparentDSAPrivateKey : KeyFormatType.TransparentDSAPublicKey;

    /// <inheritdoc/>
    // spec: FIPS 186-5 §1 "DSA … is no longer approved for digital signature generation"
    public override ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode)
    {
        AlgorithmRules.RequireInterop(mode, "A DSA key");
        if (isPrivate)
        {
            using var key = Checked(() => block.KeyFormatType switch
            {
                KeyFormatType.PKCS8 => DsaPrivateKey.ImportPkcs8(BytesOf(block)),
                KeyFormatType.TransparentDSAPrivateKey => ImportPrivate(TransparentOf(block)),
                _ => throw NotSupported(block.KeyFormatType, isPrivate: true),
            });
            return ReadOf(key.PublicKey, block.Transparent is null ? BytesOf(block).Clone() : key.ExportPkcs8(), KeyFormatType.PKCS8);
        }

        using var publicKey = Checked(() => block.KeyFormatType switch
        {
            KeyFormatType.X509 => DsaPublicKey.ImportSubjectPublicKeyInfo(Public(BytesOf(block))),
            KeyFormatType.TransparentDSAPublicKey => ImportPublic(TransparentOf(block)),
            _ => throw NotSupported(block.KeyFormatType, isPrivate: false),
        });
        return ReadOf(publicKey, block.Transparent is null ? BytesOf(block).Clone() : SecretBytes.CopyFrom(publicKey.ExportSubjectPublicKeyInfo()), KeyFormatType.X509);
    }

    /// <inheritdoc/>
    public override KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted)
    {
        RequireFormat(wanted.Format, isPrivate);
        if (wanted.Format == kept.Format && wanted.Format is KeyFormatType.PKCS8 or KeyFormatType.X509) return KeyContent.Of(material.Clone());
        if (isPrivate)
        {
            using var key = OpenPrivate(kept.Format, material);
            return wanted.Format == KeyFormatType.PKCS8
                ? KeyContent.Of(key.ExportPkcs8())
                : KeyContent.Of(Transparent(wanted.Format, key.PublicKey.Parameters, KeyComponent.X, key.ExportX()));
        }

        using var publicKey = OpenPublic(kept.Format, material);
        return wanted.Format == KeyFormatType.X509
            ? KeyContent.Of(publicKey.ExportSubjectPublicKeyInfo())
            : KeyContent.Of(Transparent(wanted.Format, publicKey.Parameters, KeyComponent.Y, SecretBytes.CopyFrom(publicKey.Y)));
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate) => isPrivate
        ? [KeyFormatType.TransparentDSAPrivateKey, KeyFormatType.PKCS8]
        : [KeyFormatType.TransparentDSAPublicKey, KeyFormatType.X509];

    private static ReadKey ReadOf(DsaPublicKey key, SecretBytes bytes, KeyFormatType format)
    {
        try
        {
            Checked(() =>
            {
                key.Parameters.RequirePrimes();
                return true;
            });
            return new ReadKey { Bytes = bytes, Format = format, LengthInBits = key.Parameters.PrimeSizeInBits };
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static DsaPrivateKey ImportPrivate(TransparentKey numbers)
    {
        var x = Require(numbers, KeyComponent.X);
        return DsaPrivateKey.Import(ParametersOf(numbers), x);
    }

    private static DsaPublicKey ImportPublic(TransparentKey numbers)
    {
        var y = Require(numbers, KeyComponent.Y);
        return DsaPublicKey.Import(ParametersOf(numbers), Public(y));
    }

    private static DsaParameters ParametersOf(TransparentKey numbers) => new(
        Public(Require(numbers, KeyComponent.P)), Public(Require(numbers, KeyComponent.Q)), Public(Require(numbers, KeyComponent.G)));

    // spec: KMIP 2.1 §3.5, §3.6 Transparent DSA Private Key: P, Q, G, X; Transparent DSA Public Key: P, Q, G, Y.
    private static TransparentKey Transparent(KeyFormatType format, DsaParameters parameters, KeyComponent own, SecretBytes number) =>
        new(format, new Dictionary<KeyComponent, SecretBytes>
        {
            [KeyComponent.P] = SecretBytes.CopyFrom(parameters.P),
            [KeyComponent.Q] = SecretBytes.CopyFrom(parameters.Q),
            [KeyComponent.G] = SecretBytes.CopyFrom(parameters.G),
            [own] = number,
        });
}
