using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Set Constraints. From KMIP 2.1. KMIP 2.1 §6.1.52.</summary>
public sealed record SetConstraintsRequest : IRequestPayload<SetConstraintsRequest, SetConstraintsResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.SetConstraints;

    /// <summary>What holds from now on; absent: nothing.</summary>
    public ConstraintSet? Constraints { get; init; }

    /// <inheritdoc/>
    public static SetConstraintsRequest Exchange<TCodec>(ref TCodec codec, in SetConstraintsRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Constraints = codec.OptionalObject(Tag.Constraints, value.Constraints),
        };
}

/// <summary>Nothing.</summary>
public readonly record struct SetConstraintsResponse : IWireStructure<SetConstraintsResponse>
{
    /// <inheritdoc/>
    public static SetConstraintsResponse Exchange<TCodec>(ref TCodec codec, in SetConstraintsResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}

/// <summary>Get Constraints. From KMIP 2.1. KMIP 2.1 §6.1.22.</summary>
public readonly record struct GetConstraintsRequest : IRequestPayload<GetConstraintsRequest, GetConstraintsResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.GetConstraints;

    /// <inheritdoc/>
    public static GetConstraintsRequest Exchange<TCodec>(ref TCodec codec, in GetConstraintsRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}

/// <summary>The constraints that hold.</summary>
public sealed record GetConstraintsResponse : IWireStructure<GetConstraintsResponse>
{
    /// <summary>The constraints.</summary>
    public ConstraintSet Constraints { get; init; } = new();

    /// <inheritdoc/>
    public static GetConstraintsResponse Exchange<TCodec>(ref TCodec codec, in GetConstraintsResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Constraints = codec.Structure(Tag.Constraints, value.Constraints),
        };
}

/// <summary>Constraints. KMIP 2.1 §7.7.</summary>
public sealed record ConstraintSet : IWireStructure<ConstraintSet>
{
    /// <summary>Each of them.</summary>
    public ImmutableArray<ObjectConstraint> Constraints { get; init; } = [];

    /// <inheritdoc/>
    public static ConstraintSet Exchange<TCodec>(ref TCodec codec, in ConstraintSet value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Constraints = codec.Structures(Tag.Constraint, value.Constraints),
        };
}

/// <summary>What new objects have to be like. KMIP 2.1 §7.6.</summary>
public sealed record ObjectConstraint : IWireStructure<ObjectConstraint>
{
    /// <summary>Which types of objects; absent: all.</summary>
    public ObjectTypeList? ObjectTypes { get; init; }

    /// <summary>Objects of which groups; absent: of all and of none.</summary>
    public ObjectGroupList? ObjectGroups { get; init; }

    /// <summary>The attributes they have to have.</summary>
    public AttributeList? Attributes { get; init; }

    /// <inheritdoc/>
    public static ObjectConstraint Exchange<TCodec>(ref TCodec codec, in ObjectConstraint value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ObjectTypes = codec.OptionalObject(Tag.ObjectTypes, value.ObjectTypes),
            ObjectGroups = codec.OptionalObject(Tag.ObjectGroups, value.ObjectGroups),
            Attributes = codec.OptionalAttributes(Tag.TemplateAttribute, Tag.Attributes, value.Attributes),
        };
}

/// <summary>Object Types. KMIP 2.1 §7.24.</summary>
public sealed record ObjectTypeList : IWireStructure<ObjectTypeList>
{
    /// <summary>The types.</summary>
    public ImmutableArray<ObjectType> ObjectTypes { get; init; } = [];

    /// <inheritdoc/>
    public static ObjectTypeList Exchange<TCodec>(ref TCodec codec, in ObjectTypeList value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { ObjectTypes = codec.Enumerations(Tag.ObjectType, value.ObjectTypes) };
}

/// <summary>Set Defaults. From KMIP 2.1. KMIP 2.1 §6.1.53.</summary>
public sealed record SetDefaultsRequest : IRequestPayload<SetDefaultsRequest, SetDefaultsResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.SetDefaults;

    /// <summary>What is assumed from now on; absent: nothing.</summary>
    public DefaultsInformation? DefaultsInformation { get; init; }

    /// <inheritdoc/>
    public static SetDefaultsRequest Exchange<TCodec>(ref TCodec codec, in SetDefaultsRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            DefaultsInformation = codec.OptionalObject(Tag.DefaultsInformation, value.DefaultsInformation),
        };
}

/// <summary>Nothing.</summary>
public readonly record struct SetDefaultsResponse : IWireStructure<SetDefaultsResponse>
{
    /// <inheritdoc/>
    public static SetDefaultsResponse Exchange<TCodec>(ref TCodec codec, in SetDefaultsResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => value;
}
