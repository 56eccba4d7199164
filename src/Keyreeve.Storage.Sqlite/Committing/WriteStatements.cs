using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>The statements of the writing connection.</summary>
internal sealed class WriteStatements(SqliteConnection connection)
{
    public SqliteStatement Begin { get; } = connection.Prepare("BEGIN IMMEDIATE");

    public SqliteStatement Commit { get; } = connection.Prepare("COMMIT");

    public SqliteStatement Rollback { get; } = connection.Prepare("ROLLBACK");

    public SqliteStatement FindTerm { get; } = connection.Prepare("SELECT id FROM terms WHERE name = ?1");

    public SqliteStatement InsertTerm { get; } = connection.Prepare("INSERT INTO terms (name) VALUES (?1) RETURNING id");

    public SqliteStatement FindRow { get; } = connection.Prepare("SELECT row, row_version, search FROM objects WHERE tenant = ?1 AND id = ?2");

    public SqliteStatement FindKeyVersion { get; } =
        connection.Prepare("SELECT id FROM objects WHERE tenant = ?1 AND key_id = ?2 AND key_version = ?3");

    public SqliteStatement InsertRow { get; } = connection.Prepare("""
        INSERT INTO objects (tenant, id, row_version, object_type, key_id, key_version, search, seal, attributes, material)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """);

    public SqliteStatement UpdateRow { get; } = connection.Prepare("""
        UPDATE objects SET row_version = ?3, object_type = ?4, key_id = ?5, key_version = ?6, search = ?7, seal = ?8, attributes = ?9, material = ?10
        WHERE tenant = ?1 AND id = ?2
        """);

    public SqliteStatement DeleteRow { get; } = connection.Prepare("DELETE FROM objects WHERE tenant = ?1 AND id = ?2");

    public SqliteStatement FindName { get; } = connection.Prepare("SELECT id FROM names WHERE tenant = ?1 AND name = ?2");

    public SqliteStatement InsertName { get; } = connection.Prepare("INSERT INTO names (tenant, name, id) VALUES (?1, ?2, ?3)");

    public SqliteStatement DeleteName { get; } = connection.Prepare("DELETE FROM names WHERE tenant = ?1 AND name = ?2");

    public SqliteStatement InsertEntry { get; } = connection.Prepare("INSERT INTO object_index (tenant, term, value, id) VALUES (?1, ?2, ?3, ?4)");

    public SqliteStatement DeleteEntry { get; } =
        connection.Prepare("DELETE FROM object_index WHERE tenant = ?1 AND term = ?2 AND value = ?3 AND id = ?4");

    public SqliteStatement FindDocument { get; } = connection.Prepare("SELECT row_version FROM documents WHERE kind = ?1 AND key = ?2");

    public SqliteStatement PutDocument { get; } = connection.Prepare("""
        INSERT INTO documents (kind, key, row_version, body) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (kind, key) DO UPDATE SET row_version = ?3, body = ?4
        """);

    public SqliteStatement DeleteDocument { get; } = connection.Prepare("DELETE FROM documents WHERE kind = ?1 AND key = ?2");

    public SqliteStatement FindAnswer { get; } =
        connection.Prepare("SELECT expires_at FROM answers WHERE tenant = ?1 AND principal = ?2 AND idempotency_key = ?3");

    public SqliteStatement PutAnswer { get; } = connection.Prepare("""
        INSERT INTO answers (tenant, principal, idempotency_key, request_hash, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (tenant, principal, idempotency_key) DO UPDATE SET request_hash = ?4, body = ?5, expires_at = ?6
        """);

    public SqliteStatement DeleteExpiredAnswers { get; } = connection.Prepare("""
        DELETE FROM answers WHERE (tenant, principal, idempotency_key) IN
            (SELECT tenant, principal, idempotency_key FROM answers WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
        """);

    public SqliteStatement InsertAudit { get; } = connection.Prepare("INSERT INTO pending_audit (id, sequence, record) VALUES (?1, ?2, ?3)");

    public SqliteStatement DeleteAudit { get; } = connection.Prepare("DELETE FROM pending_audit WHERE id = ?1");
}
