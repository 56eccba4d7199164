using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>
/// Poll asks for the result of a pending operation. What answers it is the answer of that operation, under that operation's name.
/// KMIP 2.1 §6.1.38, 1.x §4.30.
/// </summary>
public readonly struct PollRequest : IRequestPayload<PollRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Poll;

    /// <summary>Which operation. A view of the message.</summary>
    public ReadOnlyMemory<byte> AsynchronousCorrelationValue { get; init; }

    /// <inheritdoc/>
    public static PollRequest Exchange<TCodec>(ref TCodec codec, in PollRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValue = codec.Bytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
        };
}

/// <summary>Cancel takes a pending operation back. KMIP 2.1 §6.1.5, 1.x §4.29.</summary>
public readonly struct CancelRequest : IRequestPayload<CancelRequest, CancelResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Cancel;

    /// <summary>Which operation. A view of the message.</summary>
    public ReadOnlyMemory<byte> AsynchronousCorrelationValue { get; init; }

    /// <inheritdoc/>
    public static CancelRequest Exchange<TCodec>(ref TCodec codec, in CancelRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValue = codec.Bytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
        };
}

/// <summary>What became of the operation.</summary>
public readonly struct CancelResponse : IWireStructure<CancelResponse>
{
    /// <summary>Which operation.</summary>
    public ReadOnlyMemory<byte> AsynchronousCorrelationValue { get; init; }

    /// <summary>What became of it.</summary>
    public CancellationResult CancellationResult { get; init; }

    /// <inheritdoc/>
    public static CancelResponse Exchange<TCodec>(ref TCodec codec, in CancelResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValue = codec.Bytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
            CancellationResult = codec.Enumeration(Tag.CancellationResult, value.CancellationResult),
        };
}

/// <summary>Process has a pending operation done now: the next Poll has its result. KMIP 2.1 §6.1.39.</summary>
public readonly struct ProcessRequest : IRequestPayload<ProcessRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Process;

    /// <summary>Which operation. A view of the message.</summary>
    public ReadOnlyMemory<byte> AsynchronousCorrelationValue { get; init; }

    /// <inheritdoc/>
    public static ProcessRequest Exchange<TCodec>(ref TCodec codec, in ProcessRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValue = codec.Bytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
        };
}

/// <summary>Query Asynchronous Requests lists those whose results have not been fetched. KMIP 2.1 §6.1.41.</summary>
public sealed record QueryAsynchronousRequestsRequest : IRequestPayload<QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.QueryAsynchronousRequests;

    /// <summary>Only these; null for all.</summary>
    public AsynchronousCorrelationValues? AsynchronousCorrelationValues { get; init; }

    /// <summary>Only those of these operations; null for all.</summary>
    public OperationList? Operations { get; init; }

    /// <inheritdoc/>
    public static QueryAsynchronousRequestsRequest Exchange<TCodec>(ref TCodec codec, in QueryAsynchronousRequestsRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValues = codec.OptionalObject(Tag.AsynchronousCorrelationValues, value.AsynchronousCorrelationValues),
            Operations = codec.OptionalObject(Tag.Operations, value.Operations),
        };
}

/// <summary>Requests that are outstanding.</summary>
public sealed record QueryAsynchronousRequestsResponse : IWireStructure<QueryAsynchronousRequestsResponse>
{
    /// <summary>The requests.</summary>
    public ImmutableArray<AsynchronousRequest> AsynchronousRequests { get; init; } = [];

    /// <inheritdoc/>
    public static QueryAsynchronousRequestsResponse Exchange<TCodec>(ref TCodec codec, in QueryAsynchronousRequestsResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousRequests = codec.Structures(Tag.AsynchronousRequest, value.AsynchronousRequests),
        };
}

/// <summary>A structure of Asynchronous Correlation Values. KMIP 2.1 §7.1.</summary>
public sealed record AsynchronousCorrelationValues : IWireStructure<AsynchronousCorrelationValues>
{
    /// <summary>The values: Byte Strings.</summary>
    public ImmutableArray<KmipValue> Items { get; init; } = [];

    /// <inheritdoc/>
    public static AsynchronousCorrelationValues Exchange<TCodec>(ref TCodec codec, in AsynchronousCorrelationValues value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.Values(Tag.AsynchronousCorrelationValue, value.Items);
        foreach (var item in read)
            if (item.Type != Ttlv.TtlvType.ByteString) throw codec.Invalid("an Asynchronous Correlation Value is not a Byte String");
        return new() { Items = read };
    }
}

/// <summary>A request that is outstanding. KMIP 2.1 §7.2.</summary>
public readonly struct AsynchronousRequest : IWireStructure<AsynchronousRequest>
{
    /// <summary>By what to ask for it.</summary>
    public ReadOnlyMemory<byte> AsynchronousCorrelationValue { get; init; }

    /// <summary>What was asked.</summary>
    public Operation Operation { get; init; }

    /// <summary>When: a Date-Time Extended.</summary>
    public KmipValue SubmissionDate { get; init; }

    /// <summary>How far it is.</summary>
    public ProcessingStage ProcessingStage { get; init; }

    /// <inheritdoc/>
    public static AsynchronousRequest Exchange<TCodec>(ref TCodec codec, in AsynchronousRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            AsynchronousCorrelationValue = codec.Bytes(Tag.AsynchronousCorrelationValue, value.AsynchronousCorrelationValue),
            Operation = codec.Enumeration(Tag.Operation, value.Operation),
            SubmissionDate = codec.Value(Tag.SubmissionDate, value.SubmissionDate),
            ProcessingStage = codec.Enumeration(Tag.ProcessingStage, value.ProcessingStage),
        };
}
