using System.Globalization;
using System.Text;
using SQLitePCL;

namespace Keyreeve.Storage.Sqlite.Interop;

/// <summary>
/// One connection to the file and the statements prepared on it. Used by one thread at a time, which is why SQLite's own
/// locking within a connection is off.
/// </summary>
internal sealed class SqliteConnection : IDisposable
{
    private const int BusyTimeoutInMilliseconds = 5000;

    private readonly HashSet<SqliteStatement> _statements = [];
    private readonly sqlite3 _database;

    static SqliteConnection() => Batteries_V2.Init();

    private SqliteConnection(sqlite3 database) => _database = database;

    /// <summary>Whether no transaction is open: SQLite ends one by itself when the disk fails.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(_database) != 0;

    /// <summary>How many rows the last statement that changes rows changed.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    /// <summary>Opens an existing file.</summary>
    public static SqliteConnection Open(string path)
    {
        var code = raw.sqlite3_open_v2(path, out var database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            var failure = SqliteFailure.On(database, code);
            database.Dispose();
            throw failure;
        }

        raw.sqlite3_extended_result_codes(database, 1);
        raw.sqlite3_busy_timeout(database, BusyTimeoutInMilliseconds);
        return new SqliteConnection(database);
    }

    /// <summary>Prepares a statement that lives as long as the connection, or until it is released.</summary>
    public SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_database, sql);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Gives up a statement before the connection ends.</summary>
    public void Release(SqliteStatement statement)
    {
        _statements.Remove(statement);
        statement.Dispose();
    }

    /// <summary>Runs statements of ours that take no values.</summary>
    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(_database, sql);
        if (code != raw.SQLITE_OK) throw SqliteFailure.On(_database, code);
    }

    /// <summary>Sets a number that SQLite does not accept as a bound value.</summary>
    public void SetPragma(string name, long value) =>
        Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA {name} = {value}"));

    /// <summary>Reads a number once.</summary>
    public long ReadInt64(string sql)
    {
        using var statement = new SqliteStatement(_database, sql);
        return statement.ReadInt64();
    }

    /// <summary>Reads a text once.</summary>
    public string ReadText(string sql)
    {
        using var statement = new SqliteStatement(_database, sql);
        statement.Step();
        return Encoding.UTF8.GetString(statement.Bytes(0));
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement.Dispose();
        _database.Dispose();
    }
}
