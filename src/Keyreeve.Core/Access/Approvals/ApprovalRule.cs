using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>How many others have to agree, for what, and where.</summary>
public sealed record ApprovalRule
{
    /// <summary>The most approvals that can be demanded.</summary>
    public const int MostApprovals = 16;

    /// <summary>How long a request can be approved and carried out if nothing is said.</summary>
    public static TimeSpan StandardValidity { get; } = TimeSpan.FromDays(3);

    /// <summary>The shortest that can be said.</summary>
    public static TimeSpan ShortestValidity { get; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest that can be said.</summary>
    public static TimeSpan LongestValidity { get; } = TimeSpan.FromDays(30);

    /// <summary>For what.</summary>
    public required ImmutableArray<ApprovalKind> Kinds { get; init; }

    /// <summary>In this key group and all below it; null if it is for a key or the whole tenant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>For this key alone; null if it is for a group or the whole tenant.</summary>
    public UniqueIdentifier? Key { get; init; }

    /// <summary>How many besides the one who asks; 0 only of one that waives.</summary>
    public int Approvals { get; init; }

    /// <summary>Whether it waives what a wider rule demands: one person is enough.</summary>
    public bool IsWaived { get; init; }

    /// <summary>Whose approval counts, by name; none: that of everyone who may approve there.</summary>
    public ImmutableArray<string> Approvers { get; init; } = [];

    /// <summary>Whether whoever made or brought a key needs it for the key's export too.</summary>
    public bool OwnToo { get; init; }

    /// <summary>From the asking to the carrying out.</summary>
    public TimeSpan ValidFor { get; init; } = StandardValidity;

    /// <summary>Of one that waives: what it waives, and where, for the log.</summary>
    public string Waiver => $"One person is enough for {string.Join(", ", Kinds.Select(ApprovalKinds.WordOf))} {(Key is { } key ? $"of key {key}" : Group is { } group ? $"in group {group}" : "in the whole tenant")}.";

    /// <summary>Whether it is the one that holds where nothing is written.</summary>
    internal bool IsBuiltIn { get; init; }
}

/// <summary>How long a key of a group is kept after its destruction was announced.</summary>
/// <param name="Group">In this key group and all below it that say nothing of their own; null for the whole tenant.</param>
/// <param name="Wait">How long; null: a key is destroyed at once by whoever may, as KMIP has it.</param>
public sealed record DestructionRule(GroupName? Group, TimeSpan? Wait)
{
    /// <summary>Seven days: where nothing is written.</summary>
    public static TimeSpan StandardWait { get; } = TimeSpan.FromDays(7);

    /// <summary>One hour.</summary>
    public static TimeSpan ShortestWait { get; } = TimeSpan.FromHours(1);

    /// <summary>Thirty days.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromDays(30);
}
