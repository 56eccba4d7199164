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

    internal static KmipException From(in ResponseBatchItem item) => new(item.ResultStatus, item.ResultReason, item.ResultMessage);
}
