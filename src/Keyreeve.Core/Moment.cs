using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keyreeve.Core;

/// <summary>
/// The one way in which a moment is read that somebody wrote down: in a body, a query, a policy, an option of a command. Without a zone it
/// would mean something else on every machine, so it is refused.
/// </summary>
public static class Moment
{
    /// <summary>What to write, to be put after what is wrong.</summary>
    public const string Form = "write 2026-01-31T12:00Z, or with the distance from UTC 2026-01-31T13:00+01:00";

    // spec: RFC 3339 §5.6 "date-time = full-date "T" full-time", full-time = partial-time time-offset; the seconds may be left out.
    private static readonly string[] Forms =
    [
        .. from zone in (string[])["'Z'", "zzz"] from seconds in (string[])["", ":ss", ":ss.FFFFFFF"] select "yyyy-MM-dd'T'HH:mm" + seconds + zone,
    ];

    /// <summary>Reads a moment with its zone.</summary>
    /// <returns>False if it is none, or has no zone.</returns>
    public static bool TryRead(string text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);

    /// <summary>Reads a moment with its zone.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="name">What it is called where it was written.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none, or has no zone; the message says what to write.</exception>
    public static DateTimeOffset Read(string text, string name) => TryRead(text, out var moment)
        ? moment
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is no time with its zone: {Form}.");
}

/// <summary>Reads the moments of a JSON text, each with its zone.</summary>
public sealed class MomentConverter : JsonConverter<DateTimeOffset>
{
    private const int LongestInBytes = 64;

    /// <inheritdoc/>
    /// <exception cref="MomentException">It has no zone, or is no time at all; the message says what to write.</exception>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("A time is a text.");
        if (!reader.HasValueSequence && reader.ValueSpan.Length <= LongestInBytes && Moment.TryRead(reader.GetString()!, out var moment)) return moment;
        throw new MomentException();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value);
    }
}

/// <summary>What stands where a moment is expected is none, or has no zone; the serializer says where.</summary>
public sealed class MomentException() : JsonException($"it is no time with its zone: {Moment.Form}");
