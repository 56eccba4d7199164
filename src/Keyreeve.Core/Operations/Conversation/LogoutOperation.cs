using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Ends a ticket.</summary>
// A class: a record's generated ToString would print the ticket.
public sealed class LogoutRequest
{
    /// <summary>Its value.</summary>
    public required ReadOnlyMemory<byte> Ticket { get; init; }
}

/// <summary>It has ended.</summary>
public sealed record LogoutResponse;

/// <summary>KMIP 2.1 §6.1.31 Logout.</summary>
/// <param name="book">Where tickets are kept.</param>
public sealed class LogoutOperation(TicketBook book) : Operation<LogoutRequest, LogoutResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Logout;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, LogoutRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<LogoutResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, LogoutRequest request, CancellationToken cancellationToken)
    {
        book.End(scope.Call, request.Ticket.Span);
        return new(new LogoutResponse());
    }
}
