using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Grants;

/// <summary>Asks that a grant hold no more.</summary>
/// <param name="Id">Which.</param>
public sealed record RevokeGrantRequest(UniqueIdentifier Id);

/// <summary>
/// Ends a grant: whoever gave it may, and whoever has it gives it back by this; a security officer ends those of others. What was handed on of it ends
/// with it.
/// </summary>
/// <param name="isOwn">Whether the caller gave it or has it.</param>
public sealed class RevokeGrantOperation(bool isOwn) : Operation<RevokeGrantRequest, KeyGrant>
{
    /// <inheritdoc/>
    public override OperationName Name => isOwn ? OperationName.RevokeOwnGrant : OperationName.RevokeGrant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <summary>Whether somebody gave a grant or has it.</summary>
    public static bool IsOf(AccessRules rules, Principal principal, UniqueIdentifier id)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(principal);
        return rules.Of(principal.Tenant).Grants.All.Any(g => g.Id == id && IsOf(g, principal));
    }

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RevokeGrantRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override ValueTask<KeyGrant> ExecuteAsync(
        OperationScope scope, OperationTarget target, RevokeGrantRequest request, CancellationToken cancellationToken)
    {
        var grant = scope.Engine.Access.Of(scope.Tenant).Grants.All.FirstOrDefault(g => g.Id == request.Id && (!isOwn || IsOf(g, scope.Call.Principal)))
            ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no such grant.");
        scope.Audit.Detail = $"{grant.Rule} of '{grant.GrantedBy}' to '{grant.GrantedTo}' for the key {grant.Key}";
        scope.Engine.Access.Remove(scope, grant);
        return ValueTask.FromResult(grant);
    }

    private static bool IsOf(KeyGrant grant, Principal principal) =>
        string.Equals(grant.GrantedBy, principal.Name, StringComparison.Ordinal) || string.Equals(grant.GrantedTo, principal.Name, StringComparison.Ordinal);
}
