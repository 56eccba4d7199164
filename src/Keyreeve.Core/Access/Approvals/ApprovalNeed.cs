using System.Collections.Immutable;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>What others have to do before somebody's request is carried out.</summary>
/// <param name="Kind">What the policy calls it.</param>
/// <param name="Approvals">How many have to agree; 0 if one person is enough.</param>
/// <param name="By">Whose approval would count now, by name.</param>
/// <param name="Waiver">Why one person is enough where a rule is for more; null if it is not.</param>
public sealed record ApprovalNeed(ApprovalKind Kind, int Approvals, ImmutableArray<string> By, string? Waiver)
{
    private const int MostNamed = 10;

    /// <summary>In a sentence.</summary>
    public string Told
    {
        get
        {
            if (Waiver is not null) return $"One person is enough for '{ApprovalKinds.WordOf(Kind)}' here: {Waiver}.";
            var approvals = $"It takes {Approvals} {(Approvals == 1 ? "approval" : "approvals")} ({ApprovalKinds.WordOf(Kind)})";
            if (By.IsEmpty) return approvals + ", and nobody who could give one is enrolled.";
            var names = string.Join(", ", By.Take(MostNamed)) + (By.Length > MostNamed ? $" and {By.Length - MostNamed} more" : "");
            return By.Length < Approvals ? $"{approvals}, and only {names} could give one." : $"{approvals} of {names}.";
        }
    }
}
