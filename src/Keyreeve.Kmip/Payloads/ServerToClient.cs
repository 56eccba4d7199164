using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Notify tells a client which attributes of an object have changed; a server sends it. KMIP 2.1 §6.2.2, 1.x §5.1.</summary>
public sealed record NotifyRequest : IRequestPayload<NotifyRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Notify;

    /// <summary>The object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>What has changed, with its new values; at least the Last Change Date.</summary>
    public AttributeList? Attributes { get; init; }

    /// <summary>What the object has no more. From KMIP 2.0.</summary>
    public ImmutableArray<AttributeReference> DeletedAttributes { get; init; } = [];

    /// <inheritdoc/>
    public static NotifyRequest Exchange<TCodec>(ref TCodec codec, in NotifyRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
            DeletedAttributes = VersionDifferences.HasTaggedAttributes(codec.Version) ? codec.AttributeReferences(value.DeletedAttributes) : [],
        };
}

/// <summary>Put pushes an object to a client; a server sends it. KMIP 2.1 §6.2.3, 1.x §5.2. Holds views of the message.</summary>
public readonly struct PutRequest : IRequestPayload<PutRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Put;

    /// <summary>The object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>Whether it is new to the client.</summary>
    public PutFunction PutFunction { get; init; }

    /// <summary>Which object it replaces.</summary>
    public UniqueIdentifier? ReplacedUniqueIdentifier { get; init; }

    /// <summary>The object itself.</summary>
    public ManagedObject Object { get; init; }

    /// <summary>Its attributes.</summary>
    public AttributeList? Attributes { get; init; }

    /// <inheritdoc/>
    public static PutRequest Exchange<TCodec>(ref TCodec codec, in PutRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var identifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier);
        var function = codec.Enumeration(Tag.PutFunction, value.PutFunction);
        var replaced = codec.OptionalIdentifier(Tag.ReplacedUniqueIdentifier, value.ReplacedUniqueIdentifier);
        // Put has no Object Type: the object's own tag says what it is.
        var objectType = codec.IsReading ? ManagedObject.TypeOf(codec.NextTag) : value.Object.ObjectType;
        return new()
        {
            UniqueIdentifier = identifier,
            PutFunction = function,
            ReplacedUniqueIdentifier = replaced,
            Object = ManagedObject.Exchange(ref codec, objectType, value.Object),
            Attributes = codec.AttributesInPlace(Tag.Attributes, value.Attributes),
        };
    }
}

/// <summary>Set Endpoint Role asks the other side to change from server to client, or back. KMIP 2.1 §6.1.54.</summary>
public readonly record struct SetEndpointRoleRequest : IRequestPayload<SetEndpointRoleRequest, SetEndpointRoleResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.SetEndpointRole;

    /// <summary>The role to take.</summary>
    public EndpointRole EndpointRole { get; init; }

    /// <inheritdoc/>
    public static SetEndpointRoleRequest Exchange<TCodec>(ref TCodec codec, in SetEndpointRoleRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { EndpointRole = codec.Enumeration(Tag.EndpointRole, value.EndpointRole) };
}

/// <summary>The role taken.</summary>
public readonly record struct SetEndpointRoleResponse : IWireStructure<SetEndpointRoleResponse>
{
    /// <summary>The role.</summary>
    public EndpointRole EndpointRole { get; init; }

    /// <inheritdoc/>
    public static SetEndpointRoleResponse Exchange<TCodec>(ref TCodec codec, in SetEndpointRoleResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { EndpointRole = codec.Enumeration(Tag.EndpointRole, value.EndpointRole) };
}
