using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Has an object pushed to a client.</summary>
/// <param name="Get">Which object, and in which form.</param>
public sealed record PutRequest(GetRequest Get);

/// <summary>The object and its attributes. Whoever encodes it disposes of it.</summary>
public sealed class PutResponse : IDisposable
{
    /// <summary>The object's identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it holds.</summary>
    public required ObjectValue Value { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

/// <summary>
/// KMIP 2.1 §6.2.3 Put, which the server sends: decided and recorded as a Get by the client that receives it. It is no Get: the object
/// stays Fresh.
/// </summary>
public sealed class PutOperation : ObjectOperation<PutRequest, PutResponse>, IGuarded<PutRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Put;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(PutRequest request) => request.Get.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<PutResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, PutRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
        return new PutResponse
        {
            Id = found.Id,
            Value = await ReleasedValue.OfAsync(scope, found, request.Get, cancellationToken),
            Attributes = VisibleAttributes.Of(found, mayGet: true),
        };
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, PutRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var found = target.Object!;
        ReleasedValue.RequireRelease(found, request.Get);
        return GuardedActs.Export(scope, found, request.Get);
    }
}
