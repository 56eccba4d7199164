using Keyreeve.Core.Access.Approvals;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>
/// Keeps what somebody tried that takes others to agree. No front door offers it: who tries has asked. From then on nobody
/// acts alone there, whoever is left.
/// </summary>
internal sealed class RequestApprovalOperation : Operation<ApprovalRequest, ApprovalRequest>
{
    public static RequestApprovalOperation Instance { get; } = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.RequestApproval;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public override bool TakesArchived => true;

    /// <inheritdoc/>
    public override bool RunsWhileSuspended => true;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ApprovalRequest request, CancellationToken cancellationToken) => new(
        request.Group, request.ObjectId is { } id ? await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) : null);

    /// <inheritdoc/>
    protected internal override async ValueTask<ApprovalRequest> ExecuteAsync(
        OperationScope scope, OperationTarget target, ApprovalRequest request, CancellationToken cancellationToken)
    {
        scope.Audit.Detail = $"{request.Id}, {ApprovalKinds.WordOf(request.Kind)}, needs {request.Needed} until {request.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}: {request.Summary}";
        await scope.Engine.Approvals.AddAsync(scope, request, cancellationToken);
        await TwoPersonRule.NoteOfficersAsync(scope, request.Group, cancellationToken);
        return request;
    }
}
