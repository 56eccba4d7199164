using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Storage.Sqlite.Committing;
using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite;

/// <summary>
/// The embedded store: one SQLite file in a data directory that one process owns. Commits go through one writer, which
/// flushes them together; reads run beside it. Thread safe.
/// </summary>
public sealed class SqliteObjectStore : IObjectStore
{
    private const int MaxWaitingCommits = 8192;
    private const int CheckpointInPages = 4000;
    private const int PageSizeInBytes = 4096;

    private readonly DataDirectory _directory;
    private readonly TermTable _terms = new();
    private readonly StoreWriter _writer;
    private readonly ReaderPool _readers;
    private int _isDisposed;

    private SqliteObjectStore(DataDirectory directory, SqliteConnection connection, SqliteStoreOptions options)
    {
        _directory = directory;
        _writer = new StoreWriter(connection, _terms, options.TimeProvider, MaxWaitingCommits);
        _readers = new ReaderPool(() => OpenReader(options), options.MaxReaders);
    }

    /// <summary>How many transactions became durable since the store was opened: commits share them.</summary>
    public long Transactions => _writer.Transactions;

    /// <summary>Opens the store of a data directory, or makes it; a file of an earlier version is brought up to date.</summary>
    /// <exception cref="KeyreeveException">
    /// <see cref="KeyreeveError.StoreUnavailable"/>: another process owns the directory, others may read or write it, the
    /// file is damaged, is no store or is newer than this program. The message says which and what to do.
    /// </exception>
    public static Task<SqliteObjectStore> OpenAsync(SqliteStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Open(options), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.Find(tenant, id);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredObject>> FindVersionsAsync(
        TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken)
    {
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.FindVersions(tenant, keyIdentifier);
    }

    /// <inheritdoc/>
    public async ValueTask<UniqueIdentifier?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.FindByName(tenant, name);
    }

    /// <inheritdoc/>
    public async ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.Offset, nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.Locate(query, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(StoreChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        var commit = PreparedCommit.From(changes, _terms);
        if (!commit.IsEmpty) await _writer.CommitAsync(commit, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredAnswer?> FindAnswerAsync(
        TenantId tenant, string principal, string idempotencyKey, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(principal);
        ArgumentNullException.ThrowIfNull(idempotencyKey);
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.FindAnswer(tenant, principal, idempotencyKey);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredDocument?> FindDocumentAsync(string kind, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(key);
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.FindDocument(kind, key);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredDocument>> ListDocumentsAsync(string kind, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(kind);
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.ListDocuments(kind);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PendingAudit>> ListPendingAuditAsync(CancellationToken cancellationToken)
    {
        using var loan = await _readers.BorrowAsync(cancellationToken);
        return loan.Reader.ListPendingAudit();
    }

    /// <inheritdoc/>
    public void AcknowledgeAudit(UniqueIdentifier recordId) => _writer.Acknowledge(recordId);

    /// <summary>Finishes commits and reads in progress, and gives the data directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        await _writer.EndAsync();
        await _readers.CloseAsync();
        _writer.Dispose();
        _directory.Dispose();
    }

    private static SqliteObjectStore Open(SqliteStoreOptions options)
    {
        var directory = DataDirectory.Take(options.DataDirectory);
        SqliteConnection? connection = null;
        try
        {
            connection = SqliteConnection.Open(directory.DatabasePath);
            Schema.Check(connection, directory.DatabasePath, options.SchemaSteps);
            // Before the first write: the log is kept from then on, and each commit waits until it is on the disk.
            if (!string.Equals(connection.ReadText("PRAGMA journal_mode = WAL"), "wal", StringComparison.Ordinal))
                throw new KeyreeveException(KeyreeveError.StoreUnavailable, $"The file system of {options.DataDirectory} does not support SQLite's write-ahead log. Choose a local disk.");
            // What is deleted or replaced is overwritten, so that a wrapped key that is gone does not lie about in free pages.
            connection.Execute("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON");
            connection.SetPragma("wal_autocheckpoint", CheckpointInPages);
            connection.SetPragma("journal_size_limit", 4L * CheckpointInPages * PageSizeInBytes);
            connection.SetPragma("cache_size", -options.WriterCacheSizeInBytes / 1024);
            if (options.MaxFileSizeInBytes is { } size) connection.SetPragma("max_page_count", size / PageSizeInBytes);
            Schema.Bring(connection, options.SchemaSteps);
            return new SqliteObjectStore(directory, connection, options);
        }
        catch
        {
            connection?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    private StoreReader OpenReader(SqliteStoreOptions options)
    {
        var connection = SqliteConnection.Open(_directory.DatabasePath);
        try
        {
            connection.Execute("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
            connection.SetPragma("cache_size", -options.ReaderCacheSizeInBytes / 1024);
            return new StoreReader(connection, _terms, options.TimeProvider);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
