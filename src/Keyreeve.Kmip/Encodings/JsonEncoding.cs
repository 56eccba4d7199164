using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Encodings;

/// <summary>
/// The JSON encoding of the profiles: every item is an object with <c>tag</c>, <c>type</c> and <c>value</c>; a structure's value is
/// an array of them. It turns JSON into TTLV and back; messages have one decoder. spec: KMIP Profiles 2.1 §5.4.
/// </summary>
public static class JsonEncoding
{
    /// <summary>The media type of a message over HTTPS.</summary>
    public const string MediaType = "application/json";

    /// <summary>Numbers beyond this are written as hexadecimal strings: not every reader of JSON keeps their last digits.</summary>
    private const long GreatestExactNumber = 1L << 52;

    private static readonly JsonReaderOptions ReaderOptions = new()
    {
        // Each structure is an object and an array.
        MaxDepth = (2 * TtlvReader.MaximumDepth) + 2,
        CommentHandling = JsonCommentHandling.Disallow,
        AllowTrailingCommas = false,
    };

    /// <summary>Writes the TTLV encoding of a JSON message. Keys are taken in any order; unknown and repeated ones are refused.</summary>
    /// <param name="json">One JSON object, as UTF-8.</param>
    /// <param name="writer">Where to.</param>
    /// <exception cref="TtlvException">It is not such an object; its offset is a byte of the JSON.</exception>
    public static void Decode(ReadOnlySpan<byte> json, TtlvWriter writer)
    {
        var start = writer.Length;
        var depth = writer.Depth;
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            if (!reader.Read()) throw new FormatException("an object is missing");
            var names = default(ValueNames);
            DecodeItem(ref reader, writer, ref names);
            if (reader.Read()) throw new FormatException("more than one object");
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentException or InvalidOperationException)
        {
            writer.RollBack(start, depth);
            // A message of ours says what is wrong; one of the JSON reader's may quote the document.
            var reason = e is FormatException ? e.Message : "not well-formed, or a value that its type does not have";
            throw new TtlvException((int)reader.BytesConsumed, reason, e);
        }
    }

    /// <summary>The JSON encoding of a message, as UTF-8.</summary>
    /// <param name="ttlv">One item, usually a whole message.</param>
    /// <param name="indent">Whether to break lines for people to read.</param>
    /// <exception cref="TtlvException">It is not valid.</exception>
    public static byte[] Encode(ReadOnlyMemory<byte> ttlv, bool indent = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Encode(ttlv, buffer, indent);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the JSON encoding of a message, as UTF-8; what was written when it throws is for the caller to drop.</summary>
    /// <exception cref="TtlvException">It is not valid.</exception>
    public static void Encode(ReadOnlyMemory<byte> ttlv, IBufferWriter<byte> output, bool indent = false)
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = indent });
        var items = KmipValue.EncodedStructure(ttlv).Fields.GetEnumerator();
        if (!items.MoveNext()) throw new TtlvException(0, "an item is missing");
        var names = default(ValueNames);
        EncodeItem(writer, items.Current, ref names);
        if (items.MoveNext()) throw new TtlvException(0, "more than one item");
    }

    /// <summary>Reads the object the reader is at, to its end. The recursion is bounded by the reader's depth and the writer's.</summary>
    private static void DecodeItem(ref Utf8JsonReader reader, TtlvWriter writer, ref ValueNames names)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new FormatException("an object is missing");
        string? tagName = null, typeName = null, name = null;
        var hasValue = false;
        var value = default(Utf8JsonReader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("tag"u8)) tagName = Once(ref reader, tagName);
            else if (reader.ValueTextEquals("type"u8)) typeName = Once(ref reader, typeName);
            else if (reader.ValueTextEquals("name"u8)) name = Once(ref reader, name);
            else if (!reader.ValueTextEquals("value"u8)) throw new FormatException("an unknown key");
            else if (hasValue) throw new FormatException("a repeated key");
            else
            {
                // The value may stand before what tells how to read it: it is read again once the rest is known.
                hasValue = true;
                reader.Read();
                value = reader;
                reader.Skip();
            }
        }

        var tag = TextualValues.ParseTag(tagName ?? throw new FormatException("a tag is missing"));
        var type = typeName is null ? TtlvType.Structure : TextualValues.ParseType(typeName);
        if (!hasValue) throw new FormatException("a value is missing");
        if (type == TtlvType.Structure) DecodeStructure(value, writer, tag);
        else DecodeValue(value, writer, tag, type, ref names);
    }

    private static string Once(ref Utf8JsonReader reader, string? before)
    {
        if (before is not null) throw new FormatException("a repeated key");
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new FormatException("a string is missing");
    }

    private static void DecodeStructure(Utf8JsonReader value, TtlvWriter writer, Tag tag)
    {
        if (value.TokenType != JsonTokenType.StartArray) throw new FormatException("the value of a structure is not an array");
        writer.BeginStructure(tag);
        var names = default(ValueNames);
        while (value.Read() && value.TokenType != JsonTokenType.EndArray) DecodeItem(ref value, writer, ref names);
        writer.EndStructure();
    }

    private static void DecodeValue(Utf8JsonReader value, TtlvWriter writer, Tag tag, TtlvType type, ref ValueNames names)
    {
        if (value.TokenType == JsonTokenType.String && (type == TtlvType.ByteString || (type.IsText() && tag != Tag.AttributeName)))
        {
            DecodeBytes(value, writer, tag, type);
            return;
        }

        var text = value.TokenType switch
        {
            JsonTokenType.String => value.GetString()!,
            JsonTokenType.True when type == TtlvType.Boolean => "true",
            JsonTokenType.False when type == TtlvType.Boolean => "false",
            JsonTokenType.Number when type is TtlvType.Integer or TtlvType.LongInteger or TtlvType.Interval => value.GetInt64().ToString(CultureInfo.InvariantCulture),
            JsonTokenType.Number when type == TtlvType.BigInteger => BigIntegerHex(value.GetInt64()),
            _ => throw new FormatException("a value that its type does not have"),
        };
        TextualValues.Write(writer, tag, type, text, names.Of(tag));
        names.Passed(tag, text);
    }

    /// <summary>Bytes and text go straight from one buffer to the other: a key or a password leaves no string behind.</summary>
    private static void DecodeBytes(Utf8JsonReader value, TtlvWriter writer, Tag tag, TtlvType type)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, value.ValueSpan.Length));
        try
        {
            var text = rented.AsSpan(0, value.CopyString(rented));
            if (type.IsText()) writer.WriteUtf8(tag, type, text);
            else if (text.Length % 2 != 0 || Convert.FromHexString(text, writer.WriteByteString(tag, text.Length / 2), out _, out _) != OperationStatus.Done)
                throw new FormatException("a Byte String that is not hexadecimal");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rented);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static string BigIntegerHex(long value) => value.ToString("x16", CultureInfo.InvariantCulture);

    private static void EncodeItem(Utf8JsonWriter writer, KmipField item, ref ValueNames names)
    {
        writer.WriteStartObject();
        writer.WriteString("tag"u8, NameTables.DisplayName(item.Tag));
        if (item.Value.Type == TtlvType.Structure)
        {
            writer.WriteStartArray("value"u8);
            var inner = default(ValueNames);
            foreach (var field in item.Value.Fields) EncodeItem(writer, field, ref inner);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteString("type"u8, item.Value.Type.ToString());
            writer.WritePropertyName("value"u8);
            EncodeValue(writer, item, ref names);
        }

        writer.WriteEndObject();
    }

    private static void EncodeBytes(Utf8JsonWriter writer, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> bytes)
    {
        var length = checked(prefix.Length + (2 * bytes.Length));
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        try
        {
            prefix.CopyTo(rented);
            Convert.TryToHexStringLower(bytes, rented.AsSpan(prefix.Length), out _);
            writer.WriteStringValue(rented.AsSpan(0, length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rented);
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void EncodeValue(Utf8JsonWriter writer, KmipField item, ref ValueNames names)
    {
        var table = names.Of(item.Tag);
        switch (item.Value.Type)
        {
            case TtlvType.Integer when table is not { IsMask: true }:
                writer.WriteNumberValue(item.Value.AsInteger());
                break;
            case TtlvType.Interval:
                writer.WriteNumberValue(item.Value.AsIntervalSeconds());
                break;
            case TtlvType.Boolean:
                writer.WriteBooleanValue(item.Value.AsBoolean());
                break;
            case TtlvType.LongInteger when item.Value.AsLongInteger() is > -GreatestExactNumber and < GreatestExactNumber:
                writer.WriteNumberValue(item.Value.AsLongInteger());
                break;
            case TtlvType.LongInteger:
                writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{item.Value.AsLongInteger():x16}"));
                break;
            case TtlvType.BigInteger:
                EncodeBytes(writer, "0x"u8, item.Value.Encoded.Span);
                break;
            case TtlvType.ByteString:
                EncodeBytes(writer, default, item.Value.Encoded.Span);
                break;
            case TtlvType.TextString or TtlvType.Identifier or TtlvType.Reference or TtlvType.NameReference when item.Tag != Tag.AttributeName:
                writer.WriteStringValue(item.Value.Encoded.Span);
                break;
            default:
                var text = TextualValues.ToText(item.Value, table, maskSeparator: '|');
                names.Passed(item.Tag, text);
                writer.WriteStringValue(text);
                break;
        }
    }
}
