using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>An object's value as it is given out, in clear or as it was registered.</summary>
internal static class GivenValue
{
    private static readonly ObjectType[] WithKeyBlock =
    [
        ObjectType.SymmetricKey, ObjectType.PrivateKey, ObjectType.PublicKey, ObjectType.SecretData, ObjectType.SplitKey, ObjectType.PGPKey,
    ];

    /// <summary>Whether objects of the type have a Key Block.</summary>
    public static bool HasKeyBlock(ObjectType objectType) => WithKeyBlock.Contains(objectType);

    /// <summary>The key block of an object, in the form asked for; of a key that is kept wrapped, wrapped.</summary>
    /// <param name="found">The object.</param>
    /// <param name="material">Its material; null if it lives elsewhere.</param>
    /// <param name="request">What is asked for.</param>
    public static KeyBlock KeyBlockOf(ManagedObject found, SecretBytes? material, GetRequest request)
    {
        var wrapping = KeptExtras.WrappingOf(found);
        var wanted = request.KeyFormatType == KeyFormatType.NotSet ? FormatOf(found) : request.KeyFormatType;
        if (wrapping is not null && wanted != FormatOf(found))
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, "A key that is kept wrapped is given in the format in which it was registered.");
        var content = material is null || wrapping is not null
            ? new KeyContent(material?.Clone(), null)
            : ObjectContent.Of(found.ObjectType, found.Attributes, found.Material!.KeyFormatType, material, new WrittenForm(wanted, request.KeyCompressionType));

        // spec: KMIP 2.1 §3.1 Cryptographic Algorithm, Cryptographic Length: "Does not apply to Secret Data"
        var hasAlgorithm = found.ObjectType != ObjectType.SecretData && found.CryptographicAlgorithm != CryptographicAlgorithm.NotSet;
        return new KeyBlock
        {
            KeyFormatType = wanted,
            KeyCompressionType = request.KeyCompressionType,
            Material = content.Bytes,
            Transparent = content.Transparent,
            CryptographicAlgorithm = hasAlgorithm ? found.CryptographicAlgorithm : CryptographicAlgorithm.NotSet,
            CryptographicLength = hasAlgorithm ? found.CryptographicLength : 0,
            Wrapping = wrapping,
        };
    }

    /// <summary>The object around its key block, or around its bytes.</summary>
    public static ObjectValue Of(ManagedObject found, KeyBlock? block, SecretBytes? bytes) => new()
    {
        ObjectType = found.ObjectType,
        KeyBlock = block,
        Bytes = bytes,
        CertificateType = (CertificateType)Enumeration(found, AttributeName.CertificateType),
        CertificateRequestType = Enumeration(found, AttributeName.CertificateRequestType),
        OpaqueDataType = Enumeration(found, AttributeName.OpaqueDataType),
        SecretDataType = (SecretDataType)Enumeration(found, AttributeName.SecretDataType),
        PGPKeyVersion = found.Attributes.Find(AttributeName.PGPKeyVersion) is IntegerValue v ? v.Value : 0,
        SplitKey = KeptExtras.SplitOf(found),
    };

    private static KeyFormatType FormatOf(ManagedObject found) => ObjectContent.FormatOf(found.Attributes, found.Material?.KeyFormatType ?? KeyFormatType.Raw);

    private static uint Enumeration(ManagedObject found, AttributeName name) => found.Attributes.Find(name) is EnumerationValue v ? v.Value : 0;
}
