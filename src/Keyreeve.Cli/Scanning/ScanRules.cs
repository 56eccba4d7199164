using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Scanning;

/// <summary>The rules of a scan: ours, and those of a file.</summary>
internal sealed class ScanRules
{
    private const string SectionPrefix = "rule ";

    private static readonly string[] Keys = ["description", "keyword", "pattern", "entropy", "mixed", "path"];

    private ScanRules(IReadOnlyList<ScanRule> all)
    {
        All = all;
        OfContents = [.. all.Where(static rule => rule.Pattern is not null)];
        OfPaths = [.. all.Where(static rule => rule.Path is not null)];
        Keywords = SearchValues.Create([.. OfContents.SelectMany(static rule => rule.Keywords).Distinct(StringComparer.OrdinalIgnoreCase)], StringComparison.OrdinalIgnoreCase);
    }

    public IReadOnlyList<ScanRule> All { get; }

    public IReadOnlyList<ScanRule> OfContents { get; }

    public IReadOnlyList<ScanRule> OfPaths { get; }

    /// <summary>Every keyword: where none of them stands, no rule is tried.</summary>
    public SearchValues<string> Keywords { get; }

    /// <summary>Our rules as text.</summary>
    public static string StandardText
    {
        get
        {
            using var stream = typeof(ScanRules).Assembly.GetManifestResourceStream("scan-rules.conf")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Our rules, and those of a file above them.</summary>
    /// <exception cref="CliException">The file has faults; all of them are named.</exception>
    public static ScanRules Load(string? path)
    {
        var rules = new Dictionary<string, ScanRule>(StringComparer.Ordinal);
        Add(rules, StandardText, "scan-rules.conf");
        if (path is not null)
            Add(rules, File.ReadAllText(path), path);
        return new ScanRules([.. rules.Values]);
    }

    private static void Add(Dictionary<string, ScanRule> rules, string text, string fileName)
    {
        var faults = new List<string>();
        var sections = ConfigurationText.Read(text, fileName, (source, what) => faults.Add($"{source}: {what}")).GroupBy(static line => line.Section, StringComparer.Ordinal);
        foreach (var section in sections)
        {
            if (!section.Key.StartsWith(SectionPrefix, StringComparison.Ordinal))
            {
                faults.Add($"{section.First().Source}: There is no section [{section.Key}]; a rule is '[rule NAME]'.");
                continue;
            }

            if (Read(section.Key[SectionPrefix.Length..].Trim(), [.. section], faults) is { } rule)
                rules[rule.Name] = rule;
        }

        if (faults.Count > 0)
            throw new CliException(ExitCode.Configuration, string.Join('\n', faults), "mend the file of rules");
    }

    private static ScanRule? Read(string name, List<ConfigurationLine> lines, List<string> faults)
    {
        var values = new Dictionary<string, ConfigurationLine>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            if (!Keys.Contains(line.Key, StringComparer.Ordinal))
                faults.Add($"{line.Source}: A rule has no '{line.Key}'; it has {string.Join(", ", Keys)}.");
            else if (!values.TryAdd(line.Key, line))
                faults.Add($"{line.Source}: '{line.Key}' is set already.");
        }

        var before = faults.Count;
        if (values.ContainsKey("path") == values.ContainsKey("pattern") || values.ContainsKey("pattern") != values.ContainsKey("keyword"))
            faults.Add($"{lines[0].Source}: A rule has either 'path', or 'pattern' and 'keyword'.");
        var rule = new ScanRule
        {
            Name = name,
            Description = values.TryGetValue("description", out var description) ? description.Value : name,
            Keywords = values.TryGetValue("keyword", out var keywords) ? keywords.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [],
            Pattern = ExpressionOf("pattern"),
            Path = ExpressionOf("path"),
            Entropy = values.TryGetValue("entropy", out var entropy) ? NumberOf(entropy) : 0,
            IsMixed = values.TryGetValue("mixed", out var mixed) && mixed.Value is "yes",
        };
        return faults.Count == before ? rule : null;

        Regex? ExpressionOf(string key)
        {
            if (!values.TryGetValue(key, out var line))
                return null;
            try
            {
                // Without backtracking there is no text on which a pattern takes for ever.
                return new Regex(line.Value, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
            }
            catch (Exception e) when (e is ArgumentException or NotSupportedException)
            {
                faults.Add($"{line.Source}: '{key}' cannot be used: {e.Message}");
                return null;
            }
        }

        double NumberOf(ConfigurationLine line)
        {
            if (double.TryParse(line.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 8)
                return number;
            faults.Add($"{line.Source}: 'entropy' is a number from 0 to 8.");
            return 0;
        }
    }
}
