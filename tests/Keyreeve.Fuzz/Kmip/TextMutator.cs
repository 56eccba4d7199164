using System.Text;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>
/// Changes XML and JSON documents: bytes flipped, pieces cut out, repeated and moved, and words put in that mean something to one of the
/// readers. Repeatable by its seed.
/// </summary>
internal sealed class TextMutator(int seed)
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "<", ">", "&", "\"", "'", "{", "}", "[", "]", ":", ",", "/", "\\", "\0", " ", "0", "-", "1e9", "0x", "0x42", "null", "true", "[]", "{}", "\\ud800", "\\u0000",
            "type=\"Structure\"", "type=\"ByteString\"", "type=\"Integer\"", "type=\"DateTime\"", "type=\"BigInteger\"", "value=\"\"", "value=\"0x\"", "tag=\"0x420001\"",
            "\"type\":\"Structure\",", "\"type\":\"LongInteger\",", "\"type\":\"BigInteger\",", "\"value\":\"\",", "\"value\":[],", "\"tag\":\"0x420001\",", "\"name\":\"a\",",
            "<!--", "-->", "<![CDATA[", "]]>", "<?xml version=\"1.0\" encoding=\"utf-7\"?>", "<!DOCTYPE a [<!ENTITY e \"x\">]>", "&e;", "&#x0;", "&#x1F511;", "&amp;", "xmlns=\"a\" ",
            "<TTLV tag=\"0x540001\">", "</TTLV>", "<Attributes>", "</Attributes>", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "99999999999999999999", "-9223372036854775808",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF],
    ];

    private readonly Random _random = new(seed);

    public byte[] Change(byte[] text)
    {
        // One in eight stays as it is: what was changed before it was written is tried in this encoding, too.
        for (var i = _random.Next(8) == 0 ? 0 : 1 + _random.Next(3); i > 0 && text.Length > 0; i--) text = ChangeOnce(text);
        return text;
    }

    private byte[] ChangeOnce(byte[] text)
    {
        var at = _random.Next(text.Length);
        var from = _random.Next(text.Length);
        var length = _random.Next(Math.Min(200, text.Length - from) + 1);
        switch (_random.Next(7))
        {
            case 0:
                text = [.. text];
                text[at] ^= (byte)(1 << _random.Next(8));
                return text;
            case 1:
                return [.. text.AsSpan(0, at), .. Words[_random.Next(Words.Length)], .. text.AsSpan(at)];
            case 2:
                return [.. text.AsSpan(0, from), .. Words[_random.Next(Words.Length)], .. text.AsSpan(from + length)];
            case 3:
                return [.. text.AsSpan(0, from), .. text.AsSpan(from + length)];
            case 4:
                return [.. text.AsSpan(0, at), .. text.AsSpan(from, length), .. text.AsSpan(at)];
            case 5:
                return text[..at];
            default:
                return Repeat(text, from, length);
        }
    }

    // Deep nesting and long values come of repeating.
    private byte[] Repeat(byte[] text, int from, int length)
    {
        var times = 2 + _random.Next(40);
        var piece = text.AsSpan(from, Math.Min(length, 100));
        var repeated = new byte[text.Length + (times * piece.Length)];
        text.AsSpan(0, from).CopyTo(repeated);
        for (var i = 0; i < times; i++) piece.CopyTo(repeated.AsSpan(from + (i * piece.Length)));
        text.AsSpan(from).CopyTo(repeated.AsSpan(from + (times * piece.Length)));
        return repeated;
    }
}
