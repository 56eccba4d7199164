using System.Text;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Locate in its plainest form, for comparison: looks at every object.</summary>
internal static class LocateModel
{
    public static async Task AssertAgrees(IObjectStore store, ObjectQuery query, IReadOnlyCollection<StoredObject> rows)
    {
        var matching = rows.Where(row => row.Tenant == query.Tenant && query.Conditions.All(c => Fulfils(row, c)))
            .Select(row => row.Id).OrderDescending().ToList();
        var expected = matching.Where(id => query.Before is not { } before || id.CompareTo(before) < 0).Skip(query.Offset).Take(query.Limit);
        var result = await store.LocateAsync(query, CancellationToken.None);
        Assert.True(expected.SequenceEqual(result.Ids), Describe(query));
        Assert.True((query.CountAll ? matching.Count : null) == result.Total, Describe(query));
    }

    private static bool Fulfils(StoredObject row, IndexCondition condition) =>
        row.Index.Any(entry => string.Equals(entry.Term, condition.Term, StringComparison.Ordinal) && condition.Ranges.Any(range =>
            entry.Value.Span.SequenceCompareTo(range.From.Span) >= 0 && entry.Value.Span.SequenceCompareTo(range.To.Span) <= 0));

    private static string Describe(ObjectQuery query)
    {
        var text = new StringBuilder($"Before {query.Before}, Offset {query.Offset}, Limit {query.Limit}, CountAll {query.CountAll}");
        foreach (var condition in query.Conditions)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"; {condition.Term}: ")
                .AppendJoin(',', condition.Ranges.Select(r => $"{Convert.ToHexString(r.From.Span)}-{Convert.ToHexString(r.To.Span)}"));
        return text.ToString();
    }
}
