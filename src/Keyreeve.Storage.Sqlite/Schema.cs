using Keyreeve.Core;
using Keyreeve.Storage.Sqlite.Interop;

namespace Keyreeve.Storage.Sqlite;

/// <summary>One step from a schema to the next.</summary>
/// <param name="Version">The version it leads to, from 1 without gaps.</param>
/// <param name="Sql">What it does; runs in one transaction with the change of version.</param>
internal sealed record SchemaStep(int Version, string Sql);

/// <summary>The tables, and how a file of an earlier version gets them.</summary>
internal static class Schema
{
    /// <summary>SQLite's <c>application_id</c> of our files: "KEYR".</summary>
    public const int ApplicationId = 0x4B455952;

    /// <summary>Every step there ever was, oldest first. Steps that were released never change.</summary>
    public static IReadOnlyList<SchemaStep> Steps { get; } =
    [
        new SchemaStep(1, """
            -- What objects are searched by, as small numbers.
            CREATE TABLE terms (
                id   INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE
            ) STRICT;

            -- search: the object's own entries of names and object_index, so that an update touches only what differs
            -- and a row can be checked against a range without a second index. It stands before the long columns.
            CREATE TABLE objects (
                row         INTEGER PRIMARY KEY,
                tenant      INTEGER NOT NULL,
                id          BLOB NOT NULL,
                row_version INTEGER NOT NULL,
                object_type INTEGER NOT NULL,
                key_id      BLOB NOT NULL,
                key_version INTEGER NOT NULL,
                search      BLOB NOT NULL,
                seal        BLOB NOT NULL,
                attributes  BLOB NOT NULL,
                material    BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX objects_id ON objects (tenant, id);
            CREATE UNIQUE INDEX objects_key ON objects (tenant, key_id, key_version);

            CREATE TABLE names (
                tenant INTEGER NOT NULL,
                name   TEXT NOT NULL,
                id     BLOB NOT NULL,
                PRIMARY KEY (tenant, name)
            ) STRICT, WITHOUT ROWID;

            -- For one value the identities stand in order, so that the newest come first without sorting.
            CREATE TABLE object_index (
                tenant INTEGER NOT NULL,
                term   INTEGER NOT NULL,
                value  BLOB NOT NULL,
                id     BLOB NOT NULL,
                PRIMARY KEY (tenant, term, value, id)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE documents (
                kind        TEXT NOT NULL,
                key         TEXT NOT NULL,
                row_version INTEGER NOT NULL,
                body        BLOB NOT NULL,
                PRIMARY KEY (kind, key)
            ) STRICT, WITHOUT ROWID;

            -- expires_at: ticks of 100 ns since 0001-01-01 UTC.
            CREATE TABLE answers (
                tenant          INTEGER NOT NULL,
                principal       TEXT NOT NULL,
                idempotency_key TEXT NOT NULL,
                request_hash    BLOB NOT NULL,
                body            BLOB NOT NULL,
                expires_at      INTEGER NOT NULL,
                PRIMARY KEY (tenant, principal, idempotency_key)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX answers_expiry ON answers (expires_at);

            -- sequence: the order of the commits.
            CREATE TABLE pending_audit (
                id       BLOB NOT NULL PRIMARY KEY,
                sequence INTEGER NOT NULL,
                record   BLOB NOT NULL
            ) STRICT, WITHOUT ROWID;
            """),
    ];

    /// <summary>Refuses a file that this program must not touch, before anything is written to it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.StoreUnavailable"/>: the file is not a store, or is newer than this program.</exception>
    public static void Check(SqliteConnection connection, string path, IReadOnlyList<SchemaStep> steps)
    {
        var application = connection.ReadInt64("PRAGMA application_id");
        var version = VersionOf(connection);
        var isEmpty = version == 0 && application == 0 && connection.ReadInt64("SELECT count(*) FROM sqlite_schema") == 0;
        if (application != ApplicationId && !isEmpty)
            throw new KeyreeveException(KeyreeveError.StoreUnavailable, $"{path} is a database, but not a Keyreeve store. Choose another data directory.");
        var newest = steps[^1].Version;
        if (version > newest)
            throw new KeyreeveException(
                KeyreeveError.StoreUnavailable,
                $"{path} has schema version {version}, and this program knows versions up to {newest}. Start the version of Keyreeve that wrote it, or a newer one.");
    }

    /// <summary>Brings the file to the newest version that <paramref name="steps"/> knows.</summary>
    public static void Bring(SqliteConnection connection, IReadOnlyList<SchemaStep> steps)
    {
        var version = VersionOf(connection);
        foreach (var step in steps)
            if (step.Version > version) Apply(connection, step);
    }

    private static long VersionOf(SqliteConnection connection) => connection.ReadInt64("PRAGMA user_version");

    // One transaction: a crash leaves the old version or the new one, and the next start goes on from there.
    private static void Apply(SqliteConnection connection, SchemaStep step)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            connection.Execute(step.Sql);
            connection.SetPragma("application_id", ApplicationId);
            connection.SetPragma("user_version", step.Version);
            connection.Execute("COMMIT");
        }
        catch (KeyreeveException)
        {
            if (!connection.IsIdle) connection.Execute("ROLLBACK");
            throw;
        }
    }
}
