using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for a new version of a key.</summary>
/// <param name="Key">Which key.</param>
public sealed record RotateKeyRequest(KeySelector Key);

/// <summary>
/// Gives a key a new current version. The name moves to it, both are linked, and the older one goes on decrypting: all in
/// one commit. Of two rotations at once one is first, and the other is made again on what is there then.
/// </summary>
public sealed class RotateKeyOperation : Operation<RotateKeyRequest, NamedKey>, IRepeatable<RotateKeyRequest, NamedKey>
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
        RequireRotatable(old);
        return NamedKey.Of(await KeyVersions.StageNextAsync(scope, old, cancellationToken));
    }

    /// <inheritdoc/>
    public void Describe(RotateKeyRequest request, RequestDigest digest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add(request.Key.ToString());
    }

    /// <inheritdoc/>
    public byte[] Remember(NamedKey response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<NamedKey> RecallAsync(
        OperationScope scope, RotateKeyRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        KeyVersions.RecallAsync(scope, remembered, cancellationToken);

    private static void RequireRotatable(ManagedObject current)
    {
        if (current.State is State.Destroyed or State.DestroyedCompromised)
            throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The key was destroyed.");
        if (current.IsDisabled || current.DestructionDate is not null)
            throw new KeyreeveException(KeyreeveError.KeyDisabled, "A key that is disabled or going to be destroyed is not rotated; enable it first.");
        if (current.State == State.PreActive)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "A key that was never Active is not rotated; activate it first.");
        // A new version of it would be marked as wrapped while it is not, and could leave in clear.
        if (current.Material is null || current.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "A key that was registered wrapped, or without its value, is not rotated here.");
    }
}
