using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>The Digest attributes of an object: of the form that it is given out in, and of the standard's default form.</summary>
internal static class ObjectDigests
{
    // spec: KMIP 2.1 §4.26 "it SHALL compute the digest on the data in the assigned Key Format Type, as well as a digest in the
    // default KMIP Key Format Type for that type of key and the algorithm requested (if a non-default value is specified)."
    public static IEnumerable<AttributeValue> Of(
        ObjectType objectType, AttributeSet attributes, KeyFormatType stored, SecretBytes material, IKeyMaterialEncoding? encoding)
    {
        var digests = FormatsOf(objectType, attributes, stored)
            .Select(format => TryOf(objectType, attributes, stored, material, format, encoding))
            .OfType<AttributeValue>()
            .ToList();
        return digests.Count > 0 ? digests : [Digest(material, stored)];
    }

    private static IEnumerable<KeyFormatType> FormatsOf(ObjectType objectType, AttributeSet attributes, KeyFormatType stored)
    {
        var assigned = attributes.Find(AttributeName.KeyFormatType) is EnumerationValue format ? (KeyFormatType)format.Value : stored;
        if (assigned != KeyFormatType.PKCS12) yield return assigned;
        KeyFormatType? standard = objectType switch
        {
            ObjectType.SymmetricKey => KeyFormatType.Raw,
            ObjectType.PrivateKey or ObjectType.PublicKey => KeyForm.Of(attributes)?.DefaultFormat(objectType == ObjectType.PrivateKey),
            _ => null,
        };
        if (standard is { } other && other != assigned) yield return other;
    }

    // spec: KMIP 2.1 §4.21 "If the Key Material is a Byte String, then the Digest Value SHALL be calculated on this Byte String. If the
    // Key Material is a structure, then the Digest Value SHALL be calculated on the TTLV-encoded Key Material structure."
    private static AttributeValue? TryOf(
        ObjectType objectType, AttributeSet attributes, KeyFormatType stored, SecretBytes material, KeyFormatType format, IKeyMaterialEncoding? encoding)
    {
        var content = ObjectContent.Of(objectType, attributes, stored, material, new WrittenForm(format));
        using (content.Bytes)
        using (content.Transparent)
        {
            if (content.Bytes is { } bytes) return Digest(bytes, format);
            if (encoding is null || content.Transparent is not { } structure) return null;
            using var encoded = encoding.Encode(structure);
            return Digest(encoded, format);
        }
    }

    private static AttributeValue Digest(SecretBytes bytes, KeyFormatType format)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using (var lease = bytes.Reveal()) SHA256.HashData(lease.Span, hash);
        return AttributeValue.Of(
            new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256)),
            new StructureField(AttributeField.DigestValue, AttributeValue.Of((ReadOnlySpan<byte>)hash)),
            new StructureField(AttributeField.KeyFormatType, AttributeValue.Of(format)));
    }
}
