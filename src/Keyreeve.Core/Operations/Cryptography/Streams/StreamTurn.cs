namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>
/// One request's turn at a message that comes in parts. If it is not completed, the message is gone: after a part that failed
/// nobody could tell how far it is. Used as <c>using var turn = …</c>.
/// </summary>
internal sealed class StreamTurn(StreamTable table, OpenStream stream) : IDisposable
{
    private bool _isCompleted;

    /// <summary>Names the message to the client.</summary>
    public ReadOnlyMemory<byte> CorrelationValue => stream.CorrelationValue;

    /// <summary>What is kept of the message.</summary>
    public TState State<TState>()
        where TState : DataStream => (TState)stream.State;

    /// <summary>
    /// What this very request was answered already, if it is run again because what it changed besides (Usage Limits) lost a
    /// race at the commit: the message must not take the part twice.
    /// </summary>
    public TResponse? EarlierAnswer<TResponse>(OperationScope scope, object request)
        where TResponse : class
    {
        if (!ReferenceEquals(stream.LastRequest, request) || stream.LastResponse is null) return null;
        if (stream.LastResponse is not FinishedAnswer finished) return Complete(scope, request, (TResponse)stream.LastResponse, isLast: false);
        return Complete(scope, request, (TResponse)finished.Response, isLast: true);
    }

    /// <summary>The part was taken in.</summary>
    public TResponse Complete<TResponse>(OperationScope scope, object request, TResponse response, bool isLast)
        where TResponse : class
    {
        _isCompleted = true;
        if (!scope.HasChanges)
        {
            // There is no second run, and nothing need be kept for it.
            table.Forget(stream, stream.LastRequest ?? request);
            if (isLast) table.Remove(stream);
            else table.Release(stream);
            return response;
        }

        stream.LastRequest = request;
        stream.LastResponse = isLast ? new FinishedAnswer(response) : response;
        if (isLast) scope.OnCommitted(() => table.Remove(stream));
        else scope.OnCommitted(() => table.Forget(stream, request));
        table.Release(stream);
        return response;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isCompleted) table.Remove(stream);
    }
}

/// <summary>The answer to a last part: nothing but the same request goes on with the message.</summary>
internal sealed record FinishedAnswer(object Response);
