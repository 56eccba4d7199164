using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>What an object holds, in the form that is asked for.</summary>
internal static class ObjectContent
{
    /// <summary>Gives kept material in a form.</summary>
    /// <param name="objectType">What the object is.</param>
    /// <param name="attributes">Its attributes, which say algorithm and curve.</param>
    /// <param name="stored">The form of the material as it is kept.</param>
    /// <param name="material">The material.</param>
    /// <param name="wanted">The form asked for.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.KeyFormatTypeNotSupported"/>,
    /// <see cref="KeyreeveError.KeyCompressionTypeNotSupported"/>.</exception>
    public static KeyContent Of(ObjectType objectType, AttributeSet attributes, KeyFormatType stored, SecretBytes material, WrittenForm wanted)
    {
        if (objectType is ObjectType.PrivateKey or ObjectType.PublicKey) return OfAsymmetric(objectType, attributes, stored, material, wanted);
        if (wanted.Compression != 0) throw new KeyreeveException(KeyreeveError.KeyCompressionTypeNotSupported, "Points of public keys alone can be compressed.");
        return wanted.Format switch
        {
            KeyFormatType.TransparentSymmetricKey when objectType == ObjectType.SymmetricKey => KeyContent.Of(new TransparentKey(
                KeyFormatType.TransparentSymmetricKey, new Dictionary<KeyComponent, SecretBytes> { [KeyComponent.Key] = material.Clone() })),
            KeyFormatType.Raw or KeyFormatType.Opaque => KeyContent.Of(material.Clone()),
            _ when wanted.Format == FormatOf(attributes, stored) => KeyContent.Of(material.Clone()),
            _ => throw NotSupported(objectType, wanted.Format),
        };
    }

    /// <summary>The form in which the object is given out unless another is asked for.</summary>
    public static KeyFormatType FormatOf(AttributeSet attributes, KeyFormatType stored) =>
        attributes.Find(AttributeName.KeyFormatType) is EnumerationValue v ? (KeyFormatType)v.Value : stored;

    private static KeyContent OfAsymmetric(ObjectType objectType, AttributeSet attributes, KeyFormatType stored, SecretBytes material, WrittenForm wanted)
    {
        var kept = new WrittenForm(stored);
        if (KeyForm.Of(attributes) is { } form) return form.Write(objectType == ObjectType.PrivateKey, kept, material, wanted);
        if (wanted.Format != kept.Format) throw NotSupported(objectType, wanted.Format);
        return IsTransparent(kept.Format)
            ? KeyContent.Of(TransparentKeyCodec.Decode(kept.Format, material))
            : KeyContent.Of(material.Clone());
    }

    private static bool IsTransparent(KeyFormatType format) =>
        format is >= KeyFormatType.TransparentSymmetricKey and <= KeyFormatType.TransparentECPublicKey;

    private static KeyreeveException NotSupported(ObjectType objectType, KeyFormatType format) => new(
        KeyreeveError.KeyFormatTypeNotSupported, $"This {objectType} cannot be given in the format {format}.");
}
