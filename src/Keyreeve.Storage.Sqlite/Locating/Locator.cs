using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>
/// Answers Locate. Single values are followed side by side through the index, newest first, each jumping to where the
/// others stand, so that the work is bounded by the rarest of them and ends with the last object asked for; a range in
/// which there are few values is as good. Ranges of many have no such order: either the range is scanned, or the
/// candidates of the other conditions are checked against it, whichever is less work.
/// </summary>
internal sealed class Locator(SqliteConnection connection, TermTable terms)
{
    // A range of at most so many entries is scanned without further thought.
    private const int SmallRange = 4096;

    // How many candidates may be checked before it is worth counting which side is the smaller one.
    private const int PatienceInCandidates = 20_000;

    private readonly LocateStatements _statements = new(connection);

    public LocateResult Locate(ObjectQuery query, CancellationToken cancellationToken)
    {
        _statements.Begin.Execute(); // one snapshot for all statements
        try
        {
            if (Resolve(query) is not { } conditions) return new LocateResult([], query.CountAll ? 0 : null);
            return Choose(new LocateRun(_statements, query, conditions, cancellationToken));
        }
        finally
        {
            _statements.Finish();
        }
    }

    private static LocateResult Choose(LocateRun run)
    {
        if (run.Ranged.Count == 0) return run.Walk(long.MaxValue)!;

        var range = run.SmallestRange(SmallRange, out var size);
        if (size < SmallRange) return run.Scan(range);
        if (!run.CountsAll && run.Walk(PatienceInCandidates) is { } found) return found;

        range = run.SmallestRange(long.MaxValue, out size);
        return run.CountCandidates() <= size ? run.Walk(long.MaxValue)! : run.Scan(range);
    }

    // Null if a condition cannot be fulfilled.
    private List<Condition>? Resolve(ObjectQuery query)
    {
        var resolved = new List<Condition>(query.Conditions.Count);
        foreach (var condition in query.Conditions)
        {
            if (Condition.Of(NumberOf(condition.Term), condition.Ranges) is not { } possible || possible.Term == 0) return null;
            var narrowed = possible.Narrow(_statements, query.Tenant.Value);
            if (narrowed.Ranges.Count == 0) return null;
            resolved.Add(narrowed);
        }

        return resolved;
    }

    private int NumberOf(string term)
    {
        if (terms.TryGet(term, out var number)) return number;
        var find = _statements.FindTerm.BindText(1, Utf8.Encode(term));
        number = find.Step() ? (int)find.Int64(0) : 0;
        find.Reset();
        if (number != 0) terms.Add(term, number);
        return number;
    }
}
