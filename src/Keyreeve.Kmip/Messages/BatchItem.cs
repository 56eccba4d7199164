using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Messages;

/// <summary>One operation asked for. KMIP 2.1 §8.3. Its payload is read with <see cref="EncodedPayload.Decode{TPayload}"/>.</summary>
public readonly struct RequestBatchItem : IWireStructure<RequestBatchItem>
{
    /// <summary>Which operation; a number that no version names comes through.</summary>
    public Operation Operation { get; init; }

    /// <summary>Whether the result stays with the server: a Boolean in KMIP 2.x, an Enumeration in 3.0.</summary>
    public KmipValue? Ephemeral { get; init; }

    /// <summary>The client's name for this item; required in batches of several. A view of the message.</summary>
    public ReadOnlyMemory<byte>? UniqueBatchItemId { get; init; }

    /// <summary>What the operation takes; not looked into yet.</summary>
    public EncodedPayload RequestPayload { get; init; }

    /// <summary>What vendors add.</summary>
    public ImmutableArray<MessageExtension> MessageExtensions { get; init; }

    /// <inheritdoc/>
    public static RequestBatchItem Exchange<TCodec>(ref TCodec codec, in RequestBatchItem value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Operation = codec.Enumeration(Tag.Operation, value.Operation),
            Ephemeral = VersionDifferences.Ephemeral(ref codec, value.Ephemeral),
            UniqueBatchItemId = codec.OptionalBytes(Tag.UniqueBatchItemID, value.UniqueBatchItemId),
            RequestPayload = codec.Payload(Tag.RequestPayload, value.RequestPayload),
            MessageExtensions = codec.Structures(Tag.MessageExtension, value.MessageExtensions),
        };
}

/// <summary>One operation's result. KMIP 2.1 §8.6.</summary>
public readonly struct ResponseBatchItem : IWireStructure<ResponseBatchItem>
{
    /// <summary>Which operation; absent when the request could not be read so far.</summary>
    public Operation? Operation { get; init; }

    /// <summary>The client's name for the item. A view of the message.</summary>
    public ReadOnlyMemory<byte>? UniqueBatchItemId { get; init; }

    /// <summary>How it went.</summary>
    public ResultStatus ResultStatus { get; init; }

    /// <summary>Why it failed.</summary>
    public ResultReason? ResultReason { get; init; }

    /// <summary>Why it failed, for people.</summary>
    public string? ResultMessage { get; init; }

    /// <summary>By what to ask for the result of a pending operation. A view of the message.</summary>
    public ReadOnlyMemory<byte>? AsynchronousCorrelationValue { get; init; }

    /// <summary>What the operation returns; absent on failure.</summary>
    public EncodedPayload? ResponsePayload { get; init; }

    /// <summary>What vendors add.</summary>
    public ImmutableArray<MessageExtension> MessageExtensions { get; init; }

    /// <inheritdoc/>
    public static ResponseBatchItem Exchange<TCodec>(ref TCodec codec, in ResponseBatchItem value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var beginning = ExchangeBeforePayload(ref codec, value);
        return new()
        {
            Operation = beginning.Operation,
            UniqueBatchItemId = beginning.UniqueBatchItemId,
            ResultStatus = beginning.ResultStatus,
            ResultReason = beginning.ResultReason,
            ResultMessage = beginning.ResultMessage,
            AsynchronousCorrelationValue = beginning.AsynchronousCorrelationValue,
            ResponsePayload = codec.Has(Tag.ResponsePayload, value.ResponsePayload.HasValue)
                ? codec.Payload(Tag.ResponsePayload, value.ResponsePayload.GetValueOrDefault())
                : null,
            MessageExtensions = codec.Structures(Tag.MessageExtension, value.MessageExtensions),
        };
    }

    /// <summary>The fields before the payload, for a writer that writes the payload itself.</summary>
    internal static ResponseBatchItem ExchangeBeforePayload<TCodec>(ref TCodec codec, in ResponseBatchItem value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Operation = codec.OptionalEnumeration(Tag.Operation, value.Operation),
            UniqueBatchItemId = codec.OptionalBytes(Tag.UniqueBatchItemID, value.UniqueBatchItemId),
            ResultStatus = codec.Enumeration(Tag.ResultStatus, value.ResultStatus),
            ResultReason = codec.OptionalEnumeration(Tag.ResultReason, value.ResultReason),
            ResultMessage = codec.OptionalText(Tag.ResultMessage, value.ResultMessage),
            AsynchronousCorrelationValue = codec.OptionalBytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
        };
}
