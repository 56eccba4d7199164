using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>An operation about one object that exists, named by its Unique Identifier.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class ObjectOperation<TRequest, TResponse> : Operation<TRequest, TResponse>
    where TRequest : class
{
    /// <summary>Which object the request is about.</summary>
    protected abstract UniqueIdentifier IdOf(TRequest request);

    /// <inheritdoc/>
    protected internal sealed override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, TRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await scope.RequireAsync(IdOf(request), cancellationToken));
}
