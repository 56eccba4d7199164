using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be destroyed later.</summary>
/// <param name="Key">Which.</param>
/// <param name="After">How long from now: <see cref="ScheduleDestructionOperation.ShortestWait"/> to <see cref="ScheduleDestructionOperation.LongestWait"/>.</param>
public sealed record ScheduleDestructionRequest(KeySelector Key, TimeSpan After);

/// <summary>
/// Announces a key's destruction. Until its day the key cannot be used, so that whoever still needs it is heard from, and
/// <see cref="CancelDestructionOperation"/> brings it back; then the server destroys it. Asked again, the date moves.
/// </summary>
public sealed class ScheduleDestructionOperation : WholeKeyChange<ScheduleDestructionRequest>
{
    /// <summary>One hour.</summary>
    public static TimeSpan ShortestWait { get; } = TimeSpan.FromHours(1);

    /// <summary>Seven days.</summary>
    public static TimeSpan DefaultWait { get; } = TimeSpan.FromDays(7);

    /// <summary>Thirty days.</summary>
    public static TimeSpan LongestWait { get; } = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.ScheduleDestruction;

    /// <inheritdoc/>
    protected override KeySelector KeyOf(ScheduleDestructionRequest request) => request.Key;

    /// <inheritdoc/>
    protected override AttributeSet Change(OperationScope scope, ManagedObject version, ScheduleDestructionRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(version);
        if (request.After < ShortestWait || request.After > LongestWait)
            throw new KeyreeveException(KeyreeveError.InvalidField, "A key is destroyed 1 hour to 30 days from now.");
        return version.Attributes.With(AttributeName.DestructionDate, AttributeValue.Of(scope.Now + request.After));
    }
}
