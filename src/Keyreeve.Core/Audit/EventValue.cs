using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Keyreeve.Core.Audit;

/// <summary>The value of one member of a record, as it stands in the line.</summary>
public readonly ref struct EventValue
{
    private const int TimeLength = 27;

    internal EventValue(ReadOnlySpan<byte> bytes, bool isString, bool isEscaped)
    {
        Bytes = bytes;
        IsString = isString;
        IsEscaped = isEscaped;
    }

    /// <summary>Its bytes; of a text those between the quotation marks.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Whether it is a text.</summary>
    public bool IsString { get; }

    /// <summary>Whether something in the text is written otherwise than it is.</summary>
    public bool IsEscaped { get; }

    /// <summary>Copies the text, or the number as it is written.</summary>
    /// <param name="destination">As long as <see cref="Bytes"/>, at least.</param>
    /// <returns>How many characters.</returns>
    public int CopyTo(Span<char> destination)
    {
        if (IsEscaped) return CopyUnescaped(destination);
        return Encoding.UTF8.GetChars(Bytes, destination);
    }

    /// <summary>A whole number.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public int ToInt32() =>
        !IsString && Utf8Parser.TryParse(Bytes, out int number, out var read) && read == Bytes.Length ? number : throw new JsonException("A record has a number there.");

    /// <summary>A time, as records state it.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    // 2025-11-22T01:04:05.123456Z
    public DateTimeOffset ToTime()
    {
        var b = Bytes;
        if (b.Length != TimeLength || b[10] != 'T' || b[19] != '.' || b[26] != 'Z' || !TryDigits(b[..4], out var year) || !TryDigits(b[5..7], out var month)
            || !TryDigits(b[8..10], out var day) || !TryDigits(b[11..13], out var hour) || !TryDigits(b[14..16], out var minute) || !TryDigits(b[17..19], out var second)
            || !TryDigits(b[20..26], out var microsecond))
        {
            return DateTimeOffset.TryParse(Encoding.UTF8.GetString(b), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? time
                : throw new JsonException("A record has a time there.");
        }

        try
        {
            return new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).AddMicroseconds(microsecond);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new JsonException("A record has a time there.", e);
        }
    }

    /// <summary>The text, or the number as it is written.</summary>
    public override string ToString()
    {
        var text = new char[Bytes.Length];
        return new string(text, 0, CopyTo(text));
    }

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = (value * 10) + (digit - '0');
        }

        return true;
    }

    // spec: RFC 8785 §3.2.2.2: what is escaped is \" \\ \b \t \n \f \r, or \u and four digits.
    private int CopyUnescaped(Span<char> destination)
    {
        var rest = Bytes;
        var length = 0;
        for (var at = rest.IndexOf((byte)'\\'); at >= 0; at = rest.IndexOf((byte)'\\'))
        {
            length += Encoding.UTF8.GetChars(rest[..at], destination[length..]);
            var kind = rest[at + 1];
            var digits = kind == 'u' ? 4 : 0;
            destination[length++] = kind switch
            {
                (byte)'b' => '\b',
                (byte)'t' => '\t',
                (byte)'n' => '\n',
                (byte)'f' => '\f',
                (byte)'r' => '\r',
                (byte)'u' => at + 6 <= rest.Length && Utf8Parser.TryParse(rest.Slice(at + 2, 4), out ushort unit, out var read, 'x') && read == 4
                    ? (char)unit
                    : throw new JsonException("A record has four digits there."),
                _ => (char)kind,
            };
            rest = rest[(at + 2 + digits)..];
        }

        return length + Encoding.UTF8.GetChars(rest, destination[length..]);
    }
}
