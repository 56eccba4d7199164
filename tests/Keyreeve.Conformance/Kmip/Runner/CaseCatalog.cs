using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>The cases of a folder, in the order in which they are played.</summary>
internal sealed partial class CaseCatalog
{
    /// <summary>Files that go on with what an earlier file left. Each is a name without its version.</summary>
    private static readonly (string Before, string After)[] Continuations =
    [
        ("^TL-M-2$", "^TL-M-3$"),
        ("^SASED-M-2$", "^SASED-M-3$"),
        ("^TC-CREG-1$", "^TC-CREG-[23]$"),
        ("^TC-CREG-2$", "^TC-CREG-3$"),
        ("^TC-RNG-ATTR-1$", "^TC-RNG-ATTR-2$"),
        // One and the same request, of which a server takes all, then a part, then nothing more, until it is drawn from.
        ("^CS-RNG-M-1$", "^CS-RNG-O-1$"),
        ("^CS-RNG-O-1$", "^CS-RNG-O-2$"),
        ("^CS-RNG-O-2$", "^CS-RNG-O-4$"),
        // Two ways to set up the same name: a pad that the server has, and one that it has not.
        ("^TC-OTP-SETUP-1$", "^TC-OTP-[1245]$"),
        ("^TC-OTP-[1245]$", "^TC-OTP-CLEANUP-"),
        ("^TC-OTP-SETUP-1$", "^TC-OTP-CLEANUP-"),
        ("^TC-OTP-CLEANUP-", "^TC-OTP-SETUP-2$"),
        ("^TC-OTP-SETUP-2$", "^TC-OTP-3$"),
    ];

    /// <summary>What each case has to come after.</summary>
    private readonly ILookup<CaseFile, CaseFile> _before;

    private CaseCatalog(IReadOnlyList<CaseFile> cases, ILookup<CaseFile, CaseFile> before, ListOrders orders)
    {
        Cases = cases;
        _before = before;
        Orders = orders;
    }

    private CaseCatalog(IReadOnlyList<CaseFile> all, IReadOnlyList<string> filters, ListOrders orders)
    {
        Orders = orders;
        _before = Continuations.SelectMany(o => Pairs(all, o)).ToLookup(p => p.After, p => p.Before);
        var chosen = new HashSet<CaseFile>();
        foreach (var one in all.Where(c => filters.Count == 0 || filters.Any(f => c.Name.Contains(f, StringComparison.OrdinalIgnoreCase)))) Choose(one, chosen);
        var ordered = new List<CaseFile>();
        foreach (var one in all.Where(chosen.Contains)) Place(one, ordered);
        Cases = ordered;
    }

    /// <summary>In which orders the cases of the folder have lists, those that are not played included.</summary>
    public ListOrders Orders { get; }

    /// <summary>The cases, by version and name, each behind those it goes on from.</summary>
    public IReadOnlyList<CaseFile> Cases { get; }

    /// <summary>Finds cases.</summary>
    /// <param name="folder">Searched with all below it.</param>
    /// <param name="filters">Cases whose name contains one of these, and those they go on from; empty: all.</param>
    /// <exception cref="InvalidOperationException">There are none: a run of nothing must not pass.</exception>
    public static CaseCatalog Load(string folder, IReadOnlyList<string> filters) => Load(folder, filters, "");

    /// <summary>Finds the cases of some versions.</summary>
    /// <param name="folder">Searched with all below it.</param>
    /// <param name="versions">What their versions begin with.</param>
    public static CaseCatalog Load(string folder, string versions) => Load(folder, [], versions);

