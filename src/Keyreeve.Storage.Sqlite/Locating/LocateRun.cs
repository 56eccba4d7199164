using System.Buffers.Binary;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Storage.Sqlite.Locating;

/// <summary>One query on its way. Keeps as many identities as it returns or skips, however many match.</summary>
internal sealed class LocateRun
{
    private const int CandidatesBetweenLooks = 1024;

    private readonly LocateStatements _statements;
    private readonly ObjectQuery _query;
    private readonly List<Condition> _conditions;
    private readonly List<Condition> _ordered;
    private readonly CancellationToken _cancellationToken;
    private readonly UInt128? _before;
    private long _candidates;

    public LocateRun(LocateStatements statements, ObjectQuery query, List<Condition> conditions, CancellationToken cancellationToken)
    {
        _statements = statements;
        _query = query;
        _conditions = conditions;
        _cancellationToken = cancellationToken;
        _ordered = conditions.FindAll(static condition => condition.IsOrdered);
        Ranged = conditions.FindAll(static condition => !condition.IsOrdered);
        if (query.Before is { } before) _before = Bits(before);
    }

    /// <summary>The conditions whose objects cannot be followed in order.</summary>
    public List<Condition> Ranged { get; }

    /// <summary>Whether everything that matches has to be counted.</summary>
    public bool CountsAll => _query.CountAll;

    /// <summary>Finds the ranged condition with the fewest entries; counts to <paramref name="limit"/>.</summary>
    public Condition SmallestRange(long limit, out long size)
    {
        size = long.MaxValue;
        var smallest = Ranged[0];
        foreach (var condition in Ranged)
        {
            long count = 0;
            foreach (var range in condition.Ranges)
                count += _statements.CountRange
                    .Bind(1, _query.Tenant.Value).Bind(2, condition.Term).Bind(3, range.From.Span).Bind(4, range.To.Span).Bind(5, limit).ReadInt64();
            if (count >= size) continue;
            (smallest, size) = (condition, count);
        }

        return smallest;
    }

    /// <summary>How many candidates a walk meets at most.</summary>
    public long CountCandidates() => _ordered.Count == 0
        ? _statements.CountObjects.Bind(1, _query.Tenant.Value).ReadInt64()
        : _ordered.Min(CountEntries);

    /// <summary>Follows the ordered conditions, or all objects, newest first, and checks the others row by row.</summary>
    /// <returns>The result, or null if that took more than <paramref name="patience"/> candidates.</returns>
    public LocateResult? Walk(long patience)
    {
        long? total = CountsAll ? 0 : null;
        var counts = CountsAll;
        if (CountsAll && Ranged.Count == 0 && (_ordered.Count == 0 || (_ordered.Count == 1 && _ordered[0].Ranges.Count == 1)))
        {
            total = CountCandidates(); // every entry is one object
            counts = false;
        }

        var found = new List<UniqueIdentifier>(Math.Min(_query.Limit, 64));
        var toSkip = _query.Offset;
        if (_before == 0 && !counts) return new LocateResult(found, total);
        var sequence = Sequence();
        var bound = counts || _before is null ? UInt128.MaxValue : _before.Value - 1;
        while (sequence.MoveTo(bound))
        {
            Look();
            if (patience-- == 0) return null;
            var id = sequence.Current;
            if (Ranged.Count == 0 || Fulfils(id, Ranged))
            {
                if (counts) total++;
                if ((_before is null || id < _before) && toSkip-- <= 0 && found.Count < _query.Limit) found.Add(Identifier(id));
                if (toSkip < 0) toSkip = 0;
                if (!counts && found.Count == _query.Limit) break;
            }

            if (id == 0) break;
            bound = id - 1;
        }

        return new LocateResult(found, total);
    }

    /// <summary>Scans a range and keeps the newest objects that fulfil the other conditions too.</summary>
    public LocateResult Scan(Condition scanned)
    {
        var wanted = (long)_query.Offset + _query.Limit;
        var newest = new PriorityQueue<UInt128, UInt128>();
        var kept = new HashSet<UInt128>();
        var others = _conditions.FindAll(condition => condition != scanned);
        long total = 0;
        foreach (var range in scanned.Ranges)
        {
            var rows = _statements.ScanRange
                .Bind(1, _query.Tenant.Value).Bind(2, scanned.Term).Bind(3, range.From.Span).Bind(4, range.To.Span);
            while (rows.Step())
            {
                Look();
                var id = rows.IdentifierBits(1);
                var isWanted = (_before is null || id < _before) && (newest.Count < wanted || id > newest.Peek());
                if (CountsAll && !IsFirst(id, scanned, rows.Bytes(0))) continue;
                if (!(isWanted || CountsAll) || !Fulfils(id, others)) continue;
                total++;
                if (!isWanted || !kept.Add(id)) continue;
                newest.Enqueue(id, id);
                if (newest.Count > wanted) kept.Remove(newest.Dequeue());
            }

            rows.Reset();
        }

        var ids = newest.UnorderedItems.Select(static item => item.Element).OrderDescending().Skip(_query.Offset).Select(Identifier);
        return new LocateResult([.. ids], CountsAll ? total : null);
    }

    private long CountEntries(Condition condition)
    {
        long count = 0;
        foreach (var value in condition.Ranges)
            count += _statements.CountValue.Bind(1, _query.Tenant.Value).Bind(2, condition.Term).Bind(3, value.From.Span).ReadInt64();
        return count;
    }

    private IdentitySequence Sequence()
    {
        _statements.EndFollowing();
        var parts = _ordered.ConvertAll(condition => OneOf(
            [.. condition.Ranges.Select(value => _statements.Follow(_query.Tenant.Value, condition.Term, value.From.Span))]));
        return parts.Count switch
        {
            0 => _statements.Follow(_query.Tenant.Value),
            1 => parts[0],
            _ => new IntersectionSequence(parts),
        };
    }

    private static IdentitySequence OneOf(IReadOnlyList<StatementSequence> values) =>
        values.Count == 1 ? values[0] : new UnionSequence(values);

    private bool Fulfils(UInt128 id, List<Condition> conditions)
    {
        if (conditions.Count == 0) return true;
        var find = _statements.FindSearch.Bind(1, _query.Tenant.Value).BindIdentifier(2, id);
        try
        {
            if (!find.Step()) return false;
            foreach (var condition in conditions)
                if (!condition.TryFirst(find.Bytes(0), out _)) return false;
            return true;
        }
        finally
        {
            find.Reset();
        }
    }

    // With several entries in the range an object is met several times; to be counted once, by its first entry.
    private bool IsFirst(UInt128 id, Condition scanned, ReadOnlySpan<byte> value)
    {
        var find = _statements.FindSearch.Bind(1, _query.Tenant.Value).BindIdentifier(2, id);
        try
        {
            return find.Step() && scanned.TryFirst(find.Bytes(0), out var first) && first.SequenceEqual(value);
        }
        finally
        {
            find.Reset();
        }
    }

    private void Look()
    {
        if (++_candidates % CandidatesBetweenLooks == 0) _cancellationToken.ThrowIfCancellationRequested();
    }

    private static UInt128 Bits(UniqueIdentifier id)
    {
        Span<byte> bytes = stackalloc byte[UniqueIdentifier.SizeInBytes];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static UniqueIdentifier Identifier(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[UniqueIdentifier.SizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        return UniqueIdentifier.FromBytes(bytes);
    }
}
