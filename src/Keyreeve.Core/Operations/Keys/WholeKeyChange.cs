using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>A change that every version of a key makes together, in one commit: there is no moment at which it holds for some.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
public abstract class WholeKeyChange<TRequest> : Operation<TRequest, NamedKey>
    where TRequest : class
{
    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <summary>Which key.</summary>
    protected abstract KeySelector KeyOf(TRequest request);

    /// <summary>One version's attributes after the change; the same set if the version is not concerned.</summary>
    protected abstract AttributeSet Change(OperationScope scope, ManagedObject version, TRequest request);

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, TRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, KeyOf(request), cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, TRequest request, CancellationToken cancellationToken)
    {
        var current = target.Object!;
        KeyVersions.RequireSymmetricKey(current);
        RequireNotDestroyed(current);
        var changed = current;
        foreach (var version in await scope.VersionsAsync(current, cancellationToken))
        {
            var attributes = Change(scope, version, request);
            if (ReferenceEquals(attributes, version.Attributes)) continue;
            var after = version with { Attributes = attributes.With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now)) };
            scope.Update(after);
            scope.Audit.Count++;
            if (version.Id == current.Id) changed = after;
        }

        return NamedKey.Of(changed);
    }

    /// <summary>What was destroyed does not change.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ObjectDestroyed"/>.</exception>
    internal static void RequireNotDestroyed(ManagedObject current)
    {
        if (current.State is State.Destroyed or State.DestroyedCompromised)
            throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The key was destroyed.");
    }
}
