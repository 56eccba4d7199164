using Keyreeve.Core.Storage;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>
/// Applies commits to the open transaction, one after the other. Everything is checked before anything is written, so
/// that a commit that is refused leaves the transaction as it was and needs no savepoint.
/// </summary>
internal sealed class CommitApplier(WriteStatements statements, TermTable terms, TimeProvider timeProvider)
{
    private readonly Dictionary<string, int> _newTerms = new(StringComparer.Ordinal);
    private readonly List<CurrentRow> _current = [];
    private readonly List<CurrentRow> _deleted = [];

    /// <summary>The place of the next audit record in the order of commits.</summary>
    public long NextAuditSequence { get; set; }

    /// <summary>Checks a commit, and writes it if nothing speaks against it.</summary>
    /// <returns>Why it is refused, or null.</returns>
    public KeyreeveException? Apply(PreparedCommit commit)
    {
        if (Check(commit) is { } refusal) return refusal;

        // Names first go and then come: a Name may move from one object to another.
        for (var i = 0; i < commit.Updates.Length; i++) RemoveStaleNames(commit.Updates[i], _current[i].Search);
        for (var i = 0; i < commit.Updates.Length; i++) Update(commit.Updates[i], _current[i].Search);
        for (var i = 0; i < commit.Deletes.Length; i++) Delete(commit.Deletes[i], _deleted[i].Search);
        foreach (var row in commit.Inserts) Insert(row);
        foreach (var document in commit.Documents) Write(document);
        if (commit.Answer is { } answer) Write(answer);
        if (commit.Audit is { } audit) Write(audit);
        foreach (var further in commit.FurtherAudit) Write(further);
        return null;
    }

    /// <summary>The transaction is durable: readers may use the numbers that were given in it.</summary>
    public void Committed()
    {
        foreach (var (term, number) in _newTerms) terms.Add(term, number);
        _newTerms.Clear();
    }

    /// <summary>The transaction did not come to be.</summary>
    public void RolledBack(IEnumerable<PreparedCommit> commits)
    {
        _newTerms.Clear();
        foreach (var row in commits.SelectMany(commit => commit.Rows)) row.Forget(terms);
    }

    private void Write(PendingAudit audit) =>
        statements.InsertAudit.Bind(1, audit.Id).Bind(2, NextAuditSequence++).Bind(3, audit.Record.Span).Execute();

    private KeyreeveException? Check(PreparedCommit commit)
    {
        // First, because the stored answer explains all else: the same request has run before.
        if (commit.Answer is { } answer && IsTaken(answer)) return Refusals.IdempotencyKeyTaken();

        _current.Clear();
        foreach (var row in commit.Updates)
        {
            if (FindCurrent(row.Source.Tenant, row.Source.Id) is not { } current || current.RowVersion != row.Source.RowVersion - 1) return Refusals.Changed();
            _current.Add(current);
        }

        _deleted.Clear();
        foreach (var deletion in commit.Deletes)
        {
            if (FindCurrent(deletion.Tenant, deletion.Id) is not { } current || current.RowVersion != deletion.RowVersion) return Refusals.Changed();
            _deleted.Add(current);
        }

        foreach (var row in commit.Inserts)
            if (Exists(statements.FindRow.Bind(1, row.Source.Tenant.Value).Bind(2, row.Source.Id))) return Refusals.IdentityTaken();
        foreach (var row in commit.Rows)
        {
            if (IsKeyVersionTaken(row)) return Refusals.Changed();
            foreach (var name in row.Names)
                if (IsNameTaken(commit, row, name.Span)) return Refusals.NameTaken();
        }

        foreach (var document in commit.Documents)
            if (!IsNext(document)) return Refusals.Changed();
        return null;
    }

    private bool IsTaken(PreparedAnswer answer)
    {
        var find = BindKey(statements.FindAnswer, answer);
        var taken = find.Step() && find.Int64(0) > timeProvider.GetUtcNow().UtcTicks;
        find.Reset();
        return taken;
    }

    private CurrentRow? FindCurrent(TenantId tenant, UniqueIdentifier id)
    {
        var find = statements.FindRow.Bind(1, tenant.Value).Bind(2, id);
        try
        {
            return find.Step() ? new CurrentRow(find.Int64(1), SearchRecord.Decode(find.Bytes(2))) : null;
        }
        finally
        {
            find.Reset();
        }
    }

    private bool IsKeyVersionTaken(PreparedRow row)
    {
        var find = statements.FindKeyVersion
            .Bind(1, row.Source.Tenant.Value).Bind(2, row.Source.KeyIdentifier).Bind(3, row.Source.KeyVersion);
        var taken = find.Step() && find.Identifier(0) != row.Source.Id;
        find.Reset();
        return taken;
    }

    private bool IsNameTaken(PreparedCommit commit, PreparedRow row, ReadOnlySpan<byte> name)
    {
        var find = statements.FindName.Bind(1, row.Source.Tenant.Value).BindText(2, name);
        UniqueIdentifier? owner = find.Step() ? find.Identifier(0) : null;
        find.Reset();
        if (owner is null || owner == row.Source.Id) return false;
        foreach (var other in commit.Updates)
            if (other.Source.Id == owner && other.Source.Tenant == row.Source.Tenant) return other.HasName(name);
        return true;
    }

