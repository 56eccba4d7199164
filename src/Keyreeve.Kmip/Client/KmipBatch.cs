using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Kmip.Client;

/// <summary>Several operations in one request, in their order. Not for several threads at once.</summary>
public sealed class KmipBatch
{
    private readonly List<Action<RequestWriter, ImmutableArray<MessageExtension>>> _items = [];

    /// <summary>What the server does when an item fails; Stop if absent.</summary>
    public BatchErrorContinuationOption? BatchErrorContinuationOption { get; init; }

    /// <summary>How many operations there are.</summary>
    public int Count => _items.Count;

    /// <summary>Adds an operation. An absent Unique Identifier means the object of the operation before.</summary>
    /// <param name="request">The operation.</param>
    /// <param name="isEphemeral">Whether the Data it gives is for later operations of the batch alone (<see cref="DataReference"/>), and is not
    /// returned. From KMIP 2.0; before, it is not said.</param>
    /// <returns>By what to find its result in the response.</returns>
    public KmipBatchItem<TResponse> Add<TRequest, TResponse>(IRequestPayload<TRequest, TResponse> request, bool isEphemeral = false)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new()
    {
        KmipClient.ThrowIfNotAClients(TRequest.Operation);
        var payload = (TRequest)request;
        var index = _items.Count;
        _items.Add((writer, extensions) => writer.WriteItem(new RequestBatchItem
        {
            Operation = TRequest.Operation,
            Ephemeral = isEphemeral ? writer.EphemeralData : null,
            UniqueBatchItemId = KmipBatchResponse.IdOf(index),
            MessageExtensions = extensions,
        }, payload));
        return new KmipBatchItem<TResponse>(index, TRequest.Operation);
    }

    internal void WriteTo(RequestWriter writer, ImmutableArray<MessageExtension> extensions)
    {
        foreach (var item in _items) item(writer, extensions);
    }
}

/// <summary>An operation of a batch.</summary>
/// <typeparam name="TResponse">What it returns.</typeparam>
public readonly record struct KmipBatchItem<TResponse>
{
    internal KmipBatchItem(int index, Operation operation)
    {
        Index = index;
        Operation = operation;
    }

    /// <summary>Its place in the batch, from 0.</summary>
    public int Index { get; }

    /// <summary>The operation.</summary>
    public Operation Operation { get; }
}

/// <summary>The results of a batch. They hold views of the message; <see cref="Dispose"/> wipes it.</summary>
public sealed class KmipBatchResponse : IDisposable
{
    private readonly MessageBuffer _buffer;
    private readonly ResponseMessage _message;

    internal KmipBatchResponse(MessageBuffer buffer, ResponseMessage message)
    {
        _buffer = buffer;
        _message = message;
    }

    /// <summary>The message's header.</summary>
    public ResponseHeader Header => _message.Header;

    /// <summary>What an operation returned; views of the message.</summary>
    /// <exception cref="KmipException">It failed, or the server stopped before it.</exception>
    /// <exception cref="Ttlv.TtlvException">The server's answer is not valid.</exception>
    public TResponse Get<TResponse>(KmipBatchItem<TResponse> item)
        where TResponse : IWireStructure<TResponse>, new()
    {
        ObjectDisposedException.ThrowIf(_buffer.IsDisposed, this);
        var place = 0;
        foreach (var result in _message.Items)
        {
            var isIt = result.UniqueBatchItemId is { } id ? id.Span.SequenceEqual(IdOf(item.Index)) : place == item.Index;
            place++;
            if (isIt) return KmipClient.PayloadOf<TResponse>(result, _message.Header.ProtocolVersion, item.Operation);
        }

        throw KmipException.OfThisClient(null, $"The server stopped before this {item.Operation}.");
    }

    /// <summary>Wipes the message.</summary>
    public void Dispose() => _buffer.Dispose();

    internal static byte[] IdOf(int index) => [(byte)(index >> 24), (byte)((index >> 16) & 0xFF), (byte)((index >> 8) & 0xFF), (byte)(index & 0xFF)];
}
