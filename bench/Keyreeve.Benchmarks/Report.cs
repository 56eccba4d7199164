using System.Globalization;
using System.Text.Json;

namespace Keyreeve.Benchmarks;

/// <summary>The table, for people and as JSON.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Row> _rows = [];
    private readonly List<(string Name, string Reason)> _skipped = [];

    /// <summary>Whether a row could not be measured though all it needs is there.</summary>
    public bool HasFailed { get; private set; }

    public static void PrintHeader() =>
        Console.WriteLine($"{"name",-20} {"ours",12} {"reference",12} {"ratio",8} {"±",5}  {"unit",-12} against");

    public void Add(Row row)
    {
        _rows.Add(row);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Name,-20} {Number(row.Ours),12} {Number(row.Reference),12} {row.Ratio,8:0.00} {row.Spread,5:0%}  {row.Unit,-12} {row.ReferenceName}"));
    }

    public void AddSkipped(string name, string reason)
    {
        _skipped.Add((name, reason));
        Console.WriteLine($"{name,-20} skipped: {reason}");
    }

    public void AddFailed(string name, string reason)
    {
        HasFailed = true;
        Console.WriteLine($"{name,-20} FAILED: {reason}");
    }

    public void PrintFooter(TimeSpan duration) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"\n{_rows.Count} rows in {duration.TotalSeconds:0} s. Medians; ± is half the distance between the best and the worst round. Ratios are what counts."));

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(
        new
        {
            Rows = _rows.Select(static r => new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["name"] = r.Name,
                ["unit"] = r.Unit,
                ["ours"] = r.Ours,
                ["reference"] = r.Reference,
                ["reference_name"] = r.ReferenceName,
                ["ratio"] = r.Ratio,
                ["spread"] = r.Spread,
            }),
            Skipped = _skipped.Select(static s => new { s.Name, s.Reason }),
        },
        Json));

    private static string Number(double? value) => value is not { } number
        ? "–"
        : number.ToString(number >= 100 ? "#,##0" : "0.00", CultureInfo.InvariantCulture);
}
