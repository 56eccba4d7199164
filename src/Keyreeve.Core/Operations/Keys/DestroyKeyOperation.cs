using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be destroyed for good.</summary>
/// <param name="Key">Which key.</param>
/// <param name="Confirmation">The key's name once more, or its identifier if it has none.</param>
public sealed record DestroyKeyRequest(KeySelector Key, string Confirmation);

/// <summary>
/// Destroys all versions of a key in one commit: their material is gone, and with it whatever was encrypted under them.
/// What is known of them stays, under their identifiers; the name is free for another key.
/// </summary>
public sealed class DestroyKeyOperation : Operation<DestroyKeyRequest, NamedKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Destroy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DestroyKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, DestroyKeyRequest request, CancellationToken cancellationToken)
    {
        var current = target.Object!;
        KeyVersions.RequireSymmetricKey(current);
        if (!string.Equals(request.Confirmation, current.Name ?? current.KeyIdentifier.ToString(), StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "The confirmation is not the key's name; nothing was destroyed.");

        var destroyed = current;
        foreach (var version in await KeyVersions.AllAsync(scope, current, cancellationToken))
        {
            if (version.State is State.Destroyed or State.DestroyedCompromised) continue;
            var after = KeyVersions.Destroy(version, scope.Now);
            scope.Update(after);
            scope.Audit.Count++;
            if (version.Id == current.Id) destroyed = after;
        }

        return NamedKey.Of(destroyed);
    }
}
