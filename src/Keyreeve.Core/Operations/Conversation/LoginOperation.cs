using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Asks for a ticket.</summary>
/// <param name="Terms">What it is to allow.</param>
public sealed record LoginRequest(TicketTerms Terms);

/// <summary>The ticket.</summary>
// A class: a record's generated ToString would print the ticket.
public sealed class LoginResponse
{
    /// <summary>Its value; whoever has it and the certificate can use it.</summary>
    public required byte[] Ticket { get; init; }
}

/// <summary>KMIP 2.1 §6.1.30 Login, and §6.1.12 Delegated Login, whose ticket allows only what is stated.</summary>
/// <param name="book">Where tickets are kept.</param>
/// <param name="isDelegated">Whether it is Delegated Login.</param>
public sealed class LoginOperation(TicketBook book, bool isDelegated) : Operation<LoginRequest, LoginResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => isDelegated ? OperationName.DelegatedLogin : OperationName.Login;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, LoginRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<LoginResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, LoginRequest request, CancellationToken cancellationToken)
    {
        // A ticket of a ticket would outlive it and outrun its counts.
        if (scope.Call.Rights is not null)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "A ticket does not serve to get another; log in with what it was got by.");
        return new(new LoginResponse { Ticket = book.Issue(scope.Call, request.Terms) });
    }
}
