namespace Keyreeve.Core.Access;

/// <summary>
/// What grants add to the decision. A grant allows what the one who gave it could do itself, and could hand on, at this moment: whoever
/// loses a right, or is disabled, takes with it what it gave, down the whole line of hands.
/// </summary>
/// <param name="index">The grants.</param>
/// <param name="principalOf">Finds who has a name now.</param>
internal sealed class GrantDecisions(GrantIndex index, Func<string, Principal?> principalOf)
{
    /// <summary>Through how many hands a right may go.</summary>
    public const int MostHands = 4;

    public static GrantDecisions None { get; } = new(GrantIndex.None, static _ => null);

    public GrantIndex Index => index;

    public bool IsEmpty => index.IsEmpty;

    /// <summary>The grant that allows somebody something; null if none does.</summary>
    public Decision? Decide(AccessPolicy policy, in AccessQuestion question, string name)
    {
        if (question.Key is not { } key) return null;
        foreach (var grant in index.Of(name, key))
            if (grant.Covers(question) && HeldToGive(policy, question, grant.Source.GrantedBy, MostHands - 1) is { } held) return held with { Rule = grant.Rule };
        return null;
    }

    // By bindings of its own; or by a grant that may be handed on, of somebody of whom the same is true.
    private Decision? HeldToGive(AccessPolicy policy, in AccessQuestion question, string name, int hands)
    {
        if (principalOf(name) is not { IsDisabled: false } granter) return null;
        if (policy.HeldToGive(question, granter) is { } held) return held;
        if (hands == 0 || policy.IsTaken(question, name)) return null;
        foreach (var grant in index.Of(name, question.Key!.Value))
            if (grant.Source.MayBeHandedOn && grant.Covers(question) && HeldToGive(policy, question, grant.Source.GrantedBy, hands - 1) is { } handed) return handed;
        return null;
    }
}
