namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks what is known of a key.</summary>
/// <param name="Key">Which.</param>
public sealed record GetKeyRequest(KeySelector Key);

/// <summary>Tells what is known of a key; nothing secret.</summary>
public sealed class GetKeyOperation : Operation<GetKeyRequest, NamedKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, GetKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetKeyRequest request, CancellationToken cancellationToken)
    {
        KeyVersions.RequireSymmetricKey(target.Object!);
        return ValueTask.FromResult(NamedKey.Of(target.Object!));
    }
}
