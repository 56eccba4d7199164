using Keyreeve.Kmip.Messages;

namespace Keyreeve.Kmip.Client;

/// <summary>The server answered that an operation failed.</summary>
public sealed class KmipException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="resultStatus">How it went.</param>
    /// <param name="resultReason">Why.</param>
    /// <param name="resultMessage">Why, in the server's words.</param>
    public KmipException(ResultStatus resultStatus, ResultReason? resultReason, string? resultMessage)
        : base($"{resultStatus}{(resultReason is { } reason ? $": {reason}" : "")}{(resultMessage is null ? "" : $" ({resultMessage})")}")
    {
        ResultStatus = resultStatus;
        ResultReason = resultReason;
        ResultMessage = resultMessage;
    }

    /// <summary>How it went.</summary>
    public ResultStatus ResultStatus { get; }

    /// <summary>Why.</summary>
    public ResultReason? ResultReason { get; }

    /// <summary>Why, in the server's words.</summary>
    public string? ResultMessage { get; }

    /// <summary>Whether this client found the fault, and not the server.</summary>
    internal bool IsOfThisClient { get; private init; }

    internal static KmipException OfThisClient(ResultReason? reason, string message) =>
        new(ResultStatus.OperationFailed, reason, message) { IsOfThisClient = true };

    /// <summary>The operation that failed, where it is known.</summary>
    public Operation? Operation { get; private init; }

    /// <inheritdoc/>
    public override string Message => Operation is { } operation ? $"{operation}: {base.Message}" : base.Message;

    internal static KmipException From(in ResponseBatchItem item, Operation operation) =>
        new(item.ResultStatus, item.ResultReason, item.ResultMessage) { Operation = operation };
}
