using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Keyreeve.Core.Access;

namespace Keyreeve.Server.Rest.Messages;

[Description("A part of the caller's rights on a key, for somebody else.")]
internal sealed record CreateGrantBody
{
    [Description("The key, by name or identifier.")]
    public required string Key { get; init; }

    [Description("The principal who is to have it.")]
    public required string To { get; init; }

    [Description("The rights: use, manage, export, view, encrypt, decrypt, generate, sign, verify; the caller has to have them here itself.")]
    public required ImmutableArray<string> Allow { get; init; }

    [Description("With a context that has all of these.")]
    public ImmutableArray<PolicyContextTerm>? Context { get; init; }

    [Description("Whether who has it may hand it on; not if absent.")]
    public bool? MayBeHandedOn { get; init; }

    [Description("How long it holds, as an ISO 8601 duration; PT1M to P366D, P7D if absent.")]
    public string? ValidFor { get; init; }
}

[Description("A part of a principal's rights on a key in the hands of another. It is worth what the one who gave it has itself at the time of use.")]
internal sealed record KeyGrantMessage
{
    [Description("By which it can be revoked; the audit trail names it as the rule, grant:ID.")]
    public required string Id { get; init; }

    [Description("Who gave it.")]
    public required string From { get; init; }

    [Description("Who has it.")]
    public required string To { get; init; }

    [Description("The identifier of the key.")]
    public required string Key { get; init; }

    [Description("The roles that it gives.")]
    public required ImmutableArray<string> Roles { get; init; }

    [Description("With a context that has all of these; absent if with any.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<PolicyContextTerm>? Context { get; init; }

    [Description("Whether who has it may hand it on.")]
    public required bool MayBeHandedOn { get; init; }

    [Description("When it was made.")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Description("From when on it does not hold.")]
    public required DateTimeOffset ExpiresAt { get; init; }
}

[Description("Grants, the oldest first.")]
internal sealed record KeyGrantListMessage
{
    [Description("The grants.")]
    public required ImmutableArray<KeyGrantMessage> Grants { get; init; }
}
