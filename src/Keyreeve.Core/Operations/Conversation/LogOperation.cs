namespace Keyreeve.Core.Operations.Conversation;

/// <summary>Has a message written down.</summary>
/// <param name="Message">The message.</param>
public sealed record LogRequest(string Message);

/// <summary>It is written.</summary>
public sealed record LogResponse;

/// <summary>
/// KMIP 2.1 §6.1.29 Log. The message goes into the audit record of the request itself: in order, durable, and under the name of
/// who sent it, so that no message can pass for another's or for one of the server's.
/// </summary>
public sealed class LogOperation : Operation<LogRequest, LogResponse>
{
    /// <summary>The longest message, in characters.</summary>
    public const int LongestMessage = 1024;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Log;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, LogRequest request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<LogResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, LogRequest request, CancellationToken cancellationToken)
    {
        if (request.Message.Length > LongestMessage)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A Log Message has at most {LongestMessage} characters.");
        scope.Audit.Detail = $"client: {request.Message}";
        return new(new LogResponse());
    }
}
