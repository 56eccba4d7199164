namespace Keyreeve.Cli.Scanning;

/// <summary>Findings that are known: one a line, as <c>fingerprint rule path</c>.</summary>
internal static class ScanBaseline
{
    /// <summary>What it is called where none is named.</summary>
    public const string FileName = ".keyreeve-scan-baseline";

    private const string Heading = "# What keyreeve scan found and is known here. Written by: keyreeve scan --write-baseline\n";

    /// <summary>The findings that are not known.</summary>
    public static IReadOnlyList<ScanFinding> NewIn(IReadOnlyList<ScanFinding> findings, string path)
    {
        var known = File.ReadLines(path).Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split(' ', 2)[0]).ToHashSet(StringComparer.Ordinal);
        return [.. findings.Where(finding => !known.Contains(finding.Fingerprint()))];
    }

    /// <summary>Writes all findings down as known.</summary>
    public static void Write(IReadOnlyList<ScanFinding> findings, string path)
    {
        var lines = findings.Select(static finding => $"{finding.Fingerprint()} {finding.Rule} {finding.Path}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        File.WriteAllText(path, Heading + string.Concat(lines.Select(static line => line + "\n")));
    }
}
