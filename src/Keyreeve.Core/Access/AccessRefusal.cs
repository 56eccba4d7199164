using System.Collections.Frozen;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What a caller is told whom policy refuses: what it can do something about, and no more of the policy.</summary>
internal static class AccessRefusal
{
    // What they are about is found by a name, and the decision made where it was found: to tell the place, or that another rule
    // holds there, would tell a stranger that there is such a one.
    private static readonly FrozenSet<OperationName> FoundByName = FrozenSet.Create(
        OperationName.DisablePrincipal, OperationName.AddCredential, OperationName.RemoveCredential, OperationName.IssueEnrolmentCode,
        OperationName.CreateToken, OperationName.ListTokens, OperationName.RevokeToken, OperationName.Offboard);

    public static KeyreeveException Of(Decision decision, Call call, OperationName operation, GroupName? group)
    {
        var place = $"key group '{group?.Value ?? "(any)"}'";
        var reason = decision.Rule switch
        {
            PurposeRules.Unknown => $"'{call.Purpose}' is none of the tenant's purpose codes.",
            _ when FoundByName.Contains(operation) => $"{call.Principal.Name} may not {operation}: it takes a role for it that covers whom it is about and, if a token is shown, a token that covers both.",
            var rule when rule.StartsWith(PurposeRules.Demanded, StringComparison.Ordinal) => $"{operation} in {place} takes a purpose code, and none was stated.",
            var rule when rule.StartsWith(PurposeRules.NotTaken, StringComparison.Ordinal) => $"The purpose '{call.Purpose}' is not taken in {place}.",
            var rule when call.Principal.Token is { } token && string.Equals(rule, token.Rule, StringComparison.Ordinal) =>
                $"The token that was shown does not let {call.Principal.Name} {operation} in {place} from here.",
            _ when operation == OperationName.CreateGrant =>
                $"{call.Principal.Name} may not hand rights on keys to others in {place} (CreateGrant): it takes the role Granter there, which a security officer gives with the right 'grant', "
                + "or a grant of the key that may be handed on.",
            _ => $"{call.Principal.Name} may not {operation} in {place}.",
        };
        return new KeyreeveException(KeyreeveError.PermissionDenied, reason);
    }
}
