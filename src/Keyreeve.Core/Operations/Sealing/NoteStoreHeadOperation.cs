using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that the store's head go up.</summary>
public sealed record NoteStoreHeadRequest;

/// <summary>Raises the number by which a store that was put back is found out, in store and trail at once.</summary>
public sealed class NoteStoreHeadOperation(StoreHead head) : SealOperation<NoteStoreHeadRequest, NotedStoreHead>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.NoteStoreHead;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<NotedStoreHead> ExecuteAsync(
        OperationScope scope, OperationTarget target, NoteStoreHeadRequest request, CancellationToken cancellationToken)
    {
        var (number, document) = await head.NextAsync(cancellationToken);
        scope.Write(document);
        var rule = scope.Engine.Access.Of(TenantId.Default).Approvals.Of(ApprovalKind.Restore, null, null);
        scope.Audit.Detail = StoreHead.Tell(number, rule is { IsWaived: false });
        return new NotedStoreHead(number);
    }
}

/// <summary>The store's head.</summary>
/// <param name="Number">Its number.</param>
public sealed record NotedStoreHead(long Number);
