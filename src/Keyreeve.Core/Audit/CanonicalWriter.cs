using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Writes one JSON object in canonical form (RFC 8785) into memory that the caller has made large enough. Every member is
/// written with a comma before its name; the first comma becomes the opening brace.
/// </summary>
internal ref struct CanonicalWriter(Span<byte> destination)
{
    /// <summary>The most that one UTF-16 unit can take: a control character as <c>\u00xx</c>.</summary>
    public const int LargestUnitInBytes = 6;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    private readonly Span<byte> _destination = destination;
    private int _length;

    public void Raw(scoped ReadOnlySpan<byte> bytes) => bytes.CopyTo(Claim(bytes.Length));

    public void Name(scoped ReadOnlySpan<byte> prefix, scoped ReadOnlySpan<byte> plainText)
    {
        Raw(prefix);
        Raw(plainText);
        Raw("\""u8);
    }

    public void OptionalNumber(scoped ReadOnlySpan<byte> prefix, long value)
    {
        if (value != 0) Number(prefix, value);
    }

    public void Number(scoped ReadOnlySpan<byte> prefix, long value)
    {
        Raw(prefix);
        if (!Utf8Formatter.TryFormat(value, _destination[_length..], out var written))
            throw new ArgumentException("The destination is too small.", nameof(value));
        _length += written;
    }

    public void OptionalText(scoped ReadOnlySpan<byte> prefix, string? text)
    {
        if (!string.IsNullOrEmpty(text)) Text(prefix, text.AsSpan());
    }

    public void Text(scoped ReadOnlySpan<byte> prefix, scoped ReadOnlySpan<char> text)
    {
        Raw(prefix);
        Raw("\""u8);
        var rest = text[..Math.Min(text.Length, AuditJson.MaxStringLength)];
        var plain = rest.IndexOfAnyExcept(Plain);
        if (plain < 0) plain = rest.Length;
        _length += Encoding.ASCII.GetBytes(rest[..plain], _destination[_length..]);
        if (plain < rest.Length) Escape(rest[plain..]);
        Raw("\""u8);
    }

    public Span<byte> Claim(int lengthInBytes)
    {
        var claimed = _destination.Slice(_length, lengthInBytes);
        _length += lengthInBytes;
        return claimed;
    }

    public readonly ReadOnlySpan<byte> Finish()
    {
        _destination[0] = (byte)'{';
        _destination[_length] = (byte)'}';
        return _destination[..(_length + 1)];
    }

    // spec: RFC 8785 §3.2.2.2: control characters by their short escape or \u00xx in lower case, '"' and '\' by a
    // backslash, everything else as it is. What is not a character (half a surrogate pair) becomes U+FFFD: a record is
    // written whatever a caller sent.
    private void Escape(scoped ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '"': Raw("\\\""u8); break;
                case '\\': Raw("\\\\"u8); break;
                case '\b': Raw("\\b"u8); break;
                case '\t': Raw("\\t"u8); break;
                case '\n': Raw("\\n"u8); break;
                case '\f': Raw("\\f"u8); break;
                case '\r': Raw("\\r"u8); break;
                case < 0x20: Control(rune.Value); break;
                default: _length += rune.EncodeToUtf8(_destination[_length..]); break;
            }
        }
    }

    private void Control(int value)
    {
        Raw("\\u00"u8);
        Claim(1)[0] = (byte)('0' + (value >> 4));
        Claim(1)[0] = "0123456789abcdef"u8[value & 0xF];
    }
}
