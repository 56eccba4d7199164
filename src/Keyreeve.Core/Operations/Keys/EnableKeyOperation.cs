using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks that a key can be used again.</summary>
/// <param name="Key">Which.</param>
public sealed record EnableKeyRequest(KeySelector Key);

/// <summary>Ends <see cref="DisableKeyOperation"/>. Of a key that is not disabled nothing changes.</summary>
public sealed class EnableKeyOperation : WholeKeyChange<EnableKeyRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Enable;

    /// <inheritdoc/>
    protected override KeySelector KeyOf(EnableKeyRequest request) => request.Key;

    /// <inheritdoc/>
    protected override AttributeSet Change(OperationScope scope, ManagedObject version, EnableKeyRequest request) =>
        version.Attributes.Without(AttributeName.Disabled);
}
