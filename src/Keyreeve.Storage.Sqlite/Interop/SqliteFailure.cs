using Keyreeve.Core;
using SQLitePCL;

namespace Keyreeve.Storage.Sqlite.Interop;

/// <summary>What SQLite reported, for the log: the public message says less.</summary>
internal sealed class SqliteFailure : Exception
{
    private SqliteFailure(int extendedCode, string message)
        : base($"SQLite error {extendedCode}: {message}") => Code = extendedCode & 0xFF;

    /// <summary>The primary result code.</summary>
    public int Code { get; }

    /// <summary>The refusal for a failed call on this connection.</summary>
    public static KeyreeveException On(sqlite3 database, int resultCode)
    {
        var extended = raw.sqlite3_extended_errcode(database);
        // After a failed open, or when another call came between, the connection knows less than the result code does.
        if ((extended & 0xFF) != (resultCode & 0xFF)) extended = resultCode;
        var failure = new SqliteFailure(extended, raw.sqlite3_errmsg(database).utf8_to_string());
        var (error, message) = Explain(failure.Code);
        return new KeyreeveException(error, message, failure);
    }

    private static (KeyreeveError Error, string Message) Explain(int code) => code switch
    {
        raw.SQLITE_FULL => (KeyreeveError.StoreUnavailable, "The disk that holds the store is full. Nothing was changed; free some space and try again."),
        raw.SQLITE_IOERR => (KeyreeveError.StoreUnavailable, "The disk that holds the store refuses to read or write."),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => (KeyreeveError.StoreUnavailable, "The store's file is damaged. Restore it from a backup."),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (KeyreeveError.StoreUnavailable, "Another process holds the store's file locked. Close it and try again."),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM =>
            (KeyreeveError.StoreUnavailable, "The store's file cannot be opened for writing. Check its owner and mode."),
        raw.SQLITE_NOMEM => (KeyreeveError.StoreUnavailable, "The store is out of memory."),
        raw.SQLITE_TOOBIG => (KeyreeveError.RequestTooLarge, "A value is larger than the store can keep."),
        // Everything is checked before it is written, so a constraint that strikes is a defect of ours.
        _ => (KeyreeveError.InternalError, "The store failed."),
    };
}
