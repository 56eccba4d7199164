using System.Runtime.CompilerServices;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Codec;

/// <summary>Writes the fields of structures.</summary>
public struct FieldWriter : IFieldCodec
{
    private readonly TtlvWriter _writer;
    private readonly bool _exact;

    /// <summary>Writes fields for messages of a version.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="version">The version of the message.</param>
    /// <param name="exact">
    /// False, as servers and clients want it: optional fields and attributes that the version does not have are left out, so that
    /// one answer serves every version. True: everything is written, as it was decoded from a peer that mixes versions.
    /// </param>
    public FieldWriter(TtlvWriter writer, ProtocolVersion version, bool exact = false)
    {
        _writer = writer;
        _exact = exact;
        Version = version;
    }

    /// <inheritdoc/>
    public ProtocolVersion Version { get; set; }

    /// <inheritdoc/>
    public readonly bool IsReading => false;

    /// <inheritdoc/>
    public readonly bool IsExact => _exact;

    /// <inheritdoc/>
    public readonly Tag NextTag => default;

    /// <inheritdoc/>
    public readonly TtlvType NextType => TtlvType.None;

    /// <inheritdoc/>
    public readonly bool Has(Tag tag, bool hasValue) => hasValue && (_exact || NameTables.IsDefined(tag, Version));

    /// <inheritdoc/>
    public readonly bool Has(Tag tag, bool hasValue, ProtocolVersion since) => hasValue && (_exact || Version >= since);

    /// <inheritdoc/>
    public readonly bool HasAttribute(AttributeReference reference) => _exact || AttributeTable.IsDefined(reference, Version);

    /// <inheritdoc/>
    public readonly int Integer(Tag tag, int value)
    {
        _writer.WriteInteger(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly long LongInteger(Tag tag, long value)
    {
        _writer.WriteLongInteger(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly TEnum Enumeration<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum
    {
        _writer.WriteEnumeration(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly TEnum Mask<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum
    {
        _writer.WriteInteger(tag, Unsafe.BitCast<TEnum, int>(value));
        return value;
    }

    /// <inheritdoc/>
    public readonly bool Boolean(Tag tag, bool value)
    {
        _writer.WriteBoolean(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly string Text(Tag tag, string value)
    {
        _writer.WriteTextString(tag, value.AsSpan());
        return value;
    }

    /// <inheritdoc/>
    public readonly ReadOnlyMemory<byte> Utf8(Tag tag, ReadOnlyMemory<byte> value)
    {
        _writer.WriteTextString(tag, value.Span);
        return value;
    }

    /// <inheritdoc/>
    public readonly ReadOnlyMemory<byte> Bytes(Tag tag, ReadOnlyMemory<byte> value)
    {
        _writer.WriteByteString(tag, value.Span);
        return value;
    }

    /// <inheritdoc/>
    public readonly DateTimeOffset DateTime(Tag tag, DateTimeOffset value)
    {
        _writer.WriteDateTime(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly uint Interval(Tag tag, uint value)
    {
        _writer.WriteInterval(tag, value);
        return value;
    }

    /// <inheritdoc/>
    public readonly KmipValue Value(Tag tag, KmipValue value)
    {
        value.WriteTo(_writer, tag);
        return value;
    }

    /// <inheritdoc/>
    public readonly KmipField Field(KmipField value)
    {
        value.Value.WriteTo(_writer, value.Tag);
        return value;
    }

    /// <inheritdoc/>
    public readonly EncodedPayload Payload(Tag tag, EncodedPayload value)
    {
        _writer.WriteEncoded(tag, TtlvType.Structure, value.Content.Span);
        return value;
    }

    /// <inheritdoc/>
    public TStructure Structure<TStructure>(Tag tag, in TStructure value)
        where TStructure : IWireStructure<TStructure>, new()
    {
        _writer.BeginStructure(tag);
        var inner = new FieldWriter(_writer, Version, _exact);
        TStructure.Exchange(ref inner, value);
        _writer.EndStructure();
        return value;
    }

    /// <inheritdoc/>
    public readonly Exception Invalid(string reason) => new InvalidOperationException(reason);
}
