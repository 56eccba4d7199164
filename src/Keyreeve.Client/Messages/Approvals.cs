using System.Collections.Immutable;

namespace Keyreeve.Client;

/// <summary>What somebody asked for that takes others to agree.</summary>
public sealed record ClientApproval
{
    /// <summary>The request's identifier.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about, such as <c>destroy</c>, <c>export</c> or <c>policy</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>Pending</c>, <c>Approved</c>, <c>Executed</c>, <c>Rejected</c>, <c>Withdrawn</c> or <c>Expired</c>.</summary>
    public required string State { get; init; }

    /// <summary>The operation.</summary>
    public required string Operation { get; init; }

    /// <summary>Who asked.</summary>
    public required string Requester { get; init; }

    /// <summary>What is going to be done.</summary>
    public required string Summary { get; init; }

    /// <summary>More of it, a line each; of a policy every change.</summary>
    public ImmutableArray<string> Details { get; init; } = [];

    /// <summary>The key group; null if it is about none.</summary>
    public string? Group { get; init; }

    /// <summary>The object; null if it is about none.</summary>
    public string? ObjectId { get; init; }

    /// <summary>The version of the object's row; if the object is changed, the request is void.</summary>
    public long? ObjectVersion { get; init; }

    /// <summary>A hash of all that the operation's request says.</summary>
    public required string Digest { get; init; }

    /// <summary>The purpose that was stated; null if none was.</summary>
    public string? Purpose { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>Until when it can be approved and carried out.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many have to agree.</summary>
    public required int Needed { get; init; }

    /// <summary>Who has agreed, in order.</summary>
    public ImmutableArray<ClientApprover> Approvals { get; init; } = [];

    /// <summary>Who ended it; null if nobody has.</summary>
    public string? EndedBy { get; init; }

    /// <summary>When it was ended; null if it has not been.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>An approval.</summary>
public sealed record ClientApprover
{
    /// <summary>Who gave it.</summary>
    public required string Principal { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether it counts no more: who gave it is disabled, or may not approve that now.</summary>
    public bool CountsNoMore { get; init; }
}
