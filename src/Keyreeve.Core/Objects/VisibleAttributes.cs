using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Core.Objects;

/// <summary>An object's attributes as the standard knows them: with those that are its identity, without the server's own.</summary>
public static class VisibleAttributes
{
    /// <summary>The attributes that a client may read.</summary>
    public static AttributeSet Of(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return managedObject.Attributes.Split(static key => AttributeRules.IsInternal(key.Name)).Others
            .With(AttributeName.UniqueIdentifier, AttributeValue.Of(managedObject.Id.ToString()))
            .With(AttributeName.ObjectType, AttributeValue.Of(managedObject.ObjectType))
            .With(AttributeName.ShortUniqueIdentifier, ShortIdentifierOf(managedObject.Id));
    }

    // spec: KMIP 2.1 §4.56 "The Short Unique Identifier SHOULD be generated as a SHA-256 hash of the Unique Identifier and
    // SHALL be a 32 byte byte string."
    internal static AttributeValue ShortIdentifierOf(UniqueIdentifier id) =>
        AttributeValue.Of((ReadOnlySpan<byte>)SHA256.HashData(Encoding.ASCII.GetBytes(id.ToString())));
}
