using System.Text.RegularExpressions;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>The cases of a folder, in the order in which they are played.</summary>
internal static partial class CaseCatalog
{
    /// <summary>Families whose files go on with what an earlier file left, in order. Each is a name without its version.</summary>
    private static readonly (string Before, string After)[] Orders =
    [
        ("^TL-M-2$", "^TL-M-3$"),
        ("^SASED-M-2$", "^SASED-M-3$"),
        ("^TC-CREG-1$", "^TC-CREG-[23]$"),
        ("^TC-CREG-2$", "^TC-CREG-3$"),
        ("^TC-RNG-ATTR-1$", "^TC-RNG-ATTR-2$"),
    ];

    /// <summary>The same for families of which one version alone has the files that set up and clean up. The second way to set up
    /// has the first one's Name, which can be given again once it is free.</summary>
    private static readonly (string Before, string After)[] OrdersOfAllVersions =
    [
        ("^TC-OTP-SETUP-1$", "^TC-OTP-[0-9]"),
        ("^TC-OTP-SETUP-1$", "^TC-OTP-CLEANUP-"),
        ("^TC-OTP-[0-9]", "^TC-OTP-CLEANUP-"),
        ("^TC-OTP-CLEANUP-", "^TC-OTP-SETUP-2$"),
    ];

    /// <summary>The cases, by version and name, each behind those it goes on from.</summary>
    /// <param name="folder">Searched with all below it.</param>
    /// <param name="filters">Cases whose name contains one of these, and those they go on from; empty: all.</param>
    /// <exception cref="InvalidOperationException">There are none: a run of nothing must not pass.</exception>
    public static IReadOnlyList<CaseFile> Load(string folder, IReadOnlyList<string> filters)
    {
        var all = Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories).Select(CaseFile.Load)
            .OrderBy(c => c.Version, StringComparer.Ordinal).ThenBy(c => SortKey(c.Name), StringComparer.Ordinal).ToList();
        var chosen = all.Where(c => filters.Count == 0 || filters.Any(f => c.Name.Contains(f, StringComparison.OrdinalIgnoreCase))).ToHashSet();
        foreach (var needed in chosen.ToList().SelectMany(c => all.Where(other => GoesBefore(other, c)))) chosen.Add(needed);
        var ordered = new List<CaseFile>();
        foreach (var one in all.Where(chosen.Contains)) Place(one, all.Where(chosen.Contains), ordered);
        return ordered.Count > 0 ? ordered : throw new InvalidOperationException($"No test cases in {folder} that match.");
    }

    /// <summary>Whether one of these cases goes on from what this one left.</summary>
    public static bool IsContinued(CaseFile played, IEnumerable<CaseFile> later) => later.Any(l => GoesBefore(played, l));

    private static void Place(CaseFile one, IEnumerable<CaseFile> chosen, List<CaseFile> ordered)
    {
        if (ordered.Contains(one)) return;
        foreach (var before in chosen.Where(other => GoesBefore(other, one))) Place(before, chosen, ordered);
        ordered.Add(one);
    }

    private static bool GoesBefore(CaseFile first, CaseFile second) =>
        (string.Equals(first.Version, second.Version, StringComparison.Ordinal) && IsOrdered(Orders, first, second))
        || IsOrdered(OrdersOfAllVersions, first, second);

    private static bool IsOrdered((string Before, string After)[] orders, CaseFile first, CaseFile second) =>
        orders.Any(o => Matches(o.Before, first.Name) && Matches(o.After, second.Name));

    private static bool Matches(string pattern, string name) =>
        Regex.IsMatch(VersionSuffix().Replace(name, ""), pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Numbers are ordered as numbers: SKFF-M-2 before SKFF-M-10.</summary>
    private static string SortKey(string name) => Digits().Replace(name, m => m.Value.PadLeft(6, '0'));

    [GeneratedRegex("-[0-9][0-9]$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionSuffix();

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
