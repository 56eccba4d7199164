using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Keyreeve.Server.Rest.Messages;

[Description("What somebody asked for that takes others to agree.")]
internal sealed record ApprovalRequestMessage
{
    [Description("The request's identifier.")]
    public required string Id { get; init; }

    [Description("destroy, schedule-destruction, export, policy, root-rotation, seal-slots, restore, audit-retention or offboarding")]
    public required string Kind { get; init; }

    [Description("Pending, Approved, Executed, Rejected, Withdrawn or Expired")]
    public required string State { get; init; }

    [Description("The operation, such as Destroy.")]
    public required string Operation { get; init; }

    [Description("Who asked.")]
    public required string Requester { get; init; }

    [Description("What is going to be done.")]
    public required string Summary { get; init; }

    [Description("More of it, a line each; of a policy every change.")]
    public required ImmutableArray<string> Details { get; init; }

    [Description("The key group; null if it is about none.")]
    public string? Group { get; init; }

    [Description("The object's Unique Identifier; null if it is about none.")]
    public string? ObjectId { get; init; }

    [Description("The version of the object's row: if the object is changed, the request is void.")]
    public long? ObjectVersion { get; init; }

    [Description("A hash of all that the operation's request says.")]
    public required string Digest { get; init; }

    [Description("The purpose that was stated; null if none was.")]
    public string? Purpose { get; init; }

    [Description("When it was asked.")]
    public required DateTimeOffset AskedAt { get; init; }

    [Description("Until when it can be approved and carried out.")]
    public required DateTimeOffset ExpiresAt { get; init; }

    [Description("How many have to agree.")]
    public required int Needed { get; init; }

    [Description("Who has agreed, in order.")]
    public required ImmutableArray<ApprovalMessage> Approvals { get; init; }

    [Description("Who ended it; null if nobody has.")]
    public string? EndedBy { get; init; }

    [Description("When it was ended; null if it has not been.")]
    public DateTimeOffset? EndedAt { get; init; }
}

[Description("An approval.")]
internal sealed record ApprovalMessage
{
    [Description("Who gave it.")]
    public required string Principal { get; init; }

    [Description("When.")]
    public required DateTimeOffset At { get; init; }

    [Description("true if it counts no more: who gave it is disabled, or may not approve that now; absent otherwise.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? CountsNoMore { get; init; }
}

[Description("Requests for approval.")]
internal sealed record ApprovalListMessage
{
    [Description("The caller's own, and those that the caller may decide on; the oldest first.")]
    public required ImmutableArray<ApprovalRequestMessage> Requests { get; init; }
}