    private static CaseCatalog Load(string folder, IReadOnlyList<string> filters, string versions)
    {
        var stored = Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories).Select(CaseFile.Load).ToList();
        var all = stored
            .Where(c => c.Version.StartsWith(versions, StringComparison.Ordinal))
            .OrderBy(c => c.Version, StringComparer.Ordinal).ThenBy(c => SortKey(c.Name), StringComparer.Ordinal).ToList();
        var catalog = new CaseCatalog(all, filters, ListOrders.Of(stored));
        return catalog.Cases.Count > 0 ? catalog : throw new InvalidOperationException($"No test cases in {folder} that match.");
    }

    /// <summary>The same cases in another order; those that go on from one another stay together, and in their order.</summary>
    public CaseCatalog InOrder(CaseOrder order)
    {
        if (order.IsByName) return this;
        var chains = Chains();
        if (order.Seed is { } seed) new Random(seed).Shuffle(CollectionsMarshal.AsSpan(chains));
        else chains.Reverse();
        return new CaseCatalog([.. chains.SelectMany(static chain => chain)], _before, Orders);
    }

    /// <summary>For each case a catalog of its own, which begins with what the case goes on from.</summary>
    public IEnumerable<CaseCatalog> Alone()
    {
        foreach (var one in Cases)
        {
            var ordered = new List<CaseFile>();
            Place(one, ordered);
            yield return new CaseCatalog(ordered, _before, Orders);
        }
    }

    /// <summary>Whether one of these cases goes on from what this one left.</summary>
    public bool IsContinued(CaseFile played, IEnumerable<CaseFile> later) => later.Any(l => _before[l].Contains(played));

    private void Choose(CaseFile one, HashSet<CaseFile> chosen)
    {
        if (!chosen.Add(one)) return;
        foreach (var before in _before[one]) Choose(before, chosen);
    }

    private void Place(CaseFile one, List<CaseFile> ordered)
    {
        if (ordered.Contains(one)) return;
        foreach (var before in _before[one]) Place(before, ordered);
        ordered.Add(one);
    }

    /// <summary>Cases of one version; and of two, where the later one's version has nothing to go on from, or the first one's nothing that goes on.</summary>
    private static IEnumerable<(CaseFile Before, CaseFile After)> Pairs(IReadOnlyList<CaseFile> all, (string Before, string After) order)
    {
        var before = all.Where(c => Matches(order.Before, c.Name)).ToList();
        var after = all.Where(c => Matches(order.After, c.Name)).ToList();
        return before.SelectMany(first => after.Select(second => (first, second))).Where(p => p.first.Version == p.second.Version
            || before.TrueForAll(b => b.Version != p.second.Version)
            || after.TrueForAll(a => a.Version != p.first.Version));
    }

    /// <summary>The cases in sets that have nothing to do with each other.</summary>
    private List<List<CaseFile>> Chains()
    {
        var chains = new List<List<CaseFile>>();
        foreach (var one in Cases)
        {
            var joined = chains.Where(chain => chain.Exists(c => _before[one].Contains(c))).ToList();
            var chain = joined.SelectMany(static c => c).Append(one).ToList();
            chains.RemoveAll(joined.Contains);
            chains.Add(chain);
        }

        return chains;
    }

    private static bool Matches(string pattern, string name) =>
        Regex.IsMatch(VersionSuffix().Replace(name, ""), pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Numbers are ordered as numbers: SKFF-M-2 before SKFF-M-10.</summary>
    private static string SortKey(string name) => Digits().Replace(name, m => m.Value.PadLeft(6, '0'));

    [GeneratedRegex("-[0-9][0-9]$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionSuffix();

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}

/// <summary>In which order cases are played.</summary>
/// <param name="IsByName">By version and name.</param>
/// <param name="Seed">Shuffled so; null if not by name either: the last one first.</param>
internal readonly record struct CaseOrder(bool IsByName, int? Seed)
{
    public static CaseOrder ByName => new(true, null);

    /// <exception cref="FormatException">It is no order.</exception>
    public static CaseOrder Parse(string text) => text switch
    {
        "name" => ByName,
        "reversed" => new(false, null),
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) => new(false, seed),
        _ => throw new FormatException("--order is name, reversed or the number that a shuffle begins with"),
    };
}
