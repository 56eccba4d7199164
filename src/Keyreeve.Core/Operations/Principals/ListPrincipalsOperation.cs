using System.Collections.Immutable;
using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks who is known.</summary>
public sealed record ListPrincipalsRequest;

/// <summary>Lists the principals of the tenant.</summary>
public sealed class ListPrincipalsOperation(PrincipalDirectory directory) : Operation<ListPrincipalsRequest, ImmutableArray<EnrolledPrincipal>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ListPrincipals;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListPrincipalsRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<ImmutableArray<EnrolledPrincipal>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListPrincipalsRequest request, CancellationToken cancellationToken)
    {
        var principals = directory.List(scope.Tenant);
        scope.Audit.Count = principals.Length;
        return ValueTask.FromResult(principals);
    }
}
