using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Object Group Member. KMIP 2.1 §11.33.</summary>
public enum ObjectGroupMember : uint
{
#pragma warning disable CS1591, CA1008, CA1028 // the standard describes each value
    NotSet = 0,
    GroupMemberFresh = 0x00000001,
    GroupMemberDefault = 0x00000002,
#pragma warning restore CS1591, CA1008, CA1028
}

/// <summary>Looks for objects.</summary>
public sealed record LocateRequest
{
    /// <summary>What the objects must have; two values of one date are a range.</summary>
    public required ImmutableArray<KeyValuePair<AttributeKey, AttributeValue>> Attributes { get; init; }

    /// <summary>On line, archived, destroyed; not set means on line.</summary>
    public StorageStatusMask StorageStatusMask { get; init; }

    /// <summary>Which members of the stated Object Group.</summary>
    public ObjectGroupMember ObjectGroupMember { get; init; }

    /// <summary>How many at most; null for as many as the server gives.</summary>
    public int? MaximumItems { get; init; }

    /// <summary>How many to skip.</summary>
    public int OffsetItems { get; init; }

    /// <summary>Whether to count all that match, which costs reading them all.</summary>
    public bool CountAll { get; init; }
}

/// <summary>What was found.</summary>
/// <param name="Ids">The objects, newest first.</param>
/// <param name="LocatedItems">How many match in all, if that was asked for.</param>
public sealed record LocateResponse(ImmutableArray<UniqueIdentifier> Ids, long? LocatedItems);
