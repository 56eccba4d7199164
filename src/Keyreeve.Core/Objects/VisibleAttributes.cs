using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Core.Objects;

/// <summary>An object's attributes as the standard knows them: with those that are its identity, without the server's own.</summary>
public static class VisibleAttributes
{
    /// <summary>The attributes that a client may read.</summary>
    /// <param name="managedObject">The object.</param>
    /// <param name="mayGet">Whether the caller may get the object itself. Of secret data, which people choose, the Digest is
    /// for those alone: others could guess at it until it fits.</param>
    public static AttributeSet Of(ManagedObject managedObject, bool mayGet)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        var hidesDigest = !mayGet && managedObject.ObjectType is (ObjectType.SecretData or ObjectType.OpaqueObject);
        return managedObject.Attributes
            .Split(key => AttributeRules.IsInternal(key.Name) || (hidesDigest && key.Name == AttributeName.Digest)).Others
            .With(AttributeName.UniqueIdentifier, AttributeValue.Of(managedObject.Id.ToString()))
            .With(AttributeName.ObjectType, AttributeValue.Of(managedObject.ObjectType))
            .With(AttributeName.ObjectClass, AttributeValue.Of(ObjectClass.User))
            .With(AttributeName.ShortUniqueIdentifier, ShortIdentifierOf(managedObject.Id));
    }

    // spec: KMIP 2.1 §4.56 "The Short Unique Identifier SHOULD be generated as a SHA-256 hash of the Unique Identifier and
    // SHALL be a 32 byte byte string."
    internal static AttributeValue ShortIdentifierOf(UniqueIdentifier id) =>
        AttributeValue.Of((ReadOnlySpan<byte>)SHA256.HashData(Encoding.ASCII.GetBytes(id.ToString())));
}
