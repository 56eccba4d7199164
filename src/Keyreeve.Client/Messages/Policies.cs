using System.Collections.Immutable;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>A tenant's policy.</summary>
/// <param name="Version">A hash of all that it says: what tells it from any other.</param>
/// <param name="Policy">The policy, as indented JSON.</param>
public sealed record ClientPolicy(string Version, string Policy);

/// <summary>What a policy changes, or has changed.</summary>
public sealed record ClientPolicyOutcome
{
    /// <summary>What is gone and what is new; none if it says the same.</summary>
    public required ImmutableArray<ClientPolicyChange> Changes { get; init; }

    /// <summary>What is worth a second look.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>The version of the policy that it is compared with.</summary>
    public required string Before { get; init; }

    /// <summary>Its own version.</summary>
    public required string After { get; init; }
}

/// <summary>A line of the difference between two policies.</summary>
public sealed record ClientPolicyChange
{
    /// <summary><c>added</c> or <c>removed</c>.</summary>
    public required string Change { get; init; }

    /// <summary>What it is: separation, role, purpose, group, principal or binding.</summary>
    public required string What { get; init; }

    /// <summary>The thing itself, as JSON.</summary>
    public required string Text { get; init; }
}

/// <summary>A question to the policy.</summary>
public sealed record PolicyQuestion
{
    /// <summary>Who would ask.</summary>
    public required string Principal { get; init; }

    /// <summary>What would be asked, such as <c>Encrypt</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>About which key: its name or identifier; null if about none.</summary>
    public string? Key { get; init; }

    /// <summary>In which key group, where no key is named.</summary>
    public string? Group { get; init; }

    /// <summary>The context that would be given; null if none.</summary>
    public EncryptionContext? Context { get; init; }

    /// <summary>The purpose that would be stated; null takes the principal's default.</summary>
    public string? Purpose { get; init; }

    /// <summary>The address it would come from; null takes the caller's own.</summary>
    public string? SourceAddress { get; init; }

    /// <summary><c>Kmip</c> or <c>Rest</c>; null takes Rest.</summary>
    public string? Protocol { get; init; }

    /// <summary>When; null means now.</summary>
    public DateTimeOffset? Time { get; init; }
}

/// <summary>The answer of the policy, and how it comes about.</summary>
public sealed record ClientExplanation
{
    /// <summary>Whether it is allowed.</summary>
    public required bool Allowed { get; init; }

    /// <summary>What the request would be answered: <c>Done</c>, or the <see cref="ClientError"/> that it would be refused with.</summary>
    public required string Answer { get; init; }

    /// <summary>What keeps the principal from knowing of the key, as the audit trail names it; null if nothing does.</summary>
    public string? HiddenBy { get; init; }

    /// <summary>What decides, as the audit trail names it.</summary>
    public required string Rule { get; init; }

    /// <summary>The answer in a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The bindings of the principal, and what each has to do with it.</summary>
    public required ImmutableArray<ClientConsideredBinding> Considered { get; init; }

    /// <summary>What others have to do before it is done; null if nothing, or if it is not allowed.</summary>
    public ClientNeededApproval? Approval { get; init; }
}

/// <summary>What others have to do before a request is carried out.</summary>
public sealed record ClientNeededApproval
{
    /// <summary>What the policy calls it, such as <c>destroy</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many have to agree; 0 if one person is enough.</summary>
    public required int Approvals { get; init; }

    /// <summary>Whose approval would count now, by name.</summary>
    public required ImmutableArray<string> By { get; init; }

    /// <summary>Why one person is enough where a rule is for more; null if it is not.</summary>
    public string? Waiver { get; init; }
}

/// <summary>A binding, and what it has to do with an answer.</summary>
public sealed record ClientConsideredBinding
{
    /// <summary>How the audit trail names it.</summary>
    public required string Rule { get; init; }

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public required string Effect { get; init; }

    /// <summary>Whether it holds, and if not, why.</summary>
    public required string Outcome { get; init; }
}
