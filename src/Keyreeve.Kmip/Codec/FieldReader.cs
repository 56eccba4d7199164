using System.Runtime.CompilerServices;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Codec;

/// <summary>Reads the fields of structures. Byte strings and texts it returns are views of the message.</summary>
public ref struct FieldReader : IFieldCodec
{
    private readonly ReadOnlyMemory<byte> _message;
    private readonly int _messageOffset;
    private TtlvReader _reader;

    /// <summary>Reads fields from these bytes.</summary>
    /// <param name="encoded">Items, one after the other.</param>
    /// <param name="version">The version of the message.</param>
    /// <param name="offset">Where the bytes stand in their message.</param>
    /// <param name="depth">How deep they are nested in it.</param>
    public FieldReader(ReadOnlyMemory<byte> encoded, ProtocolVersion version, int offset = 0, int depth = 0)
    {
        _message = encoded;
        _messageOffset = offset;
        _reader = new TtlvReader(encoded.Span, offset, depth);
        Version = version;
    }

    private FieldReader(ReadOnlyMemory<byte> message, int messageOffset, TtlvReader reader, ProtocolVersion version)
    {
        _message = message;
        _messageOffset = messageOffset;
        _reader = reader;
        Version = version;
    }

    /// <inheritdoc/>
    public ProtocolVersion Version { get; set; }

    /// <inheritdoc/>
    public readonly bool IsReading => true;

    /// <inheritdoc/>
    public readonly bool IsExact => true;

    /// <inheritdoc/>
    public readonly Tag NextTag => _reader.PeekTag();

    /// <inheritdoc/>
    public readonly TtlvType NextType => _reader.PeekType();

    /// <summary>Where the next item begins in the message.</summary>
    public readonly int Offset => _reader.Offset;

    /// <summary>How many structures the fields are nested in.</summary>
    public readonly int Depth => _reader.Depth;

    /// <inheritdoc/>
    public readonly bool Has(Tag tag, bool hasValue) => _reader.NextIs(tag);

    /// <inheritdoc/>
    public readonly bool Has(Tag tag, bool hasValue, ProtocolVersion since) => _reader.NextIs(tag);

    /// <inheritdoc/>
    public readonly bool HasAttribute(AttributeReference reference) => true;

    /// <inheritdoc/>
    public int Integer(Tag tag, int value) => _reader.ReadInteger(tag);

    /// <inheritdoc/>
    public long LongInteger(Tag tag, long value) => _reader.ReadLongInteger(tag);

    /// <inheritdoc/>
    public TEnum Enumeration<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum => _reader.ReadEnumeration<TEnum>(tag);

    /// <inheritdoc/>
    public TEnum Mask<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum => Unsafe.BitCast<int, TEnum>(_reader.ReadInteger(tag));

    /// <inheritdoc/>
    public bool Boolean(Tag tag, bool value) => _reader.ReadBoolean(tag);

    /// <inheritdoc/>
    public string Text(Tag tag, string value) => _reader.ReadTextString(tag);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Utf8(Tag tag, ReadOnlyMemory<byte> value)
    {
        var start = _reader.Offset + TtlvReader.HeaderLength;
        return Slice(start, _reader.ReadTextUtf8(tag).Length);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Bytes(Tag tag, ReadOnlyMemory<byte> value)
    {
        var start = _reader.Offset + TtlvReader.HeaderLength;
        return Slice(start, _reader.ReadByteString(tag).Length);
    }

    /// <inheritdoc/>
    public DateTimeOffset DateTime(Tag tag, DateTimeOffset value) => _reader.ReadDateTime(tag);

    /// <inheritdoc/>
    public uint Interval(Tag tag, uint value) => _reader.ReadIntervalSeconds(tag);

    /// <inheritdoc/>
    public KmipValue Value(Tag tag, KmipValue value)
    {
        if (!_reader.NextIs(tag)) _reader.ReadStructure(tag); // fails, saying what is there instead
        return Field(default).Value;
    }

    /// <inheritdoc/>
    public KmipField Field(KmipField value)
    {
        var content = _reader.ReadAny(out var tag, out var type, out var offset);
        if (type == TtlvType.Structure) TtlvValidator.Validate(content, offset, _reader.Depth + 1);
        return new KmipField(tag, new KmipValue(type, Slice(offset, content.Length)));
    }

    /// <inheritdoc/>
    public TStructure Structure<TStructure>(Tag tag, in TStructure value)
        where TStructure : IWireStructure<TStructure>, new()
    {
        var inner = new FieldReader(_message, _messageOffset, _reader.ReadStructure(tag), Version);
        var result = TStructure.Exchange(ref inner, new TStructure());
        inner._reader.ThrowIfNotEmpty();
        return result;
    }

    /// <inheritdoc/>
    public readonly Exception Invalid(string reason) => new TtlvException(_reader.Offset, reason);

    /// <inheritdoc/>
    public EncodedPayload Payload(Tag tag, EncodedPayload value)
    {
        var content = _reader.ReadStructure(tag);
        return new EncodedPayload(Slice(content.Offset, content.Remaining), content.Offset, content.Depth);
    }

    /// <summary>Enters a structure that the caller reads itself.</summary>
    internal FieldReader Enter(Tag tag) => new(_message, _messageOffset, _reader.ReadStructure(tag), Version);

    /// <summary>Whether everything has been read.</summary>
    internal readonly bool IsEmpty => _reader.IsEmpty;

    /// <summary>Everything must have been read.</summary>
    /// <exception cref="TtlvException">Something is left over.</exception>
    public readonly void ThrowIfNotEmpty() => _reader.ThrowIfNotEmpty();

    private readonly ReadOnlyMemory<byte> Slice(int offset, int length) => _message.Slice(offset - _messageOffset, length);
}
