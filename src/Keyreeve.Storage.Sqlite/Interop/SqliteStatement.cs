using System.Buffers.Binary;
using Keyreeve.Core.Objects;
using SQLitePCL;

namespace Keyreeve.Storage.Sqlite.Interop;

/// <summary>
/// A prepared statement, used again and again by the one thread that has its connection. Values go in by
/// <c>Bind</c> alone; no text of a statement is ever put together from data.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        var code = raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement);
        if (code != raw.SQLITE_OK) throw SqliteFailure.On(database, code);
    }

    public SqliteStatement Bind(int index, long value) => Checked(raw.sqlite3_bind_int64(_statement, index, value));

    public SqliteStatement Bind(int index, ReadOnlySpan<byte> blob) => Checked(blob.IsEmpty
        ? raw.sqlite3_bind_zeroblob(_statement, index, 0) // an empty blob; a null pointer would be bound as NULL
        : raw.sqlite3_bind_blob(_statement, index, blob));

    public SqliteStatement BindText(int index, ReadOnlySpan<byte> utf8) => Checked(utf8.IsEmpty
        ? raw.sqlite3_bind_text(_statement, index, "")
        : raw.sqlite3_bind_text(_statement, index, utf8));

    public SqliteStatement Bind(int index, UniqueIdentifier id)
    {
        Span<byte> bytes = stackalloc byte[UniqueIdentifier.SizeInBytes];
        id.CopyTo(bytes);
        return Bind(index, bytes);
    }

    public SqliteStatement BindIdentifier(int index, UInt128 id)
    {
        Span<byte> bytes = stackalloc byte[UniqueIdentifier.SizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return Bind(index, bytes);
    }

    /// <summary>Goes to the next row; false if there is none. The caller resets when it has what it wants.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        var failure = SqliteFailure.On(_database, code);
        Reset();
        throw failure;
    }

    /// <summary>Runs a statement that returns no rows.</summary>
    public void Execute()
    {
        Step();
        Reset();
    }

    /// <summary>Runs a statement whose one row is one number.</summary>
    public long ReadInt64()
    {
        Step();
        var value = Int64(0);
        Reset();
        return value;
    }

    /// <summary>Ends the use of the rows, and with it the snapshot they were read from.</summary>
    // The result repeats what the last step reported, which has been dealt with.
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>The bytes of a blob or of a text; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public UniqueIdentifier Identifier(int column) => UniqueIdentifier.FromBytes(Bytes(column));

    public UInt128 IdentifierBits(int column) => BinaryPrimitives.ReadUInt128BigEndian(Bytes(column));

    public void Dispose() => _statement.Dispose();

    private SqliteStatement Checked(int code) => code == raw.SQLITE_OK ? this : throw SqliteFailure.On(_database, code);
}
