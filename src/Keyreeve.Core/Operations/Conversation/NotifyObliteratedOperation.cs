using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Has a client told that nothing is left of an object.</summary>
/// <param name="Gone">The object as it was.</param>
public sealed record NotifyObliteratedRequest(ManagedObject Gone);

/// <summary>
/// KMIP 2.1 §6.2.2 Notify of what Obliterate has taken: its State is as after Destroy, which says as much in every version. Decided and
/// recorded as reading the attributes by the client that receives it, though there is nothing to read any more.
/// </summary>
public sealed class NotifyObliteratedOperation : Operation<NotifyObliteratedRequest, NotifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Notify;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, NotifyObliteratedRequest request, CancellationToken cancellationToken) => new(OperationTarget.Of(request.Gone));

    /// <inheritdoc/>
    protected internal override ValueTask<NotifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, NotifyObliteratedRequest request, CancellationToken cancellationToken)
    {
        var isCompromised = request.Gone.State is State.Compromised or State.DestroyedCompromised;
        var told = AttributeSet.Empty
            .With(AttributeName.State, AttributeValue.Of(isCompromised ? State.DestroyedCompromised : State.Destroyed))
            .With(AttributeName.LastChangeDate, AttributeValue.Of(scope.Now));
        return new(new NotifyResponse(request.Gone.Id, [.. told.Instances], []));
    }
}
