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
    // So many candidates are checked before anything is done to find out which side is the smaller one.
    private const int Glance = 64;

    private const int FirstPatience = 2048;
    private const int PatienceGrowth = 8;

    // A candidate's row has to be read; of a range, mostly the index alone.
    private const int EntriesPerCandidate = 4;

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

        if (run.CountsAll)
        {
            var smallest = run.SmallestRange(long.MaxValue, out var entries);
            return run.CountCandidates() <= entries ? run.Walk(long.MaxValue)! : run.Scan(smallest);
        }

        if (run.Walk(Glance) is { } atOnce) return atOnce;

        // Neither side's size is known, and finding out may take longer than the answer: a little of each, then more.
        for (long patience = FirstPatience; ; patience *= PatienceGrowth)
        {
            var limit = EntriesPerCandidate * patience;
            var range = run.SmallestRange(limit, out var size);
            if (size < limit) return run.Scan(range);
            if (run.Walk(patience) is { } found) return found;
        }
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
