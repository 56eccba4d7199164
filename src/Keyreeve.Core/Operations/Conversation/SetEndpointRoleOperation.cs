namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Asks the server to be server or client on this connection.</summary>
/// <param name="IsServer">Whether it is to be the server.</param>
public sealed record SetEndpointRoleRequest(bool IsServer);

/// <summary>The server is the server.</summary>
public sealed record SetEndpointRoleResponse;

/// <summary>
/// KMIP 2.1 §6.1.54 Set Endpoint Role. The server stays the server: what it sends of itself goes over a connection of its own, to the
/// endpoint of its configuration and to no other.
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
        OperationScope scope, OperationTarget target, SetEndpointRoleRequest request, CancellationToken cancellationToken) => request.IsServer
            ? new(new SetEndpointRoleResponse())
            : throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "The server stays the server; it notifies clients over a connection of its own, where it is configured to.");
}
