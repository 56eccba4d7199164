namespace Keyreeve.Cli.Scanning;

/// <summary>Looks through texts. Safe for many threads.</summary>
/// <param name="rules">What is looked for.</param>
/// <param name="honoursMarks">Whether a line with <see cref="Mark"/> is passed over.</param>
internal sealed class SecretScanner(ScanRules rules, bool honoursMarks)
{
    /// <summary>Who writes this on a line says that what stands there is meant to.</summary>
    public const string Mark = "keyreeve:allow";

    // A private key in PEM goes over several lines.
    private const int LongestMatch = 8 * 1024;

    /// <summary>What is wrong with the path of a file itself.</summary>
    public IEnumerable<ScanFinding> ScanPath(string path, string? commit = null) =>
        rules.OfPaths.Where(rule => rule.Path!.IsMatch(path)).Select(rule => new ScanFinding(rule, path, 0, null, commit));

    /// <summary>What stands in a text.</summary>
    /// <param name="text">The text; each byte of the file as one character.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="lineOf">The number in the file of a line of the text, both counted from 0 and 1.</param>
    /// <param name="commit">The commit that brings it.</param>
    public List<ScanFinding> Scan(string text, string path, Func<int, int> lineOf, string? commit = null)
    {
        var findings = new List<ScanFinding>();
        var (from, line, counted) = (0, 0, 0);
        while (from < text.Length)
        {
            var hit = text.AsSpan(from).IndexOfAny(rules.Keywords);
            if (hit < 0)
                break;
            hit += from;
            var start = text.LastIndexOf('\n', hit) + 1;
            var end = text.IndexOf('\n', hit);
            end = end < 0 ? text.Length : end;
            line += text.AsSpan(counted, start - counted).Count('\n');
            counted = start;
            if (!honoursMarks || !text.AsSpan(start, end - start).Contains(Mark, StringComparison.Ordinal))
                ScanLine(text, start, end, path, lineOf(line), commit, findings);
            from = end + 1;
        }

        return findings;
    }

    private void ScanLine(string text, int start, int end, string path, int line, string? commit, List<ScanFinding> findings)
    {
        var content = text.AsSpan(start, end - start);
        foreach (var rule in rules.OfContents)
        {
            if (!HasKeyword(rule, content))
                continue;
            // A match begins on this line and may go on beyond it.
            var reach = Math.Min(text.Length, end + LongestMatch) - start;
            foreach (var match in rule.Pattern!.EnumerateMatches(text.AsSpan(start, reach)))
            {
                if (match.Index >= content.Length)
                    break;
                // EnumerateMatches tells no groups; the few that match are matched once more.
                var found = rule.Pattern.Match(text, start + match.Index, match.Length);
                var secret = found.Groups["secret"] is { Success: true } group ? group.Value : found.Value;
                if (found.Success && rule.Accepts(secret))
                    findings.Add(new ScanFinding(rule, path, line, secret, commit));
            }
        }
    }

    private static bool HasKeyword(ScanRule rule, ReadOnlySpan<char> content)
    {
        foreach (var keyword in rule.Keywords)
        {
            if (content.Contains(keyword, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
