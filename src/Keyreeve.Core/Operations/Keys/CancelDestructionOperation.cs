using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be kept after all.</summary>
/// <param name="Key">Which.</param>
public sealed record CancelDestructionRequest(KeySelector Key);

/// <summary>Takes back <see cref="ScheduleDestructionOperation"/>: the key can be used again. Without a date nothing changes.</summary>
public sealed class CancelDestructionOperation : WholeKeyChange<CancelDestructionRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.CancelDestruction;

    /// <inheritdoc/>
    protected override KeySelector KeyOf(CancelDestructionRequest request) => request.Key;

    /// <inheritdoc/>
    protected override AttributeSet Change(OperationScope scope, ManagedObject version, CancelDestructionRequest request) =>
        version.Attributes.Without(AttributeName.DestructionDate);
}
