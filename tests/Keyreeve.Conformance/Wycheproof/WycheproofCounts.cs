using System.Globalization;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>How many vectors of each kind there are.</summary>
internal sealed record Tally
{
    public int Total { get; private set; }

    public int Valid { get; private set; }

    public int Invalid { get; private set; }

    public int Acceptable { get; private set; }

    public void Count(string result)
    {
        Total++;
        switch (result)
        {
            case "valid": Valid++; break;
            case "invalid": Invalid++; break;
            case "acceptable": Acceptable++; break;
            default: throw new InvalidDataException($"result {result}");
        }
    }

    public static Tally Parse(string total, string valid, string invalid, string acceptable) => new()
    {
        Total = int.Parse(total, CultureInfo.InvariantCulture),
        Valid = int.Parse(valid, CultureInfo.InvariantCulture),
        Invalid = int.Parse(invalid, CultureInfo.InvariantCulture),
        Acceptable = int.Parse(acceptable, CultureInfo.InvariantCulture),
    };

    public override string ToString() => $"{Total} vectors ({Valid} valid, {Invalid} invalid, {Acceptable} acceptable)";
}

/// <summary>COUNTS.tsv: what the publisher of the collection counted, file by file.</summary>
internal static class WycheproofCounts
{
    public static Dictionary<string, Tally> Read(string folder)
    {
        // file \t algorithm \t schema \t total \t valid \t invalid \t acceptable \t bytes
        var rows = File.ReadLines(Path.Combine(folder, "COUNTS.tsv")).Skip(1).Select(line => line.Split('\t'));
        return rows.ToDictionary(row => row[0], row => Tally.Parse(row[3], row[4], row[5], row[6]), StringComparer.Ordinal);
    }
}
