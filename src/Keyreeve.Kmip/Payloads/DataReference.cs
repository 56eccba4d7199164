using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Payloads;

/// <summary>
/// Data to work on: the bytes themselves, a view of the message; or from KMIP 2.0 on the result of an earlier item of the batch,
/// which a client names when it does not want to see it. KMIP 2.1 §11.14.
/// </summary>
public readonly struct DataReference
{
    private DataReference(KmipValue value) => Value = value;

    /// <summary>The data as it stands in the message: a Byte String or an Enumeration.</summary>
    public KmipValue Value { get; }

    /// <summary>The bytes, if they are here.</summary>
    public ReadOnlyMemory<byte>? Bytes => Value.Type == TtlvType.ByteString ? Value.Encoded : default(ReadOnlyMemory<byte>?);

    /// <summary>Which earlier item's result, if it is one.</summary>
    public DataEnumeration? Placeholder => Value.Type == TtlvType.Enumeration ? Value.AsEnumeration<DataEnumeration>() : null;

    /// <summary>The bytes themselves; they are not copied.</summary>
    public static DataReference From(ReadOnlyMemory<byte> bytes) => new(KmipValue.Bytes(bytes));

    /// <summary>The result of an earlier item.</summary>
    public static DataReference From(DataEnumeration placeholder) => new(KmipValue.Enumeration(placeholder));

    /// <summary>Bytes are data.</summary>
    public static implicit operator DataReference(ReadOnlyMemory<byte> bytes) => From(bytes);

    internal static DataReference Exchange<TCodec>(ref TCodec codec, Tag tag, DataReference value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.Value(tag, value.Value);
        return read.Type == TtlvType.ByteString || (read.Type == TtlvType.Enumeration && codec.Version.Major >= 2)
            ? new DataReference(read)
            : throw codec.Invalid("Data is neither a Byte String nor a reference");
    }
}

/// <summary>Data as fields.</summary>
public static class DataReferenceCodec
{
    /// <summary>Optional data.</summary>
    public static DataReference? OptionalData<TCodec>(ref this TCodec codec, Tag tag, DataReference? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? DataReference.Exchange(ref codec, tag, value.GetValueOrDefault()) : null;
}
