using System.Collections.Immutable;
using Keyreeve.Core.Audit;

namespace Keyreeve.Core.Access;

/// <summary>A condition that does not hold.</summary>
public enum ConditionKind
{
    /// <summary>All hold.</summary>
    None = 0,

    /// <summary>The caller's address.</summary>
    Network,

    /// <summary>The hour, or the date.</summary>
    Time,

    /// <summary>The context of the data.</summary>
    Context,

    /// <summary>The purpose code.</summary>
    Purpose,

    /// <summary>How the caller speaks.</summary>
    Protocol,

    /// <summary>How often the binding has been used.</summary>
    Uses,

    /// <summary>How old the caller's credential is.</summary>
    CredentialAge,
}

/// <summary>What a pair of the context has to be like; exactly one of the two is stated. Compared ordinally: no character means another.</summary>
/// <param name="Name">The pair's name.</param>
/// <param name="Exactly">The value that it has.</param>
/// <param name="Contains">The text that its value contains.</param>
public sealed record ContextTerm(string Name, string? Exactly, string? Contains);

/// <summary>
/// When a binding holds: a closed set. All kinds that are stated have to hold; of a list one entry is enough, but every term of the
/// context has to.
/// </summary>
public sealed record AccessConditions
{
    /// <summary>No conditions.</summary>
    public static AccessConditions None { get; } = new();

    /// <summary>From one of these networks.</summary>
    public ImmutableArray<NetworkRange> Networks { get; init; } = [];

    /// <summary>In one of these hours.</summary>
    public ImmutableArray<TimeWindow> Times { get; init; } = [];

    /// <summary>Not before this moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Not from this moment on.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>With a context that has all of these.</summary>
    public ImmutableArray<ContextTerm> Context { get; init; } = [];

    /// <summary>For one of these purposes.</summary>
    public ImmutableArray<string> Purposes { get; init; } = [];

    /// <summary>Over one of these protocols.</summary>
    public ImmutableArray<Protocol> Protocols { get; init; } = [];

    /// <summary>So often, counted over restarts.</summary>
    public long? Uses { get; init; }

    /// <summary>With a credential that is at least so old.</summary>
    public TimeSpan? CredentialAtLeast { get; init; }

    /// <summary>With a credential that is at most so old.</summary>
    public TimeSpan? CredentialAtMost { get; init; }

    /// <summary>Whether nothing is stated.</summary>
    public bool IsEmpty => Networks.IsEmpty && Times.IsEmpty && NotBefore is null && NotAfter is null && Context.IsEmpty && Purposes.IsEmpty
        && Protocols.IsEmpty && Uses is null && CredentialAtLeast is null && CredentialAtMost is null;

    /// <summary>
    /// The first condition that does not hold; <see cref="ConditionKind.None"/> if all do. How often a binding was used is not asked here.
    /// What only shows keys is given without asking for context and purpose. Allocates nothing for callers over IPv4.
    /// </summary>
    /// <param name="question">What is asked.</param>
    /// <param name="isDeny">Whether the binding denies: then what is not known counts as held, else as failed.</param>
    public ConditionKind FirstFailing(in AccessQuestion question, bool isDeny)
    {
        var call = question.Call;
        // Which keys there are is seen before there is a context or a purpose.
        var isSeeing = !isDeny && RoleCatalog.Reads.Contains(question.Operation);
        if (!Protocols.IsEmpty && !Protocols.Contains(call.Protocol)) return ConditionKind.Protocol;
        if (!Purposes.IsEmpty && !isSeeing && !Has(Purposes, call.Purpose)) return ConditionKind.Purpose;
        if (call.Time < NotBefore || call.Time >= NotAfter || (!Times.IsEmpty && !IsInWindow(call.Time))) return ConditionKind.Time;
        if (!Context.IsEmpty && !isSeeing && !HasContext(question)) return ConditionKind.Context;
        if (!Networks.IsEmpty && !IsInNetwork(call, isDeny)) return ConditionKind.Network;
        return HasAge(call, isDeny) ? ConditionKind.None : ConditionKind.CredentialAge;
    }

    private static bool Has(ImmutableArray<string> words, string? word)
    {
        foreach (var one in words)
            if (string.Equals(one, word, StringComparison.Ordinal)) return true;
        return false;
    }

    private bool IsInWindow(DateTimeOffset time)
    {
        foreach (var window in Times)
            if (window.Contains(time)) return true;
        return false;
    }

    private bool HasContext(in AccessQuestion question)
    {
        if (question.Context is not { } context) return false;
        foreach (var term in Context)
        {
            if (!context.Pairs.TryGetValue(term.Name, out var value)) return false;
            if (term.Exactly is { } whole && !string.Equals(value, whole, StringComparison.Ordinal)) return false;
            if (term.Contains is { } part && !value.Contains(part, StringComparison.Ordinal)) return false;
        }

        return true;
    }

    private bool IsInNetwork(Operations.Call call, bool isDeny)
    {
        if (call.SourceNetworkAddress is not { } address) return isDeny;
        foreach (var network in Networks)
            if (network.Contains(address)) return true;
        return false;
    }

    private bool HasAge(Operations.Call call, bool isDeny)
    {
        if (CredentialAtLeast is null && CredentialAtMost is null) return true;
        if (call.Principal.CredentialSince is not { } since) return isDeny;
        var age = call.Time - since;
        return !(age < CredentialAtLeast) && !(age > CredentialAtMost);
    }
}
