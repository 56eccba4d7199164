namespace Keyreeve.Server.Configuration;

/// <summary>
/// The file's grammar: <c>[section]</c>, <c>key = value</c>, and comments on lines of their own that begin with <c>#</c> or
/// <c>;</c>. No quoting, no escapes, no continuation lines: what stands right of the first <c>=</c> is the value.
/// </summary>
internal static class ConfFile
{
    /// <summary>Reads the text of a file; lines that are neither are added to <paramref name="faults"/>.</summary>
    public static List<OptionEntry> Read(string text, string fileName, List<ConfigurationFault> faults)
    {
        var entries = new List<OptionEntry>();
        string? section = null;
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            var source = $"{fileName}:{number}";
            if (line.Length == 0 || line[0] is '#' or ';') continue;
            if (line[0] == '[')
            {
                section = SectionOf(line);
                if (section is null) faults.Add(new ConfigurationFault(source, "A section is written '[name]'."));
                continue;
            }

            if (ReadEntry(line, section, source, faults) is { } entry) entries.Add(entry);
        }

        return entries;
    }

    private static OptionEntry? ReadEntry(string line, string? section, string source, List<ConfigurationFault> faults)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            faults.Add(new ConfigurationFault(source, "A line is 'key = value', '[section]' or a comment that begins with '#'."));
            return null;
        }

        if (section is null)
        {
            faults.Add(new ConfigurationFault(source, "This line stands before the first '[section]'."));
            return null;
        }

        return new OptionEntry(section, line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart(), source);
    }

    private static string? SectionOf(string line) =>
        line[^1] == ']' && line.Length > 2 && !line.AsSpan(1, line.Length - 2).ContainsAny("[]") ? line[1..^1].Trim() : null;
}
