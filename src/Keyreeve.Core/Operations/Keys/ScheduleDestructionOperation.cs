using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using System.Xml;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be destroyed later.</summary>
/// <param name="Key">Which.</param>
/// <param name="After">How long from now: <see cref="DestructionRule.ShortestWait"/> to <see cref="DestructionRule.LongestWait"/>; null: as
/// long as keys of its group are waited for.</param>
public sealed record ScheduleDestructionRequest(KeySelector Key, TimeSpan? After = null);

/// <summary>
/// Announces a key's destruction. Until its day the key cannot be used, so that whoever still needs it is heard from, and
/// <see cref="CancelDestructionOperation"/> brings it back; then the server destroys it. Asked again, the date moves. Sooner than keys of its
/// group are waited for, others have to agree.
/// </summary>
public sealed class ScheduleDestructionOperation : WholeKeyChange<ScheduleDestructionRequest>, IGuarded<ScheduleDestructionRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ScheduleDestruction;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, ScheduleDestructionRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var found = target.Object!;
        KeyVersions.RequireSymmetricKey(found);
        RequireNotDestroyed(found);
        var after = TimeOf(scope, found, request);
        var wait = scope.Engine.Access.Of(scope.Tenant).Approvals.WaitIn(found.Group);
        var act = GuardedActs.Destruction(scope, found, $"destroy after {XmlConvert.ToString(after)} all versions of the key", static _ => { }) with { IsOfAllVersions = true };
        return wait is { } least && after >= least ? act with { Kind = ApprovalKind.ScheduleDestruction } : act;
    }

    /// <inheritdoc/>
    protected override KeySelector KeyOf(ScheduleDestructionRequest request) => request.Key;

    /// <inheritdoc/>
    protected override AttributeSet Change(OperationScope scope, ManagedObject version, ScheduleDestructionRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(version);
        var date = scope.Now + TimeOf(scope, version, request);
        scope.Audit.Detail = $"at {date:yyyy-MM-dd'T'HH:mm:ss'Z'}";
        return version.Attributes.With(AttributeName.DestructionDate, AttributeValue.Of(date));
    }

    private static TimeSpan TimeOf(OperationScope scope, ManagedObject found, ScheduleDestructionRequest request)
    {
        var after = request.After ?? scope.Engine.Access.Of(scope.Tenant).Approvals.WaitIn(found.Group) ?? DestructionRule.StandardWait;
        return after >= DestructionRule.ShortestWait && after <= DestructionRule.LongestWait
            ? after
            : throw new KeyreeveException(KeyreeveError.InvalidField, "A key is destroyed 1 hour to 30 days from now.");
    }
}
