using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>An operation about the server's root of trust, which belongs to no key group and to no tenant but the first.</summary>
public abstract class SealOperation<TRequest, TResponse> : Operation<TRequest, TResponse>
    where TRequest : class
{
    /// <inheritdoc/>
    public override bool RunsWhileSuspended => true;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, TRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return scope.Tenant == TenantId.Default
            ? ValueTask.FromResult(default(OperationTarget))
            : throw new KeyreeveException(KeyreeveError.PermissionDenied, "The root of trust is not a tenant's.");
    }
}
