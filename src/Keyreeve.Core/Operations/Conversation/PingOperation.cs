namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Asks whether the server is there.</summary>
public sealed record PingRequest;

/// <summary>It is.</summary>
public sealed record PingResponse;

/// <summary>KMIP 2.1 §6.1.36 Ping. It is recorded like everything else, which proves that the audit trail can be written too.</summary>
public sealed class PingOperation : Operation<PingRequest, PingResponse>
{
    private static readonly PingResponse Alive = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Ping;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, PingRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<PingResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, PingRequest request, CancellationToken cancellationToken) => new(Alive);
}
