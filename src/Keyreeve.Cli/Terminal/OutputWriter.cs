using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keyreeve.Cli.Terminal;

/// <summary>For whom the output is.</summary>
internal enum OutputFormat
{
    /// <summary>Not a format.</summary>
    None = 0,

    /// <summary>For people.</summary>
    Table,

    /// <summary>For programs.</summary>
    Json,
}

/// <summary>A column or line of a table: its heading, and what stands in it.</summary>
internal readonly record struct Column<T>(string Heading, Func<T, string?> Cell);

/// <summary>Writes results: as tables for people, as JSON for programs.</summary>
internal sealed class OutputWriter(TextWriter writer, OutputFormat format)
{
    public static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Not for HTML: what is readable stays so.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions JsonLineOptions = new(JsonOptions) { WriteIndented = false };

    public bool IsJson => format == OutputFormat.Json;

    /// <summary>Writes several things: one line each, or a JSON array.</summary>
    public void WriteRows<T>(IReadOnlyList<T> items, string ifNone, params ReadOnlySpan<Column<T>> columns)
    {
        if (IsJson)
        {
            WriteJson(items);
            return;
        }

        if (items.Count == 0)
        {
            writer.WriteLine(ifNone);
            return;
        }

        WriteAligned([HeadingsOf(columns), .. CellsOf(items, columns)], new int[columns.Length]);
    }

    /// <summary>Writes things of which more will come: the headings before the first alone, and for programs each as one line of JSON.</summary>
    /// <param name="items">Those there are by now.</param>
    /// <param name="widths">How wide the columns have become, which the caller keeps; empty before the first.</param>
    /// <param name="columns">What of each stands in its line.</param>
    public void WriteMoreRows<T>(IReadOnlyList<T> items, ref int[] widths, params ReadOnlySpan<Column<T>> columns)
    {
        if (IsJson)
        {
            foreach (var item in items) writer.WriteLine(JsonSerializer.Serialize(item, JsonLineOptions));
            return;
        }

        var isFirst = widths.Length == 0;
        if (isFirst) widths = new int[columns.Length];
        WriteAligned(isFirst ? [HeadingsOf(columns), .. CellsOf(items, columns)] : CellsOf(items, columns), widths);
    }

    /// <summary>Writes one thing: one line for each of its properties, or a JSON object.</summary>
    public void WriteFields<T>(T item, params ReadOnlySpan<Column<T>> fields)
    {
        if (IsJson)
        {
            WriteJson(item);
            return;
        }

        var lines = new List<string[]>();
        foreach (var field in fields)
        {
            if (field.Cell(item) is { } value)
                lines.Add([field.Heading, Plain(value)]);
        }

        WriteAligned(lines, new int[lines.Count == 0 ? 0 : lines[0].Length]);
    }

    /// <summary>Writes a JSON value.</summary>
    public void WriteJson<T>(T value) => writer.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Writes one value: its text alone, or all of it as JSON.</summary>
    public void WriteValue<T>(T value, string text)
    {
        if (IsJson)
            WriteJson(value);
        else
            writer.WriteLine(Plain(text));
    }

    /// <summary>Writes a line that only people need.</summary>
    public void WriteRemark(string text)
    {
        if (!IsJson)
            writer.WriteLine(text);
    }

    /// <summary>Names come from callers and servers: what would move a terminal's cursor is shown as a question mark.</summary>
    private static string Plain(string text) =>
        text.Any(char.IsControl) ? new string([.. text.Select(static c => char.IsControl(c) ? '?' : c)]) : text;

    private static string[] HeadingsOf<T>(ReadOnlySpan<Column<T>> columns)
    {
        var headings = new string[columns.Length];
        for (var c = 0; c < columns.Length; c++)
            headings[c] = columns[c].Heading.ToUpperInvariant();
        return headings;
    }

    private static List<string[]> CellsOf<T>(IReadOnlyList<T> items, ReadOnlySpan<Column<T>> columns)
    {
        var lines = new List<string[]>(items.Count);
        foreach (var item in items)
        {
            var cells = new string[columns.Length];
            for (var c = 0; c < columns.Length; c++)
                cells[c] = Plain(columns[c].Cell(item) ?? "-");
            lines.Add(cells);
        }

        return lines;
    }

    private void WriteAligned(List<string[]> lines, int[] widths)
    {
        var columns = widths.Length;
        foreach (var line in lines)
        {
            for (var c = 0; c < columns; c++)
                widths[c] = Math.Max(widths[c], line[c].Length);
        }

        foreach (var line in lines)
        {
            for (var c = 0; c < columns - 1; c++)
                writer.Write(line[c].PadRight(widths[c] + 2));
            writer.WriteLine(line[^1]);
        }
    }
}
