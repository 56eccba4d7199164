using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Codec;

/// <summary>Decodes and encodes single structures; whole messages: <see cref="Messages.RequestMessage"/>,
/// <see cref="Messages.ResponseMessage"/>.</summary>
public static class KmipCodec
{
    /// <summary>Decodes the content of a structure.</summary>
    /// <param name="encoded">Its fields; what is decoded may hold views of them.</param>
    /// <param name="version">The version of the message.</param>
    /// <param name="offset">Where the fields stand in the message, for errors.</param>
    /// <param name="depth">How deep they are nested in it.</param>
    /// <exception cref="TtlvException">They are not such a structure.</exception>
    public static TStructure Decode<TStructure>(ReadOnlyMemory<byte> encoded, ProtocolVersion version, int offset = 0, int depth = 0)
        where TStructure : IWireStructure<TStructure>, new()
    {
        var reader = new FieldReader(encoded, version, offset, depth);
        var value = TStructure.Exchange(ref reader, new TStructure());
        reader.ThrowIfNotEmpty();
        return value;
    }

    /// <summary>Writes a structure.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="tag">The structure's tag.</param>
    /// <param name="value">The structure.</param>
    /// <param name="version">The version of the message.</param>
    /// <param name="exact">See <see cref="FieldWriter"/>.</param>
    public static void Encode<TStructure>(TtlvWriter writer, Tag tag, in TStructure value, ProtocolVersion version, bool exact = false)
        where TStructure : IWireStructure<TStructure>, new()
    {
        var fields = new FieldWriter(writer, version, exact);
        fields.Structure(tag, value);
    }

    /// <summary>A structure as a value.</summary>
    public static KmipValue ToValue<TStructure>(in TStructure value, ProtocolVersion version)
        where TStructure : IWireStructure<TStructure>, new()
    {
        using var writer = new TtlvWriter();
        var fields = new FieldWriter(writer, version);
        TStructure.Exchange(ref fields, value);
        return KmipValue.EncodedStructure(writer.WrittenSpan.ToArray());
    }

    /// <summary>A value as a structure; it holds views of the value.</summary>
    /// <exception cref="TtlvException">It is not such a structure.</exception>
    public static TStructure FromValue<TStructure>(KmipValue value, ProtocolVersion version)
        where TStructure : IWireStructure<TStructure>, new() => value.Type == TtlvType.Structure
            ? Decode<TStructure>(value.Encoded, version)
            : throw new TtlvException(0, "a structure expected");
}
