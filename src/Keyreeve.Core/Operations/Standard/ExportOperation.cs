using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>An object with all its attributes. Whoever encodes it disposes of it.</summary>
public sealed class ExportResponse : IDisposable
{
    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>What it holds; null once destroyed.</summary>
    public required ObjectValue? Value { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Value?.Dispose();
}

/// <summary>KMIP 2.1 §6.1.18 Export: as Get, with the attributes; of an object that was destroyed the attributes alone.</summary>
public sealed class ExportOperation : ObjectOperation<GetRequest, ExportResponse>, IGuarded<GetRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Export;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<ExportResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
        // spec: KMIP 2.1 §6.1.18 "If the Managed Object has been Destroyed then the key material for the specified managed object
        // SHALL not be returned in the response."
        var isDestroyed = found.State is State.Destroyed or State.DestroyedCompromised;
        if (!isDestroyed) KeyUse.RequireInUse(found);
        return new ExportResponse
        {
            Id = found.Id,
            ObjectType = found.ObjectType,
            Attributes = VisibleAttributes.Of(found, mayGet: true),
            Value = isDestroyed ? null : await ReleasedValue.OfAsync(scope, found, request, cancellationToken),
        };
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, GetRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var found = target.Object!;
        if (found.State is State.Destroyed or State.DestroyedCompromised) return null;
        KeyUse.RequireInUse(found);
        ReleasedValue.RequireRelease(found, request);
        return GuardedActs.Export(scope, found, request);
    }
}
