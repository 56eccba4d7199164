using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key be used by nobody until it is enabled.</summary>
/// <param name="Key">Which.</param>
public sealed record DisableKeyRequest(KeySelector Key);

/// <summary>Stops every use of every version of a key at once; nothing is lost.</summary>
public sealed class DisableKeyOperation : WholeKeyChange<DisableKeyRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Disable;

    /// <inheritdoc/>
    protected override KeySelector KeyOf(DisableKeyRequest request) => request.Key;

    /// <inheritdoc/>
    protected override AttributeSet Change(OperationScope scope, ManagedObject version, DisableKeyRequest request) =>
        version.IsDisabled ? version.Attributes : version.Attributes.With(AttributeName.Disabled, AttributeValue.Of(true));
}