    private bool IsNext(PreparedDocument document)
    {
        var find = statements.FindDocument.BindText(1, document.Kind).BindText(2, document.Key);
        var current = find.Step() ? find.Int64(0) : 0;
        find.Reset();
        return current == document.Source.RowVersion - 1 && (current > 0 || document.Source.Body is not null);
    }

    private void RemoveStaleNames(PreparedRow row, SearchRecord old) =>
        SearchRecord.Compare(
            old.Names,
            Search(row).Names,
            SearchRecord.CompareBytes,
            removed: name => statements.DeleteName.Bind(1, row.Source.Tenant.Value).BindText(2, name.Span).Execute(),
            added: static _ => { });

    private void Update(PreparedRow row, SearchRecord old)
    {
        var search = Search(row);
        BindRow(statements.UpdateRow, row, search).Execute();
        SearchRecord.Compare(old.Names, search.Names, SearchRecord.CompareBytes, removed: static _ => { }, added: name => InsertName(row, name.Span));
        SearchRecord.Compare(
            old.Entries,
            search.Entries,
            static (a, b) => a.CompareTo(b),
            removed: entry => BindEntry(statements.DeleteEntry, row, entry).Execute(),
            added: entry => BindEntry(statements.InsertEntry, row, entry).Execute());
    }

    private void Delete(ObjectDeletion deletion, SearchRecord old)
    {
        foreach (var name in old.Names) statements.DeleteName.Bind(1, deletion.Tenant.Value).BindText(2, name.Span).Execute();
        foreach (var entry in old.Entries)
            statements.DeleteEntry.Bind(1, deletion.Tenant.Value).Bind(2, entry.Term).Bind(3, entry.Value.Span).Bind(4, deletion.Id).Execute();
        statements.DeleteRow.Bind(1, deletion.Tenant.Value).Bind(2, deletion.Id).Execute();
    }

    private void Insert(PreparedRow row)
    {
        var search = Search(row);
        BindRow(statements.InsertRow, row, search).Execute();
        foreach (var name in search.Names) InsertName(row, name.Span);
        foreach (var entry in search.Entries) BindEntry(statements.InsertEntry, row, entry).Execute();
    }

    private void InsertName(PreparedRow row, ReadOnlySpan<byte> name) =>
        statements.InsertName.Bind(1, row.Source.Tenant.Value).BindText(2, name).Bind(3, row.Source.Id).Execute();

    private void Write(PreparedDocument document)
    {
        if (document.Source.Body is { } body)
            statements.PutDocument.BindText(1, document.Kind).BindText(2, document.Key).Bind(3, document.Source.RowVersion).Bind(4, body.Span).Execute();
        else
            statements.DeleteDocument.BindText(1, document.Kind).BindText(2, document.Key).Execute();
    }

    private void Write(PreparedAnswer answer) =>
        BindKey(statements.PutAnswer, answer)
            .Bind(4, answer.Source.RequestHash.Span).Bind(5, answer.Source.Body.Span).Bind(6, answer.Source.ExpiresAt.UtcTicks).Execute();

    private SearchRecord Search(PreparedRow row) => row.Search(NumberOf);

    private int NumberOf(string term)
    {
        if (terms.TryGet(term, out var number) || _newTerms.TryGetValue(term, out number)) return number;
        var name = Utf8.Encode(term);
        var find = statements.FindTerm.BindText(1, name);
        number = find.Step() ? (int)find.Int64(0) : 0;
        find.Reset();
        if (number == 0) number = (int)statements.InsertTerm.BindText(1, name).ReadInt64();
        _newTerms.Add(term, number);
        return number;
    }

    private static SqliteStatement BindKey(SqliteStatement statement, PreparedAnswer answer) =>
        statement.Bind(1, answer.Source.Tenant.Value).BindText(2, answer.Principal).BindText(3, answer.IdempotencyKey);

    private static SqliteStatement BindEntry(SqliteStatement statement, PreparedRow row, TermEntry entry) =>
        statement.Bind(1, row.Source.Tenant.Value).Bind(2, entry.Term).Bind(3, entry.Value.Span).Bind(4, row.Source.Id);

    private static SqliteStatement BindRow(SqliteStatement statement, PreparedRow row, SearchRecord search)
    {
        var source = row.Source;
        return statement
            .Bind(1, source.Tenant.Value).Bind(2, source.Id).Bind(3, source.RowVersion).Bind(4, (uint)source.ObjectType)
            .Bind(5, source.KeyIdentifier).Bind(6, source.KeyVersion).Bind(7, search.Encode())
            .Bind(8, source.Seal.Span).Bind(9, source.Attributes.Span).Bind(10, source.Material.Span);
    }

    private static bool Exists(SqliteStatement find)
    {
        var exists = find.Step();
        find.Reset();
        return exists;
    }

    private readonly record struct CurrentRow(long RowVersion, SearchRecord Search);
}
