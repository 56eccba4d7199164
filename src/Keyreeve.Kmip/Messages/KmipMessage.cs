using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Messages;

/// <summary>
/// A request as it came: its header, and its items one after the other. The whole skeleton has been checked; the payloads have
/// not been looked into. A view of the message's bytes, which must stay as they are.
/// </summary>
public readonly struct RequestMessage
{
    private readonly ReadOnlyMemory<byte> _message;
    private readonly int _firstItem;

    private RequestMessage(ReadOnlyMemory<byte> message, RequestHeader header, int firstItem, int itemCount)
    {
        _message = message;
        _firstItem = firstItem;
        Header = header;
        ItemCount = itemCount;
    }

    /// <summary>What stands before the items.</summary>
    public RequestHeader Header { get; }

    /// <summary>How many items there are: at least one.</summary>
    public int ItemCount { get; }

    /// <summary>The items in their order.</summary>
    public BatchItems<RequestBatchItem> Items => new(_message, _firstItem, Header.ProtocolVersion);

    /// <summary>Decodes one whole message.</summary>
    /// <param name="message">The message with its own header, nothing behind it; see <see cref="TtlvFraming"/>.</param>
    /// <param name="maximumItems">The most batch items accepted.</param>
    /// <exception cref="TtlvException">It is not a valid request, its Batch Count is not the count of its items, or it has too
    /// many of them.</exception>
    public static RequestMessage Decode(ReadOnlyMemory<byte> message, int maximumItems)
    {
        var fields = MessageSkeleton.Enter(message, Tag.RequestMessage);
        var header = fields.Structure(Tag.RequestHeader, default(RequestHeader));
        var firstItem = fields.Offset;
        var count = MessageSkeleton.CountItems<RequestBatchItem>(ref fields, header.ProtocolVersion, header.BatchCount, maximumItems);
        return new RequestMessage(message, header, firstItem, count);
    }

    /// <summary>
    /// The version a request claims, even when nothing else of it can be understood: a server answers in a version of its own
    /// when it does not know that one.
    /// </summary>
    /// <returns>False when not even the version can be read.</returns>
    public static bool TryReadVersion(ReadOnlyMemory<byte> message, out ProtocolVersion version)
    {
        try
        {
            var header = MessageSkeleton.Enter(message, Tag.RequestMessage).Enter(Tag.RequestHeader);
            version = header.Structure(Tag.ProtocolVersion, default(ProtocolVersion));
            return true;
        }
        catch (TtlvException)
        {
            version = default;
            return false;
        }
    }
}

/// <summary>A response as it came; see <see cref="RequestMessage"/>.</summary>
public readonly struct ResponseMessage
{
    private readonly ReadOnlyMemory<byte> _message;
    private readonly int _firstItem;

    private ResponseMessage(ReadOnlyMemory<byte> message, ResponseHeader header, int firstItem, int itemCount)
    {
        _message = message;
        _firstItem = firstItem;
        Header = header;
        ItemCount = itemCount;
    }

    /// <summary>What stands before the items.</summary>
    public ResponseHeader Header { get; }

    /// <summary>How many items there are: at least one.</summary>
    public int ItemCount { get; }

    /// <summary>The items in their order.</summary>
    public BatchItems<ResponseBatchItem> Items => new(_message, _firstItem, Header.ProtocolVersion);

    /// <summary>Decodes one whole message; see <see cref="RequestMessage.Decode"/>.</summary>
    /// <exception cref="TtlvException">It is not a valid response, its Batch Count is not the count of its items, or it has too
    /// many of them.</exception>
    public static ResponseMessage Decode(ReadOnlyMemory<byte> message, int maximumItems)
    {
        var fields = MessageSkeleton.Enter(message, Tag.ResponseMessage);
        var header = fields.Structure(Tag.ResponseHeader, default(ResponseHeader));
        var firstItem = fields.Offset;
        var count = MessageSkeleton.CountItems<ResponseBatchItem>(ref fields, header.ProtocolVersion, header.BatchCount, maximumItems);
        return new ResponseMessage(message, header, firstItem, count);
    }
}

/// <summary>The items of a message, decoded one at a time; nothing is allocated.</summary>
/// <typeparam name="TItem"><see cref="RequestBatchItem"/> or <see cref="ResponseBatchItem"/>.</typeparam>
public readonly struct BatchItems<TItem>
    where TItem : struct, IWireStructure<TItem>
{
    private readonly ReadOnlyMemory<byte> _message;
    private readonly int _firstItem;
    private readonly ProtocolVersion _version;

    internal BatchItems(ReadOnlyMemory<byte> message, int firstItem, ProtocolVersion version)
    {
        _message = message;
        _firstItem = firstItem;
        _version = version;
    }

    /// <summary>Begins before the first item.</summary>
    public Enumerator GetEnumerator() => new(_message, _firstItem, _version);

    /// <summary>A cursor over items; it may be kept over an <c>await</c>.</summary>
    public struct Enumerator
    {
        private readonly ReadOnlyMemory<byte> _message;
        private readonly ProtocolVersion _version;
        private int _next;

        internal Enumerator(ReadOnlyMemory<byte> message, int next, ProtocolVersion version)
        {
            _message = message;
            _next = next;
            _version = version;
            Current = default;
        }

        /// <summary>The item the cursor is at.</summary>
        public TItem Current { get; private set; }

        /// <summary>Moves to the next item.</summary>
        public bool MoveNext()
        {
            if (_next == _message.Length) return false;
            var fields = new FieldReader(_message[_next..], _version, _next, depth: 1);
            Current = fields.Structure(Tag.BatchItem, default(TItem));
            _next = fields.Offset;
            return true;
        }
    }
}

internal static class MessageSkeleton
{
    public static FieldReader Enter(ReadOnlyMemory<byte> message, Tag tag)
    {
        var outer = new FieldReader(message, default);
        var fields = outer.Enter(tag);
        outer.ThrowIfNotEmpty();
        return fields;
    }

    public static int CountItems<TItem>(ref FieldReader fields, ProtocolVersion version, int? batchCount, int maximumItems)
        where TItem : struct, IWireStructure<TItem>
    {
        fields.Version = version;
        var count = 0;
        while (!fields.IsEmpty)
        {
            if (++count > maximumItems) throw new TtlvException(fields.Offset, "more batch items than accepted");
            fields.Structure(Tag.BatchItem, default(TItem));
        }

        if (count == 0) throw new TtlvException(fields.Offset, "a message without batch items");
        if (batchCount is { } announced && announced != count) throw new TtlvException(fields.Offset, "the Batch Count is not the count of the batch items");
        return count;
    }
}
