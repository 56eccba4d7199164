using System.Collections.Immutable;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks what new objects have to be like.</summary>
public sealed record GetConstraintsRequest;

/// <summary>The constraints that hold.</summary>
/// <param name="Constraints">The constraints.</param>
public sealed record GetConstraintsResponse(ImmutableArray<ObjectRule> Constraints);

/// <summary>Tells the tenant's constraints.</summary>
public sealed class GetConstraintsOperation : Operation<GetConstraintsRequest, GetConstraintsResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetConstraints;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, GetConstraintsRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<GetConstraintsResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetConstraintsRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new GetConstraintsResponse(scope.Engine.Rules.Of(scope.Tenant).Constraints));
}
