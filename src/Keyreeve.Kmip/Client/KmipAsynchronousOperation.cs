using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Kmip.Client;

/// <summary>An operation that the server may answer later; see <see cref="KmipClient.StartAsync"/>. Not for several threads at
/// once.</summary>
/// <typeparam name="TResponse">What the operation returns.</typeparam>
public sealed class KmipAsynchronousOperation<TResponse> : IDisposable
    where TResponse : IWireStructure<TResponse>, new()
{
    private readonly KmipClient _client;
    private KmipResponse<TResponse>? _answer;

    internal KmipAsynchronousOperation(KmipClient client, Operation operation, KmipResponse<TResponse> answer)
    {
        _client = client;
        Operation = operation;
        _answer = answer;
    }

    internal KmipAsynchronousOperation(KmipClient client, Operation operation, ReadOnlyMemory<byte> correlationValue)
    {
        _client = client;
        Operation = operation;
        CorrelationValue = correlationValue;
    }

    /// <summary>The operation.</summary>
    public Operation Operation { get; }

    /// <summary>By what the server knows it: the Asynchronous Correlation Value; null if it answered at once.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; }

    /// <summary>Asks for the result.</summary>
    /// <returns>The result, to be disposed of; null as long as there is none. It is given once.</returns>
    /// <exception cref="KmipException">The operation failed.</exception>
    public async Task<KmipResponse<TResponse>?> PollAsync(CancellationToken cancellationToken = default)
    {
        if (CorrelationValue is not { } value)
        {
            var answer = _answer ?? throw new InvalidOperationException($"The result of {Operation} has been given already.");
            _answer = null;
            return answer;
        }

        var exchange = await _client.ExchangeAsync(Operation.Poll, new PollRequest { AsynchronousCorrelationValue = value }, null, cancellationToken);
        return exchange.IsPending ? exchange.Drop<TResponse>() : exchange.Read<TResponse>(Operation);
    }

    /// <summary>Asks again and again until there is a result.</summary>
    /// <param name="interval">How long to wait between two questions.</param>
    /// <param name="cancellationToken">Ends the waiting; the operation goes on.</param>
    /// <returns>The result; dispose of it.</returns>
    /// <exception cref="KmipException">The operation failed.</exception>
    public async Task<KmipResponse<TResponse>> WaitAsync(TimeSpan interval, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (await PollAsync(cancellationToken) is { } result) return result;
            await Task.Delay(interval, _client.TimeProvider, cancellationToken);
        }
    }

    /// <summary>Takes the operation back.</summary>
    /// <returns>What became of it; Unable To Cancel if it was answered at once.</returns>
    public async Task<CancellationResult> CancelAsync(CancellationToken cancellationToken = default)
    {
        if (CorrelationValue is not { } value) return CancellationResult.UnableToCancel;
        using var response = await _client.SendAsync(new CancelRequest { AsynchronousCorrelationValue = value }, cancellationToken);
        return response.Payload.CancellationResult;
    }

    /// <summary>Wipes a result that nobody fetched.</summary>
    public void Dispose() => _answer?.Dispose();
}

/// <summary>The answer to a request of one item.</summary>
internal readonly struct SingleAnswer(MessageBuffer buffer, ResponseHeader header, ResponseBatchItem item)
{
    public bool IsPending => item.ResultStatus == ResultStatus.OperationPending;

    /// <summary>What the client has to attest to before the operation is done; null if that is not what the server says. A copy.</summary>
    public Nonce? AttestationDemand => item.ResultReason == ResultReason.AttestationRequired && header.Nonce is { } nonce
        ? new Nonce { NonceId = nonce.NonceId.ToArray(), NonceValue = nonce.NonceValue.ToArray() }
        : null;

    public ReadOnlyMemory<byte>? CorrelationValue => item.AsynchronousCorrelationValue?.ToArray();

    /// <summary>The answer's payload; after an exception, the answer has been wiped.</summary>
    public KmipResponse<TResponse> Read<TResponse>(Operation operation)
        where TResponse : IWireStructure<TResponse>, new()
    {
        try
        {
            return new(buffer, header, KmipClient.PayloadOf<TResponse>(item, header.ProtocolVersion, operation));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>The answer's payload in memory of its own, where nothing in it is secret; the answer is wiped.</summary>
    public TResponse ReadCopy<TResponse>(Operation operation)
        where TResponse : IWireStructure<TResponse>, new()
    {
        var copy = buffer.Memory.ToArray();
        buffer.Dispose();
        var message = ResponseMessage.Decode(copy, maximumItems: 1);
        var items = message.Items.GetEnumerator();
        items.MoveNext();
        return KmipClient.PayloadOf<TResponse>(items.Current, message.Header.ProtocolVersion, operation);
    }

    /// <summary>Wipes an answer that holds no result.</summary>
    public KmipResponse<TResponse>? Drop<TResponse>()
    {
        buffer.Dispose();
        return null;
    }
}
