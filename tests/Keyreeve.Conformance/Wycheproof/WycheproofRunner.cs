using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Runs every vector of one file and holds each result against the file's.</summary>
internal static class WycheproofRunner
{
    public const string Collection = "wycheproof";
    private const int MaxReportedDifferences = 12;

    /// <summary>Runs <paramref name="file"/> and fails the test with the first differences.</summary>
    /// <param name="file">Name of the file within the folder.</param>
    /// <param name="run">Runs one vector; is given its group and itself.</param>
    public static void Run(string file, Func<JsonElement, JsonElement, Outcome> run)
    {
        var folder = VectorFiles.RequireCollection(Collection);
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file)));
        var tally = new Tally();
        var differences = new List<string>();
        foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            foreach (var test in group.GetProperty("tests").EnumerateArray())
            {
                tally.Count(test.Text("result"));
                if (Judge(file, group, test, run) is { } difference)
                    differences.Add(difference);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: {tally}");
        Assert.True(differences.Count == 0, Describe(file, tally, differences));
        Assert.Equal(document.RootElement.Number("numberOfTests"), tally.Total);
        Assert.Equal(WycheproofCounts.Read(folder)[file], tally);
    }

    private static string? Judge(
        string file, JsonElement group, JsonElement test, Func<JsonElement, JsonElement, Outcome> run)
    {
        Outcome outcome;
        try
        {
            outcome = run(group, test);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            outcome = Outcome.Different($"threw {e.GetType().Name}: {e.Message}");
        }

        var expected = test.Text("result") switch
        {
            _ when UnofferedCases.Covers(file, group, test) => OutcomeKind.Rejected,
            "valid" => OutcomeKind.Accepted,
            "invalid" => OutcomeKind.Rejected,
            "acceptable" => AcceptableCases.Decide(Flags(test)),
            var other => throw new InvalidDataException($"{file}: result {other}"),
        };
        return outcome.Kind == expected
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"tcId {test.Number("tcId")} ({test.Text("result")} {string.Join(',', Flags(test))}; {test.Text("comment")}): "
                + $"expected {expected}, was {outcome.Kind} {outcome.Detail}");
    }

    private static string[] Flags(JsonElement test) =>
        test.TryGetProperty("flags", out var flags) ? [.. flags.EnumerateArray().Select(f => f.GetString()!)] : [];

    private static string Describe(string file, Tally tally, List<string> differences) =>
        $"{file}: {differences.Count} of {tally.Total} vectors differ\n  "
        + string.Join("\n  ", differences.Take(MaxReportedDifferences));
}
