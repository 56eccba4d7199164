using System.Collections.Frozen;
using System.Globalization;
using Keyreeve.Kmip;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>What the standard requires of each request, and with what it may be refused: <c>ResultReasons.md</c>, read.</summary>
internal sealed class ReasonTable
{
    private const string EveryOperation = "*";
    private const int Columns = 6;

    private readonly FrozenDictionary<(string Operation, ProtocolVersion Version), Row> _rows;
    private readonly List<Addition> _additions;

    private ReasonTable(Dictionary<(string Operation, ProtocolVersion Version), Row> rows, List<Addition> additions) =>
        (_rows, _additions) = (rows.ToFrozenDictionary(), additions);

    /// <summary>Reads the page.</summary>
    public static ReasonTable Read()
    {
        var rows = new Dictionary<(string Operation, ProtocolVersion Version), Row>();
        var additions = new List<Addition>();
        var page = File.ReadAllLines(Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Kmip", "Probe", "ResultReasons.md"));
        foreach (var line in page.Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| Operation", StringComparison.Ordinal) && !l.StartsWith("| Reason", StringComparison.Ordinal)))
        {
            var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (cells.Length != Columns)
            {
                additions.Add(new Addition(Enum.Parse<ResultReason>(cells[0]), [.. List(cells[1]).Select(Version)], [.. List(cells[2])]));
                continue;
            }

            foreach (var version in List(cells[1]))
                rows.Add((cells[0], Version(version)), new Row([.. List(cells[3])], [.. List(cells[5]).Select(Enum.Parse<ResultReason>)]));
        }

        // A page that says nothing would let everything pass.
        if (rows.Count < 200) throw new InvalidDataException("The table of Result Reasons is not whole.");
        return new ReasonTable(rows, additions);
    }

    /// <summary>The fields without which a request is none.</summary>
    public IReadOnlyList<string> Required(Operation operation, ProtocolVersion version) => RowOf(operation, version)?.Required ?? [];

    /// <summary>Whether the standard gives this reason for this operation.</summary>
    public bool Allows(Operation operation, ProtocolVersion version, ResultReason reason) =>
        (RowOf(operation, version)?.Reasons.Contains(reason) ?? false)
        || (_rows.TryGetValue((EveryOperation, version), out var general) && general.Reasons.Contains(reason))
        // What 1.x and operations without a table have: the reasons that every table of 2.1 has.
        || (RowOf(operation, version) is null or { Reasons.Count: 0 } && _rows[("DiscoverVersions", ProtocolVersion.Kmip21)].Reasons.Contains(reason))
        || _additions.Any(a => a.Reason == reason && a.Versions.Contains(version) && (a.Operations.Contains(EveryOperation) || a.Operations.Contains($"{operation}")));

    // KMIP 3.0 has no published text: it is held against 2.1. Editions that forget an operation's errors have those of the next.
    private Row? RowOf(Operation operation, ProtocolVersion version)
    {
        var own = _rows.GetValueOrDefault(($"{operation}", version.Major >= 3 ? ProtocolVersion.Kmip21 : version));
        if (own is null or { Reasons.Count: > 0 } || version.Major >= 2) return own;
        var next = _rows.Where(r => r.Key.Operation == $"{operation}" && r.Key.Version > version && r.Key.Version.Major == 1 && r.Value.Reasons.Count > 0)
            .OrderBy(r => r.Key.Version).Select(r => r.Value).FirstOrDefault();
        return next is null ? own : own with { Reasons = next.Reasons };
    }

    private static string[] List(string cell) => cell.Length == 1 && cell != EveryOperation ? [] : cell.Split(", ");

    private static ProtocolVersion Version(string text) =>
        new(int.Parse(text.AsSpan(0, 1), CultureInfo.InvariantCulture), int.Parse(text.AsSpan(2), CultureInfo.InvariantCulture));

    private sealed record Row(IReadOnlyList<string> Required, IReadOnlyList<ResultReason> Reasons);

    private sealed record Addition(ResultReason Reason, IReadOnlyList<ProtocolVersion> Versions, IReadOnlyList<string> Operations);
}
