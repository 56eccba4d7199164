using System.Collections.Immutable;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Keyreeve.Core.Access;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Messages;

[Description("The tenant's policy.")]
internal sealed record PolicyMessage
{
    [Description("A hash of all that the policy says: what tells it from any other.")]
    public required string Version { get; init; }

    [Description("The policy, with what enrolment gave to those who are not disabled.")]
    public required PolicyFile Policy { get; init; }
}

[Description("A policy that is to be compared with the one in force.")]
internal sealed record ComparePolicyBody
{
    [Description("The policy.")]
    public required PolicyFile Policy { get; init; }
}

[Description("A policy that is to take the place of the one in force.")]
internal sealed record ChangePolicyBody
{
    [Description("The policy. What is not in it is not allowed.")]
    public required PolicyFile Policy { get; init; }

    [Description("The version that it is to take the place of, as the comparison told it; if absent, whatever there is.")]
    public string? ExpectedVersion { get; init; }
}

[Description("What a policy changes, or has changed.")]
internal sealed record PolicyOutcomeMessage
{
    [Description("What is gone and what is new; none if it says the same.")]
    public required ImmutableArray<PolicyChangeMessage> Changes { get; init; }

    [Description("What is worth a second look.")]
    public required ImmutableArray<string> Warnings { get; init; }

    [Description("The version of the policy that it is compared with.")]
    public required string Before { get; init; }

    [Description("Its own version.")]
    public required string After { get; init; }
}

[Description("A line of the difference.")]
internal sealed record PolicyChangeMessage
{
    [Description("added or removed")]
    public required string Change { get; init; }

    [Description("separation, role, purpose, group, principal or binding")]
    public required string What { get; init; }

    [Description("The thing itself, as JSON.")]
    public required string Text { get; init; }
}

[Description("A question to the policy: may somebody do something, and why, or why not?")]
internal sealed record ExplainBody
{
    [Description("Who would ask.")]
    public required string Principal { get; init; }

    [Description("What would be asked, such as Encrypt.")]
    public required string Operation { get; init; }

    [Description("About which key: its name or identifier; absent if about none.")]
    public string? Key { get; init; }

    [Description("In which key group, where no key is named.")]
    public string? Group { get; init; }

    [Description("The context that would be given.")]
    public WireContext? Context { get; init; }

    [Description("The purpose that would be stated; the principal's default if absent.")]
    public string? Purpose { get; init; }

    [Description("The address it would come from; that of whoever asks this if absent.")]
    public string? SourceAddress { get; init; }

    [Description("Kmip or Rest; Rest if absent.")]
    public string? Protocol { get; init; }

    [Description("When; now if absent.")]
    public DateTimeOffset? Time { get; init; }
}

[Description("The answer, and how it comes about. It is policy's alone: limits, and the key's state and mask, are asked besides.")]
internal sealed record ExplanationMessage
{
    [Description("Whether it is allowed.")]
    public required bool Allowed { get; init; }

    [Description("What the request would be answered: Done, or the name of the error that it would be refused with, such as ItemNotFound for a key that is hidden.")]
    public required string Answer { get; init; }

    [Description("What keeps the principal from knowing of the key, as the audit trail names it; absent if nothing does.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HiddenBy { get; init; }

    [Description("What decides, as the audit trail names it.")]
    public required string Rule { get; init; }

    [Description("The answer in a sentence.")]
    public required string Reason { get; init; }

    [Description("The bindings of the principal, and what each has to do with it.")]
    public required ImmutableArray<ConsideredBindingMessage> Considered { get; init; }

    [Description("What others have to do before it is done; absent if nothing, or if it is not allowed.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NeededApprovalMessage? Approval { get; init; }
}

[Description("What others have to do before a request is carried out.")]
internal sealed record NeededApprovalMessage
{
    [Description("What the policy calls it, such as destroy.")]
    public required string Kind { get; init; }

    [Description("How many have to agree; 0 if one person is enough.")]
    public required int Approvals { get; init; }

    [Description("Whose approval would count now, by name.")]
    public required ImmutableArray<string> By { get; init; }

    [Description("Why one person is enough where a rule is for more.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Waiver { get; init; }
}

[Description("A binding, and what it has to do with the answer.")]
internal sealed record ConsideredBindingMessage
{
    [Description("How the audit trail names it.")]
    public required string Rule { get; init; }

    [Description("allow or deny")]
    public required string Effect { get; init; }

    [Description("Whether it holds, and if not, why.")]
    public required string Outcome { get; init; }
}
