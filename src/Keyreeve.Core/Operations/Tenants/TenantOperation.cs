using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>An operation about tenants, which those of the root tenant alone may ask; for the others there are none but their own.</summary>
public abstract class TenantOperation<TRequest, TResponse> : Operation<TRequest, TResponse>
    where TRequest : class
{
    /// <summary>The longest reason, in characters.</summary>
    protected const int LongestReason = 256;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, TRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.Tenant == TenantId.Default
            ? ValueTask.FromResult(default(OperationTarget))
            : throw new KeyreeveException(KeyreeveError.PermissionDenied, "Tenants are looked after in the root tenant.");
    }

    /// <summary>The tenant of a name, of which there is something left.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>: there is none;
    /// <see cref="KeyreeveError.ObjectDestroyed"/>: it was deleted; <see cref="KeyreeveError.InvalidField"/>: it is the root tenant.</exception>
    private protected static Tenant Require(OperationScope scope, string name)
    {
        var found = scope.Engine.Tenants.Find(name) ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no tenant of that name.");
        if (found.Id == TenantId.Default) throw new KeyreeveException(KeyreeveError.InvalidField, "The root tenant can neither be frozen nor deleted.");
        if (found.State == TenantState.Deleted) throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The tenant was deleted.");
        return found;
    }

    /// <summary>Stages another State.</summary>
    private protected static Tenant Change(OperationScope scope, Tenant tenant, TenantState state, string? reason)
    {
        if (reason is not null && (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl)))
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A reason has 1 to {LongestReason} characters, and no control characters.");
        var changed = tenant with { State = state, ChangedAt = scope.Now, ChangedBy = scope.Call.Principal.Name, Reason = reason };
        scope.Engine.Tenants.Write(scope, changed);
        scope.Audit.Detail = tenant.Told + (reason is null ? "" : $": {reason}");
        return changed;
    }
}
