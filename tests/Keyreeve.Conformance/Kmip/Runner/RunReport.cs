using System.Text.Json;
using System.Text.Json.Nodes;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>What came of a run.</summary>
internal sealed class RunReport(IReadOnlyList<CaseOutcome> outcomes)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public int Failed => Count(outcomes, CaseStatus.Failed);

    /// <summary>The counts of each version, and of each profile in it.</summary>
    public void WriteSummary(TextWriter output)
    {
        foreach (var version in outcomes.GroupBy(o => o.Case.Version).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"KMIP {version.Key}: {Counts(version)}");
            foreach (var profile in version.GroupBy(o => o.Case.Profile).OrderBy(g => g.Key, StringComparer.Ordinal))
                output.WriteLine($"    {profile.Key,-20} {Counts(profile)}");
        }

        output.WriteLine(Counts(outcomes));
    }

    /// <summary>One case, on a line; its first difference on two more.</summary>
    public static void WriteCase(TextWriter output, CaseOutcome outcome)
    {
        output.WriteLine($"{outcome.Status switch { CaseStatus.Passed => "pass", CaseStatus.Skipped => "skip", _ => "FAIL" }} {outcome.Case.Name}{(outcome.Reason is { } reason ? ": " + reason : "")}");
        if (outcome.Difference is not { } difference) return;
        output.WriteLine($"    expected: {difference.Path}: {difference.Expected}");
        output.WriteLine($"    actual:   {difference.Path}: {difference.Actual}");
    }

    public void WriteJson(string path)
    {
        var cases = outcomes.Select(o => (JsonNode)new JsonObject
        {
            ["name"] = o.Case.Name,
            ["version"] = o.Case.Version,
            ["profile"] = o.Case.Profile,
            ["status"] = o.Status.ToString().ToLowerInvariant(),
            ["reason"] = o.Reason,
            ["path"] = o.Difference?.Path,
            ["expected"] = o.Difference?.Expected,
            ["actual"] = o.Difference?.Actual,
        });
        var report = new JsonObject
        {
            ["passed"] = Count(outcomes, CaseStatus.Passed),
            ["failed"] = Failed,
            ["skipped"] = Count(outcomes, CaseStatus.Skipped),
            ["cases"] = new JsonArray([.. cases]),
        };
        File.WriteAllText(path, report.ToJsonString(Readable));
    }

    private static string Counts(IEnumerable<CaseOutcome> of) =>
        $"{Count(of, CaseStatus.Passed)} passed, {Count(of, CaseStatus.Failed)} failed, {Count(of, CaseStatus.Skipped)} skipped";

    private static int Count(IEnumerable<CaseOutcome> of, CaseStatus status) => of.Count(o => o.Status == status);
}
