using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be destroyed for good.</summary>
/// <param name="Key">Which key.</param>
/// <param name="Confirmation">The key's name once more, or its identifier if it has none.</param>
/// <param name="OnlyIfScheduled">Whether nothing is destroyed unless the key's date has come by then.</param>
public sealed record DestroyKeyRequest(KeySelector Key, string Confirmation, bool OnlyIfScheduled = false);

/// <summary>
/// Destroys all versions of a key in one commit: their material is gone, and with it whatever was encrypted under them.
/// What is known of them stays, under their identifiers; the name is free for another key.
/// </summary>
public sealed class DestroyKeyOperation : Operation<DestroyKeyRequest, NamedKey>, IGuarded<DestroyKeyRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Destroy;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DestroyKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, DestroyKeyRequest request, CancellationToken cancellationToken)
    {
        var current = target.Object!;
        RequireMeant(current, request);

        var versions = await scope.VersionsAsync(current, cancellationToken);
        if (request.OnlyIfScheduled) RequireDue(versions, current, scope.Now);
        var destroyed = current;
        foreach (var version in versions)
        {
            if (version.State is State.Destroyed or State.DestroyedCompromised)
            {
                // Destroyed before its date, one version alone: what is left of the date would be due for ever.
                if (version.DestructionDate is not null) scope.Update(version with { Attributes = version.Attributes.Without(AttributeName.DestructionDate) });
                continue;
            }

            TokenKeys.StageEnd(scope, version);
            var after = KeyVersions.Destroy(version, scope.Now);
            scope.Update(after);
            scope.Audit.Count++;
            if (version.Id == current.Id) destroyed = after;
        }

        return NamedKey.Of(destroyed);
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, DestroyKeyRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        RequireMeant(target.Object!, request);
        return GuardedActs.Destruction(scope, target.Object!, "destroy at once all versions of the key", static _ => { }) with { IsOfAllVersions = true };
    }

    private static void RequireMeant(ManagedObject current, DestroyKeyRequest request)
    {
        KeyVersions.RequireSymmetricKey(current);
        if (!string.Equals(request.Confirmation, current.Name ?? current.KeyIdentifier.ToString(), StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "The confirmation is not the key's name; nothing was destroyed.");
    }

    // Asked of the versions that are going to be changed: if somebody takes the date back now, the commit fails.
    private static void RequireDue(IReadOnlyList<ManagedObject> versions, ManagedObject current, DateTimeOffset now)
    {
        if (versions.FirstOrDefault(v => v.Id == current.Id)?.DestructionDate is not { } date || date > now)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key is not to be destroyed now; its date was taken back or changed.");
    }
}
