using System.Collections.Immutable;
using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Grants;

/// <summary>Asks which grants there are.</summary>
public sealed record ListGrantsRequest;

/// <summary>Lists grants: all of the tenant, or those that the caller gave or has.</summary>
/// <param name="isOwn">Whether only those that the caller gave or has.</param>
public sealed class ListGrantsOperation(bool isOwn) : Operation<ListGrantsRequest, ImmutableArray<KeyGrant>>
{
    /// <inheritdoc/>
    public override OperationName Name => isOwn ? OperationName.ListOwnGrants : OperationName.ListGrants;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListGrantsRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(default(OperationTarget));

    /// <inheritdoc/>
    protected internal override ValueTask<ImmutableArray<KeyGrant>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListGrantsRequest request, CancellationToken cancellationToken)
    {
        var name = scope.Call.Principal.Name;
        ImmutableArray<KeyGrant> grants =
        [
            .. scope.Engine.Access.Of(scope.Tenant).Grants.All
                .Where(g => g.ExpiresAt > scope.Now)
                .Where(g => !isOwn || string.Equals(g.GrantedBy, name, StringComparison.Ordinal) || string.Equals(g.GrantedTo, name, StringComparison.Ordinal))
                .OrderBy(static g => g.CreatedAt),
        ];
        scope.Audit.Count = grants.Length;
        return ValueTask.FromResult(grants);
    }
}
