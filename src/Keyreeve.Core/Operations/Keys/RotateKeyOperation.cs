using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for a new version of a key.</summary>
/// <param name="Key">Which key.</param>
public sealed record RotateKeyRequest(KeySelector Key);

/// <summary>
/// Gives a key a new current version. The name moves to it, both are linked, and the older one goes on decrypting: all in
/// one commit. Of two rotations at once one happens, and the other is refused as a <see cref="KeyreeveError.Conflict"/>.
/// </summary>
public sealed class RotateKeyOperation : Operation<RotateKeyRequest, NamedKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Rotate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, RotateKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, RotateKeyRequest request, CancellationToken cancellationToken)
    {
        var old = target.Object!;
        KeyVersions.RequireSymmetricKey(old);
        var asked = $"RotateKey\0{old.KeyIdentifier}";
        if (await Idempotency.FindAsync(scope, asked, cancellationToken) is not null) return NamedKey.Of(old);

        RequireRotatable(old);
        var (replaced, replacement) = KeyVersions.MakeNext(scope, old);
        scope.Update(replaced);
        scope.Insert(replacement);
        scope.Audit.KeyVersion = replacement.KeyVersion;
        scope.Audit.Algorithm = replacement.CryptographicAlgorithm.ToString();
        Idempotency.Remember(scope, asked, replacement.Id);
        return NamedKey.Of(replacement);
    }

    private static void RequireRotatable(ManagedObject current)
    {
        if (current.State is State.Destroyed or State.DestroyedCompromised)
            throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The key was destroyed.");
        if (current.IsDisabled || current.DestructionDate is not null)
            throw new KeyreeveException(KeyreeveError.KeyDisabled, "A key that is disabled or going to be destroyed is not rotated; enable it first.");
        if (current.State == State.PreActive)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "A key that was never Active is not rotated; activate it first.");
    }
}
