namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Asks the server to be server or client on this connection.</summary>
/// <param name="IsServer">Whether it is to be the server.</param>
/// <param name="Turn">Has the server be the client once the request is answered; null if the request came by no connection that can be turned.</param>
public sealed record SetEndpointRoleRequest(bool IsServer, Action? Turn);

/// <summary>The role that the server takes.</summary>
/// <param name="IsServer">Whether it is the server.</param>
public sealed record SetEndpointRoleResponse(bool IsServer);

/// <summary>
/// KMIP 2.1 §6.1.54 Set Endpoint Role. As a client the server tells the holder of the connection's certificate of what it may know,
/// and of nothing else: the role of the connection changes, nobody's rights do.
/// </summary>
public sealed class SetEndpointRoleOperation : Operation<SetEndpointRoleRequest, SetEndpointRoleResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SetEndpointRole;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, SetEndpointRoleRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<SetEndpointRoleResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SetEndpointRoleRequest request, CancellationToken cancellationToken)
    {
        if (!request.IsServer) Turn(scope, request);
        return new(new SetEndpointRoleResponse(request.IsServer));
    }

    private static void Turn(OperationScope scope, SetEndpointRoleRequest request)
    {
        if (request.Turn is null) throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Only a connection of KMIP's own port can be turned.");
        // What is told over it would not be narrowed to what the ticket allows.
        if (scope.Call.Rights is not null) throw new KeyreeveException(KeyreeveError.PermissionDenied, "A ticket turns no connection.");
        request.Turn();
    }
}
