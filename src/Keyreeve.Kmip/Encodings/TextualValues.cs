using System.Globalization;
using System.Text;
using System.Xml;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Encodings;

/// <summary>
/// What the XML and JSON encodings have in common: values as text. spec: KMIP Profiles 2.1 §5.5, §5.4.
/// </summary>
internal static class TextualValues
{
    /// <summary>The type that a name names.</summary>
    public static TtlvType ParseType(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && Enum.TryParse<TtlvType>(name, out var type) && type != TtlvType.None
            ? type
            : throw new FormatException("unknown item type");

    /// <summary>The tag that a CamelCase name or a number names.</summary>
    public static Tag ParseTag(string name)
    {
        if (NameTables.Tags.TryParse(name, out var tag)) return (Tag)tag;
        if (TryParseHex(name, out var number) && number >> 16 is 0x42 or 0x54) return (Tag)number;
        throw new FormatException("unknown tag");
    }

    /// <summary>Writes an item given as text.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="tag">The item's tag.</param>
    /// <param name="type">The item's type; not a structure.</param>
    /// <param name="text">The value.</param>
    /// <param name="names">The names of the field's values, if it has any.</param>
    public static void Write(TtlvWriter writer, Tag tag, TtlvType type, string text, NameTable? names)
    {
        switch (type)
        {
            case TtlvType.Integer:
                writer.WriteInteger(tag, ParseInteger(text, names));
                break;
            case TtlvType.LongInteger:
                writer.WriteLongInteger(tag, ParseLong(text));
                break;
            case TtlvType.BigInteger:
                writer.WriteBigInteger(tag, ParseBytes(WithoutPrefix(text)));
                break;
            case TtlvType.Enumeration:
                writer.WriteEnumeration(tag, ParseEnumeration(text, names));
                break;
            case TtlvType.Boolean:
                writer.WriteBoolean(tag, ParseBoolean(text));
                break;
            case TtlvType.ByteString:
                writer.WriteByteString(tag, ParseBytes(text));
                break;
            case TtlvType.DateTime:
                writer.WriteDateTime(tag, ParseDateTime(text));
                break;
            case TtlvType.DateTimeExtended:
                writer.WriteDateTimeExtended(tag, ParseDateTimeExtended(text));
                break;
            case TtlvType.Interval:
                writer.WriteInterval(tag, TryParseHex(text, out var hex) ? hex : uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteUtf8(tag, type, StrictUtf8.GetBytes(text));
                break;
        }
    }

    /// <summary>A value as text.</summary>
    /// <param name="value">The value; not a structure.</param>
    /// <param name="names">The names of the field's values, if it has any.</param>
    /// <param name="maskSeparator">What stands between the names of a mask's bits.</param>
    public static string ToText(KmipValue value, NameTable? names, char maskSeparator) => value.Type switch
    {
        TtlvType.Integer when names is { IsMask: true } => MaskToText(value.AsInteger(), names, maskSeparator),
        TtlvType.Integer => value.AsInteger().ToString(CultureInfo.InvariantCulture),
        TtlvType.LongInteger => value.AsLongInteger().ToString(CultureInfo.InvariantCulture),
        TtlvType.BigInteger or TtlvType.ByteString => Convert.ToHexStringLower(value.Encoded.Span),
        TtlvType.Enumeration => names?.Find(value.AsEnumeration())?.Name ?? Hex(value.AsEnumeration()),
        TtlvType.Boolean => value.AsBoolean() ? "true" : "false",
        TtlvType.DateTime => DateToText(value.AsUnixSeconds()),
        TtlvType.DateTimeExtended => DateExtendedToText(value.AsUnixMicroseconds()),
        TtlvType.Interval => value.AsIntervalSeconds().ToString(CultureInfo.InvariantCulture),
        _ => value.AsText(),
    };

    public static string Hex(uint value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x8}");

    public static bool TryParseHex(string text, out uint value)
    {
        value = 0;
        return text.StartsWith("0x", StringComparison.Ordinal)
            && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly long FirstSecond = DateTimeOffset.MinValue.ToUnixTimeSeconds();

    private static readonly long LastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static int ParseInteger(string text, NameTable? names)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        // spec: KMIP Profiles 2.1 §5.4.1.6.4: a mask is written as the names of its bits; extension bits as a hexadecimal number
        uint mask = 0;
        foreach (var word in text.Split((char[])[' ', '|'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParseHex(word, out var bits) || (names is not null && names.TryParse(word, out bits))) mask |= bits;
            else throw new FormatException("an Integer is neither a number nor the names of a mask's bits");
        }

        return text.Length == 0 ? throw new FormatException("an Integer without a value") : unchecked((int)mask);
    }

    private static string MaskToText(int value, NameTable names, char separator)
    {
        if (value == 0) return "0";
        var rest = unchecked((uint)value);
        var text = new StringBuilder();
        foreach (var row in names.Rows)
        {
            if (row.Value == 0 || (rest & row.Value) != row.Value) continue;
            rest &= ~row.Value;
            text.Append(text.Length == 0 ? "" : separator.ToString()).Append(row.Name);
        }

        if (rest != 0) text.Append(text.Length == 0 ? "" : separator.ToString()).Append(Hex(rest));
        return text.ToString();
    }

    private static long ParseLong(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? unchecked((long)ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
        : long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static uint ParseEnumeration(string text, NameTable? names)
    {
        if (TryParseHex(text, out var number)) return number;
        if (names is not null && names.TryParse(text, out number)) return number;
        throw new FormatException("unknown value of an enumeration");
    }

    private static bool ParseBoolean(string text) => text switch
    {
        "true" or "1" or "0x0000000000000001" => true,
        "false" or "0" or "0x0000000000000000" => false,
        _ => throw new FormatException("a Boolean is neither true nor false"),
    };

    private static string WithoutPrefix(string text) => text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text;

    private static byte[] ParseBytes(string text) => Convert.FromHexString(text);

    private static long ParseDateTime(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ParseLong(text)
        : Zoned(text).ToUnixTimeSeconds();

    private static long ParseDateTimeExtended(string text) => text.Contains('T', StringComparison.Ordinal)
        ? (Zoned(text) - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
        : ParseLong(text);

    // Without its zone a time would mean what the clock of this machine is set to.
    private static DateTimeOffset Zoned(string text) =>
        text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':')
            ? XmlConvert.ToDateTimeOffset(text)
            : throw new FormatException("a time has its zone, as 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00");

    /// <summary>A date that no calendar has is written as its number: nothing is lost, and nothing fails.</summary>
    private static string DateToText(long unixSeconds) => unixSeconds >= FirstSecond && unixSeconds <= LastSecond
        ? DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"0x{unixSeconds:x16}");

    private static string DateExtendedToText(long unixMicroseconds) =>
        unixMicroseconds / 1_000_000 > FirstSecond && unixMicroseconds / 1_000_000 < LastSecond
            ? DateTimeOffset.UnixEpoch.AddTicks(unixMicroseconds * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"0x{unixMicroseconds:x16}");
}

/// <summary>
/// Finds the names of a field's values while a message is walked through: those of its tag's enumeration; and in KMIP 1.x, where
/// an attribute's value says nothing of itself, those that the Attribute Name before it tells.
/// </summary>
internal struct ValueNames
{
    private Tag _attribute;

    public readonly NameTable? Of(Tag tag) => NameTables.EnumerationOf(tag == Tag.AttributeValue ? _attribute : tag);

    public void Passed(Tag tag, string text)
    {
        if (tag == Tag.AttributeName) _attribute = AttributeReference.FromName(text).Tag;
    }
}
