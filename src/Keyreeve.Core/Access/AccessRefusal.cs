using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>What a caller is told whom policy refuses: what it can do something about, and no more of the policy.</summary>
internal static class AccessRefusal
{
    public static KeyreeveException Of(Decision decision, Call call, OperationName operation, GroupName? group)
    {
        var place = $"key group '{group?.Value ?? "(any)"}'";
        var reason = decision.Rule switch
        {
            PurposeRules.Unknown => $"'{call.Purpose}' is none of the tenant's purpose codes.",
            var rule when rule.StartsWith(PurposeRules.Demanded, StringComparison.Ordinal) => $"{operation} in {place} takes a purpose code, and none was stated.",
            var rule when rule.StartsWith(PurposeRules.NotTaken, StringComparison.Ordinal) => $"The purpose '{call.Purpose}' is not taken in {place}.",
            var rule when call.Principal.Token is { } token && string.Equals(rule, token.Rule, StringComparison.Ordinal) =>
                $"The token that was shown does not let {call.Principal.Name} {operation} in {place} from here.",
            _ => $"{call.Principal.Name} may not {operation} in {place}.",
        };
        return new KeyreeveException(KeyreeveError.PermissionDenied, reason);
    }
}
