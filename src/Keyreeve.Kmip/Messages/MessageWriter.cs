using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Messages;

/// <summary>
/// Writes responses, one item after the other, behind whatever its <see cref="TtlvWriter"/> holds; the Batch Count is filled in at
/// the end. Reusable, one message at a time; not for several threads at once.
/// </summary>
public sealed class ResponseWriter
{
    private readonly TtlvWriter _writer;
    private ProtocolVersion _version;
    private int _start;
    private int _batchCountAt;
    private int _lastItemStart;
    private int _itemCount;

    /// <summary>Writes to this writer.</summary>
    public ResponseWriter(TtlvWriter writer) => _writer = writer;

    /// <summary>Whether fields the version does not have are written too; see <see cref="FieldWriter"/>.</summary>
    public bool Exact { get; init; }

    /// <summary>The length of the message so far, in bytes; compare with Maximum Response Size.</summary>
    public int Length => _writer.Length - _start;

    /// <summary>How many items have been written.</summary>
    public int ItemCount => _itemCount;

    /// <summary>Where an item's payload is written by hand, between <see cref="BeginItem"/> and <see cref="EndItem"/>.</summary>
    public TtlvWriter Payload => _writer;

    /// <summary>Begins a message. Its Batch Count is filled in later.</summary>
    public void Begin(in ResponseHeader header)
    {
        _version = header.ProtocolVersion;
        _start = _writer.Length;
        _itemCount = 0;
        _writer.BeginStructure(Tag.ResponseMessage);
        KmipCodec.Encode(_writer, Tag.ResponseHeader, header, _version, Exact);
        // The Batch Count is the header's last field: one item of 16 bytes.
        _batchCountAt = MessageParts.HasBatchCount(_version) || (Exact && header.BatchCount is not null) ? _writer.Length - 16 : -1;
    }

    /// <summary>Writes an item with its payload.</summary>
    /// <param name="item">The item; its own payload is ignored.</param>
    /// <param name="payload">What the operation returns.</param>
    public void WriteItem<TPayload>(in ResponseBatchItem item, in TPayload payload)
        where TPayload : IWireStructure<TPayload>, new()
    {
        BeginItem(item);
        var fields = new FieldWriter(_writer, _version, Exact);
        TPayload.Exchange(ref fields, payload);
        EndItem();
    }

    /// <summary>Writes an item without a payload, or with one that is encoded already.</summary>
    public void WriteItem(in ResponseBatchItem item)
    {
        _lastItemStart = _writer.Length;
        KmipCodec.Encode(_writer, Tag.BatchItem, item, _version, Exact);
        _itemCount++;
    }

    /// <summary>Begins an item whose payload is written by hand, through <see cref="Payload"/>: no buffer in between.</summary>
    /// <param name="item">The item; its own payload and extensions are ignored.</param>
    public void BeginItem(in ResponseBatchItem item)
    {
        _lastItemStart = _writer.Length;
        _writer.BeginStructure(Tag.BatchItem);
        var fields = new FieldWriter(_writer, _version, Exact);
        ResponseBatchItem.ExchangeBeforePayload(ref fields, item);
        _writer.BeginStructure(Tag.ResponsePayload);
    }

    /// <summary>Ends the item begun last.</summary>
    public void EndItem()
    {
        _writer.EndStructure();
        _writer.EndStructure();
        _itemCount++;
    }

    /// <summary>Takes back the item written last, or being written: it failed, or the response became too long.</summary>
    public void RollBackItem()
    {
        // Inside of an item: message, item, and payload are open; behind it: the message alone.
        if (_writer.Depth == 1) _itemCount--;
        _writer.RollBack(_lastItemStart, depth: 1);
    }

    /// <summary>Takes back the whole message.</summary>
    public void RollBackMessage()
    {
        _writer.RollBack(_start, depth: 0);
        _itemCount = 0;
    }

    /// <summary>Ends the message.</summary>
    public void Complete()
    {
        if (_batchCountAt >= 0) _writer.OverwriteInteger(_batchCountAt, _itemCount);
        _writer.EndStructure();
    }
}

/// <summary>Writes requests; see <see cref="ResponseWriter"/>.</summary>
public sealed class RequestWriter
{
    private readonly TtlvWriter _writer;
    private ProtocolVersion _version;
    private int _batchCountAt;
    private int _itemCount;

    /// <summary>Writes to this writer.</summary>
    public RequestWriter(TtlvWriter writer) => _writer = writer;

    /// <summary>Whether fields the version does not have are written too; see <see cref="FieldWriter"/>.</summary>
    public bool Exact { get; init; }

    /// <summary>How the version says that an item's Data is not returned.</summary>
    internal KmipValue EphemeralData => _version.Major >= 3 ? KmipValue.Enumeration(EphemeralEnumeration.Data) : KmipValue.Boolean(true);

    /// <summary>Begins a message. Its Batch Count is filled in later.</summary>
    public void Begin(in RequestHeader header)
    {
        _version = header.ProtocolVersion;
        _itemCount = 0;
        _writer.BeginStructure(Tag.RequestMessage);
        KmipCodec.Encode(_writer, Tag.RequestHeader, header, _version, Exact);
        _batchCountAt = MessageParts.HasBatchCount(_version) || (Exact && header.BatchCount is not null) ? _writer.Length - 16 : -1;
    }

    /// <summary>Writes an item with its payload.</summary>
    /// <param name="item">The item; its own payload is ignored.</param>
    /// <param name="payload">What the operation takes.</param>
    public void WriteItem<TPayload>(in RequestBatchItem item, in TPayload payload)
        where TPayload : IWireStructure<TPayload>, new()
    {
        using var encoded = new TtlvWriter();
        var fields = new FieldWriter(encoded, _version, Exact);
        TPayload.Exchange(ref fields, payload);
        WriteItem(new RequestBatchItem
        {
            Operation = item.Operation,
            Ephemeral = item.Ephemeral,
            UniqueBatchItemId = item.UniqueBatchItemId,
            RequestPayload = new EncodedPayload(encoded.WrittenMemory),
            MessageExtensions = item.MessageExtensions,
        });
    }

    /// <summary>Writes an item whose payload is encoded already.</summary>
    public void WriteItem(in RequestBatchItem item)
    {
        KmipCodec.Encode(_writer, Tag.BatchItem, item, _version, Exact);
        _itemCount++;
    }

    /// <summary>Ends the message.</summary>
    public void Complete()
    {
        if (_batchCountAt >= 0) _writer.OverwriteInteger(_batchCountAt, _itemCount);
        _writer.EndStructure();
    }
}

internal static class MessageParts
{
    public static bool HasBatchCount(ProtocolVersion version) => version.Major < 3;
}
