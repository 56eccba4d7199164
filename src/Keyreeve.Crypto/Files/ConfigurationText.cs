namespace Keyreeve.Crypto.Files;

/// <summary>One line of a configuration file.</summary>
/// <param name="Section">The section.</param>
/// <param name="Key">The name of the setting.</param>
/// <param name="Value">Its value.</param>
/// <param name="Source">File and line, for messages.</param>
public readonly record struct ConfigurationLine(string Section, string Key, string Value, string Source);

/// <summary>
/// The grammar of every configuration file: <c>[section]</c>, <c>key = value</c>, and comments on lines of their own that begin with
/// <c>#</c> or <c>;</c>. No quoting, no escapes, no continuation lines: what stands right of the first <c>=</c> is the value.
/// </summary>
public static class ConfigurationText
{
    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">How messages call the file.</param>
    /// <param name="fault">Told of each line that is none, by its place and what is wrong with it.</param>
    public static List<ConfigurationLine> Read(string text, string fileName, Action<string, string> fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(fault);
        var entries = new List<ConfigurationLine>();
        string? section = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            var source = $"{fileName}:{number}";
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (line[0] == '[')
            {
                section = SectionOf(line);
                if (section is null)
                    fault(source, "A section is written '[name]'.");
            }
            else if (equals <= 0)
            {
                fault(source, "A line is 'key = value', '[section]' or a comment that begins with '#'.");
            }
            else if (section is null)
            {
                fault(source, "This line stands before the first '[section]'.");
            }
            else
            {
                entries.Add(new ConfigurationLine(section, line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart(), source));
            }
        }

        return entries;
    }

    private static string? SectionOf(string line) =>
        line[^1] == ']' && line.Length > 2 && !line.AsSpan(1, line.Length - 2).ContainsAny("[]") ? line[1..^1].Trim() : null;
}
