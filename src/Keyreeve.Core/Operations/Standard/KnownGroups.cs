using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>The Object Groups that a caller can ask about.</summary>
public static class KnownGroups
{
    private const StorageStatusMask AnyStorage = StorageStatusMask.OnLineStorage | StorageStatusMask.ArchivalStorage | StorageStatusMask.DestroyedStorage;

    /// <summary>Checks that there is each of the groups: a rule of the tenant names it, or an object that the caller may see is in it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.UnknownObjectGroup"/>.</exception>
    public static async ValueTask RequireAsync(OperationScope scope, IReadOnlyCollection<string> groups, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(groups);
        var rules = scope.Engine.Rules.Of(scope.Tenant);
        var named = rules.Defaults.Concat(rules.Constraints).SelectMany(static rule => rule.ObjectGroups).ToHashSet(StringComparer.Ordinal);
        foreach (var group in groups)
        {
            if (named.Contains(group)) continue;
            var members = new LocateRequest
            {
                Attributes = [new(AttributeName.ObjectGroup, AttributeValue.Of(group))],
                StorageStatusMask = AnyStorage,
                MaximumItems = 1,
            };
            if ((await new LocateOperation().ExecuteAsync(scope, default, members, cancellationToken)).Ids.IsEmpty)
                throw new KeyreeveException(KeyreeveError.UnknownObjectGroup, $"There is no Object Group '{group}'.");
        }

        // The question is answered, and no object named.
        scope.Audit.Count = 0;
    }
}
