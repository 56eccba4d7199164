using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What a binding had to do with a decision.</summary>
/// <param name="Rule">How it is named.</param>
/// <param name="IsDeny">Whether it takes away.</param>
/// <param name="Outcome">Whether it holds, and if so under which conditions; if not, why.</param>
public sealed record ConsideredBinding(string Rule, bool IsDeny, string Outcome)
{
    internal const string HoldsAlways = "holds";

    /// <summary>Whether it holds.</summary>
    public bool Holds => Outcome.StartsWith(HoldsAlways, StringComparison.Ordinal);
}

/// <summary>Why a question was answered as it was.</summary>
/// <param name="Decision">The answer.</param>
/// <param name="Reason">The answer in a sentence.</param>
/// <param name="Considered">The bindings of the principal, and what each had to do with it.</param>
public sealed record AccessExplanation(Decision Decision, string Reason, ImmutableArray<ConsideredBinding> Considered)
{
    private const string Holds = ConsideredBinding.HoldsAlways;

    /// <summary>What others would have to do besides; null if nothing.</summary>
    public ApprovalNeed? Approval { get; init; }

    /// <summary>What the request would be answered, as far as policy decides on that; <see cref="KeyreeveError.None"/> if it would be done.</summary>
    public KeyreeveError Answer { get; init; }

    /// <summary>What keeps the principal from knowing of the key, as the audit trail would name it; null if nothing does, or no key is meant.</summary>
    public string? HiddenBy { get; init; }

    /// <summary>Asks the policy itself, and goes through everything it went through.</summary>
    public static AccessExplanation Of(AccessPolicy policy, in AccessQuestion question)
    {
        ArgumentNullException.ThrowIfNull(policy);
        var decision = policy.Decide(question);
        var considered = ImmutableArray.CreateBuilder<ConsideredBinding>();
        foreach (var given in question.Call.Principal.Bindings)
        {
            var outcome = !RoleCatalog.GivenBy(given.Role).Contains(question.Operation) ? NotInRole(given.Role.ToString(), question)
                : AccessPolicy.Covers(given, question.Group) ? Holds : "is for another group";
            considered.Add(new ConsideredBinding(given.Rule, IsDeny: false, outcome));
        }

        foreach (var binding in policy.BindingsOf(question.Call.Principal).OrderBy(static b => b.Rule, StringComparer.Ordinal))
            considered.Add(new ConsideredBinding(binding.Rule, binding.Source.IsDeny, OutcomeOf(binding, question)));
        foreach (var grant in policy.Grants.HeldBy(question.Call.Principal.Name))
            considered.Add(new ConsideredBinding(grant.Rule, IsDeny: false, OutcomeOf(grant, question, decision)));
        var explanation = new AccessExplanation(decision, ReasonOf(decision, question, considered), considered.ToImmutable())
        {
            Answer = decision.IsAllowed ? KeyreeveError.None : question.Call.Principal.IsDisabled ? KeyreeveError.AuthenticationFailed : KeyreeveError.PermissionDenied,
        };
        return explanation.WithSeeing(policy, question);
    }

    // As the pipeline has it: who may not do it learns that he may not only if he may know of the key.
    private AccessExplanation WithSeeing(AccessPolicy policy, in AccessQuestion question)
    {
        if (question.Key is null || Answer == KeyreeveError.AuthenticationFailed) return this;
        var seeing = policy.Decide(question with { Operation = OperationName.GetAttributes, Context = null });
        if (seeing.IsAllowed) return this;
        var how = string.Equals(seeing.Rule, AccessPolicy.DefaultDeny, StringComparison.Ordinal) ? "nothing lets it know of the key" : $"{seeing.Rule} hides the key from it";
        return Decision.IsAllowed
            ? this with { HiddenBy = seeing.Rule, Reason = $"{Reason} But {how}: the key is in none of its lists, and to look at it is answered as if it were not there." }
            : this with { HiddenBy = seeing.Rule, Reason = $"{Reason} The answer is that there is no such key, since {how}.", Answer = KeyreeveError.ItemNotFound };
    }

    private static string OutcomeOf(CompiledBinding binding, in AccessQuestion question)
    {
        if (!binding.Operations.Contains(question.Operation)) return NotInRole(binding.Source.Role, question);
        if (binding.Source.Key is { } key && key != question.Key) return "is for another key";
        if (binding.Source.Group is { } group && question.Group?.IsWithin(group) is not true) return "is for another group";
        return binding.FirstFailing(question) switch
        {
            ConditionKind.None => binding.Source.Conditions.IsEmpty ? Holds : $"{Holds}: its conditions are met, {PolicyWriter.ToJson(binding.Source.Conditions)}",
            ConditionKind.Network => $"does not hold: the address {question.Call.SourceAddress} is in none of its networks",
            ConditionKind.Time => $"does not hold: {question.Call.Time.ToUniversalTime():yyyy-MM-dd HH:mm} UTC ({question.Call.Time.ToUniversalTime().DayOfWeek}) is not in its times",
            ConditionKind.Context => question.Context is null ? "does not hold: no context is given" : "does not hold: the context is another",
            ConditionKind.Purpose => $"does not hold: the purpose {(question.Call.Purpose is { } purpose ? $"'{purpose}'" : "(none)")} is none of its own",
            ConditionKind.Protocol => $"does not hold: not over {question.Call.Protocol}",
            ConditionKind.Uses => $"does not hold: it has been used {binding.Counter!.Used} times of {binding.Source.Conditions.Uses}",
            ConditionKind.CredentialAge => "does not hold: the credential is too young or too old, or its age is not known",
        };
    }

    private static string OutcomeOf(CompiledGrant grant, in AccessQuestion question, Decision decision)
    {
        if (grant.Source.Key != question.Key) return "is for another key";
        if (!grant.Contains(question.Operation)) return $"the grant does not contain {question.Operation}";
        if (string.Equals(decision.Rule, grant.Rule, StringComparison.Ordinal)) return Holds;
        return grant.FirstFailing(question) switch
        {
            ConditionKind.None => $"is worth what {grant.Source.GrantedBy} may do itself and hand on, now",
            ConditionKind.Time => "does not hold: it has expired",
            _ => question.Context is null ? "does not hold: no context is given" : "does not hold: the context is another",
        };
    }

    private static string NotInRole(string role, in AccessQuestion question) => $"{role} does not contain {question.Operation}";

    private static string ReasonOf(Decision decision, in AccessQuestion question, IEnumerable<ConsideredBinding> considered)
    {
        var who = question.Call.Principal.Name;
        if (decision.IsAllowed) return $"{who} may {question.Operation}: {decision.Rule}.";
        if (question.Call.Principal.IsDisabled) return $"{who} may nothing: the principal is disabled.";
        if (considered.Any(static c => c is { IsDeny: true, Holds: true })) return $"{who} may not {question.Operation}: {decision.Rule} takes it away, whatever else gives it.";
        if (!string.Equals(decision.Rule, AccessPolicy.DefaultDeny, StringComparison.Ordinal))
            return AccessRefusal.Of(decision, question.Call, question.Operation, question.Group).Message;
        return $"{who} may not {question.Operation}: nothing gives it here.";
    }
}
