using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using SQLitePCL;

namespace Keyreeve.Benchmarks;

/// <summary>
/// The least that makes the same rows durable: one thread, one transaction for so many rows, the same tables, and nothing
/// that checks, queues or answers. What the store does beyond this shows as the ratio.
/// </summary>
internal sealed class StoreCeiling : IDisposable
{
    private const string Schema = """
        PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;
        CREATE TABLE objects (row INTEGER PRIMARY KEY, tenant INTEGER, id BLOB, row_version INTEGER, object_type INTEGER,
            key_id BLOB, key_version INTEGER, search BLOB, seal BLOB, attributes BLOB, material BLOB);
        CREATE UNIQUE INDEX objects_id ON objects (tenant, id);
        CREATE UNIQUE INDEX objects_key ON objects (tenant, key_id, key_version);
        CREATE TABLE names (tenant INTEGER, name TEXT, id BLOB, PRIMARY KEY (tenant, name)) WITHOUT ROWID;
        CREATE TABLE object_index (tenant INTEGER, term INTEGER, value BLOB, id BLOB, PRIMARY KEY (tenant, term, value, id)) WITHOUT ROWID;
        CREATE TABLE pending_audit (id BLOB PRIMARY KEY, sequence INTEGER, record BLOB) WITHOUT ROWID;
        """;

    private const int SearchSizeInBytes = 450;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _insertRow;
    private readonly sqlite3_stmt _insertName;
    private readonly sqlite3_stmt _insertEntry;
    private readonly sqlite3_stmt _insertAudit;
    private readonly sqlite3_stmt _deleteAudit;
    private readonly List<UniqueIdentifier> _acknowledged = [];
    private int _number;

    public StoreCeiling(string directory)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open(Path.Combine(directory, "ceiling.db"), out _database));
        Check(raw.sqlite3_exec(_database, Schema));
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insertRow = Prepare("INSERT INTO objects VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        _insertName = Prepare("INSERT INTO names VALUES (?1, ?2, ?3)");
        _insertEntry = Prepare("INSERT INTO object_index VALUES (?1, ?2, ?3, ?4)");
        _insertAudit = Prepare("INSERT INTO pending_audit VALUES (?1, ?2, ?3)");
        _deleteAudit = Prepare("DELETE FROM pending_audit WHERE id = ?1");
    }

    /// <summary>Writes for so long; returns rows per second.</summary>
    public double Run(TimeSpan duration, int rowsPerTransaction)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var rows = 0;
        while (clock.Elapsed < duration)
        {
            Execute(_begin);
            for (var i = 0; i < rowsPerTransaction; i++, rows++) Insert(StoreRows.New(_number++));
            Execute(_commit);
        }

        return rows / clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        foreach (var statement in new[] { _begin, _commit, _insertRow, _insertName, _insertEntry, _insertAudit, _deleteAudit }) statement.Dispose();
        _database.Dispose();
    }

    private void Insert(StoredObject row)
    {
        var id = row.Id.ToByteArray();
        raw.sqlite3_bind_int64(_insertRow, 1, row.Tenant.Value);
        raw.sqlite3_bind_blob(_insertRow, 2, id);
        raw.sqlite3_bind_int64(_insertRow, 3, row.RowVersion);
        raw.sqlite3_bind_int64(_insertRow, 4, (uint)row.ObjectType);
        raw.sqlite3_bind_blob(_insertRow, 5, id);
        raw.sqlite3_bind_int64(_insertRow, 6, row.KeyVersion);
        raw.sqlite3_bind_blob(_insertRow, 7, new byte[SearchSizeInBytes]);
        raw.sqlite3_bind_blob(_insertRow, 8, row.Seal.Span);
        raw.sqlite3_bind_blob(_insertRow, 9, row.Attributes.Span);
        raw.sqlite3_bind_blob(_insertRow, 10, row.Material.Span);
        Execute(_insertRow);

        raw.sqlite3_bind_int64(_insertName, 1, row.Tenant.Value);
        raw.sqlite3_bind_text(_insertName, 2, Encoding.UTF8.GetBytes(row.Names[0]));
        raw.sqlite3_bind_blob(_insertName, 3, id);
        Execute(_insertName);
        for (var i = 0; i < row.Index.Count; i++)
        {
            raw.sqlite3_bind_int64(_insertEntry, 1, row.Tenant.Value);
            raw.sqlite3_bind_int64(_insertEntry, 2, i);
            raw.sqlite3_bind_blob(_insertEntry, 3, row.Index[i].Value.Span);
            raw.sqlite3_bind_blob(_insertEntry, 4, id);
            Execute(_insertEntry);
        }

        var audit = StoreRows.NewAudit(row);
        raw.sqlite3_bind_blob(_insertAudit, 1, id);
        raw.sqlite3_bind_int64(_insertAudit, 2, _number);
        raw.sqlite3_bind_blob(_insertAudit, 3, audit.Record.Span);
        Execute(_insertAudit);
        _acknowledged.Add(audit.Id);
        if (_acknowledged.Count < 1000) return;
        foreach (var done in _acknowledged)
        {
            raw.sqlite3_bind_blob(_deleteAudit, 1, done.ToByteArray());
            Execute(_deleteAudit);
        }

        _acknowledged.Clear();
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return statement;
    }

    private void Execute(sqlite3_stmt statement)
    {
        var code = raw.sqlite3_step(statement);
        _ = raw.sqlite3_reset(statement);
        if (code != raw.SQLITE_DONE) Check(code);
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new InvalidOperationException($"SQLite: {raw.sqlite3_errmsg(_database).utf8_to_string()}");
    }
}
