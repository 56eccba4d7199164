namespace Keyreeve.Client.Configuration;

/// <summary>One line of a configuration, whatever form it came in.</summary>
/// <param name="Section">The section: <c>client</c>, <c>server primary</c> …</param>
/// <param name="Key">The name of the setting.</param>
/// <param name="Value">Its value.</param>
/// <param name="Source">Where it stands, for messages.</param>
internal sealed record SettingsEntry(string Section, string Key, string Value, string Source);

/// <summary>
/// The file's grammar, the same as the server's: <c>[section]</c>, <c>key = value</c>, and comments on lines of their own that begin
/// with <c>#</c> or <c>;</c>. No quoting, no escapes, no continuation lines: what stands right of the first <c>=</c> is the value.
/// </summary>
internal static class SettingsFile
{
    /// <summary>Reads the text of a file; lines that are neither are added to <paramref name="faults"/>.</summary>
    public static List<SettingsEntry> Read(string text, string fileName, List<string> faults)
    {
        var entries = new List<SettingsEntry>();
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
                    faults.Add($"{source}: A section is written '[name]'.");
            }
            else if (equals <= 0)
            {
                faults.Add($"{source}: A line is 'key = value', '[section]' or a comment that begins with '#'.");
            }
            else if (section is null)
            {
                faults.Add($"{source}: This line stands before the first '[section]'.");
            }
            else
            {
                entries.Add(new SettingsEntry(section, line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart(), source));
            }
        }

        return entries;
    }

    private static string? SectionOf(string line) =>
        line[^1] == ']' && line.Length > 2 && !line.AsSpan(1, line.Length - 2).ContainsAny("[]") ? line[1..^1].Trim() : null;
}
