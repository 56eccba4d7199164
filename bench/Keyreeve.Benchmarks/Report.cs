using System.Globalization;
using System.Text.Json;

namespace Keyreeve.Benchmarks;

/// <summary>The table, for people and as JSON.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void PrintHeader() =>
        Console.WriteLine($"{"name",-28} {"ours",14} {"reference",14} {"ratio",7} {"±",6}  {"unit",-14} against");

    public static void Print(Row row) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Name,-28} {Number(row.Ours),14} {Number(row.Reference),14} {row.Ratio,7:0.00} {row.Spread,6:0%}  {row.Unit,-14} {row.ReferenceName}"));

    public static void Write(string path, IReadOnlyList<Row> rows) => File.WriteAllText(path, JsonSerializer.Serialize(
        new
        {
            Rows = rows.Select(r => new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["name"] = r.Name,
                ["unit"] = r.Unit,
                ["ours"] = r.Ours,
                ["reference"] = r.Reference,
                ["reference_name"] = r.ReferenceName,
                ["ratio"] = r.Ratio,
                ["spread"] = r.Spread,
            }),
        },
        Json));

    private static string Number(double? value) => value is not { } number
        ? "–"
        : number.ToString(number >= 100 ? "#,##0" : "0.00", CultureInfo.InvariantCulture);
}
