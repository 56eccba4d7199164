using Keyreeve.Core;
using Keyreeve.Core.Storage;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>
/// Changes on their way to the writer, and the task their caller waits for. What can be checked and encoded without the
/// file is done here, by the caller's thread, so that the one writer does little else than write.
/// </summary>
internal sealed class PreparedCommit : TaskCompletionSource
{
    private PreparedCommit(StoreChanges changes, TermTable terms)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Inserts = [.. changes.Inserts.Select(row => new PreparedRow(row, terms))];
        Updates = [.. changes.Updates.Select(row => new PreparedRow(row, terms))];
        Deletes = [.. changes.Deletes];
        Documents = [.. changes.Documents.Select(document => new PreparedDocument(document))];
        Answer = changes.Answer is { } answer ? new PreparedAnswer(answer) : null;
        Audit = changes.Audit;
        FurtherAudit = changes.FurtherAudit;
    }

    public PreparedRow[] Inserts { get; }

    public PreparedRow[] Updates { get; }

    public ObjectDeletion[] Deletes { get; }

    public PreparedDocument[] Documents { get; }

    public PreparedAnswer? Answer { get; }

    public PendingAudit? Audit { get; }

    public IReadOnlyList<PendingAudit> FurtherAudit { get; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty =>
        Inserts.Length == 0 && Updates.Length == 0 && Deletes.Length == 0 && Documents.Length == 0 && Answer is null && Audit is null && FurtherAudit.Count == 0;

    /// <summary>Both kinds of rows.</summary>
    public IEnumerable<PreparedRow> Rows => Inserts.Concat(Updates);

    /// <summary>Checks the changes against each other, and encodes them.</summary>
    /// <exception cref="ArgumentException">The changes contradict themselves: a defect of the caller.</exception>
    /// <exception cref="KeyreeveException">Two of the rows claim the same Name, or the same version of a key.</exception>
    public static PreparedCommit From(StoreChanges changes, TermTable terms)
    {
        var commit = new PreparedCommit(changes, terms);
        foreach (var row in commit.Inserts) ArgumentOutOfRangeException.ThrowIfLessThan(row.Source.RowVersion, 1, nameof(changes));
        foreach (var row in commit.Updates) ArgumentOutOfRangeException.ThrowIfLessThan(row.Source.RowVersion, 2, nameof(changes));
        foreach (var document in commit.Documents) ArgumentOutOfRangeException.ThrowIfLessThan(document.Source.RowVersion, 1, nameof(changes));
        if (commit.Inserts.Length + commit.Updates.Length + commit.Deletes.Length > 1) commit.CheckRows(nameof(changes));
        if (commit.Documents.Length > 1 && HaveTwice(commit.Documents.Select(d => (d.Source.Kind, d.Source.Key))))
            throw new ArgumentException("A document stands once in a commit.", nameof(changes));
        return commit;
    }

    private void CheckRows(string parameter)
    {
        if (HaveTwice(Rows.Select(row => (row.Source.Tenant, row.Source.Id))))
            throw Inserts.Length > 1 && HaveTwice(Inserts.Select(row => (row.Source.Tenant, row.Source.Id)))
                ? Refusals.IdentityTaken()
                : new ArgumentException("An object stands once in a commit.", parameter);
        if (HaveTwice(Rows.Select(row => (row.Source.Tenant, row.Source.Id)).Concat(Deletes.Select(d => (d.Tenant, d.Id)))))
            throw new ArgumentException("An object stands once in a commit.", parameter);
        if (HaveTwice(Rows.SelectMany(row => row.Source.Names.Distinct(StringComparer.Ordinal), (row, name) => (row.Source.Tenant, name))))
            throw Refusals.NameTaken();
        if (HaveTwice(Rows.Select(row => (row.Source.Tenant, row.Source.KeyIdentifier, row.Source.KeyVersion))))
            throw Refusals.Changed();
    }

    private static bool HaveTwice<T>(IEnumerable<T> items)
    {
        var seen = new HashSet<T>();
        return items.Any(item => !seen.Add(item));
    }
}

/// <summary>An object's row, encoded as far as the numbers of its terms are known.</summary>
internal sealed class PreparedRow
{
    private SearchRecord? _search;

    public PreparedRow(StoredObject source, TermTable terms)
    {
        Source = source;
        Names = [.. source.Names.Select(name => (ReadOnlyMemory<byte>)Utf8.Encode(name))];
        _search = TryResolve(terms);
    }

    public StoredObject Source { get; }

    /// <summary>Its Names in UTF-8, as they came.</summary>
    public ReadOnlyMemory<byte>[] Names { get; }

    /// <summary>What the row is found by; the terms that are new get their numbers from <paramref name="numberOf"/>.</summary>
    public SearchRecord Search(Func<string, int> numberOf) =>
        _search ??= SearchRecord.From(Names, Source.Index.Select(entry => new TermEntry(numberOf(entry.Term), entry.Value)));

    /// <summary>Forgets numbers that were given in a transaction that did not come to be.</summary>
    public void Forget(TermTable terms) => _search = TryResolve(terms);

    /// <summary>Whether the row holds this Name.</summary>
    public bool HasName(ReadOnlySpan<byte> utf8)
    {
        foreach (var name in Names)
            if (name.Span.SequenceEqual(utf8)) return true;
        return false;
    }

    private SearchRecord? TryResolve(TermTable terms)
    {
        var entries = new TermEntry[Source.Index.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            if (!terms.TryGet(Source.Index[i].Term, out var number)) return null;
            entries[i] = new TermEntry(number, Source.Index[i].Value);
        }

        return SearchRecord.From(Names, entries);
    }
}

/// <summary>A document, its texts encoded.</summary>
internal sealed class PreparedDocument(StoredDocument source)
{
    public StoredDocument Source { get; } = source;

    public byte[] Kind { get; } = Utf8.Encode(source.Kind);

    public byte[] Key { get; } = Utf8.Encode(source.Key);
}

/// <summary>An answer, its texts encoded.</summary>
internal sealed class PreparedAnswer(StoredAnswer source)
{
    public StoredAnswer Source { get; } = source;

    public byte[] Principal { get; } = Utf8.Encode(source.Principal);

    public byte[] IdempotencyKey { get; } = Utf8.Encode(source.IdempotencyKey);
}
