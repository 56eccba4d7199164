using System.Collections.Immutable;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for a key's versions.</summary>
/// <param name="Key">Which key.</param>
public sealed record ListVersionsRequest(KeySelector Key);

/// <summary>Tells what is known of every version of a key, oldest first.</summary>
public sealed class ListVersionsOperation : Operation<ListVersionsRequest, ImmutableArray<KeyVersion>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ListVersions;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListVersionsRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<ImmutableArray<KeyVersion>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListVersionsRequest request, CancellationToken cancellationToken)
    {
        KeyVersions.RequireSymmetricKey(target.Object!);
        var versions = await scope.Engine.Objects.FindVersionsAsync(scope.Tenant, target.Object!.KeyIdentifier, cancellationToken);
        scope.Audit.Count = versions.Count;
        return [.. versions.Select(KeyVersion.Of)];
    }
}
