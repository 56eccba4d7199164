namespace Keyreeve.Storage.Sqlite;

/// <summary>How the embedded store is opened.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The directory that holds the store and belongs to one process; made with mode 0700 if it is not there.</summary>
    public required string DataDirectory
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            field = value;
        }
    }

    /// <summary>The clock that answers to idempotency keys expire by. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How many reads may run at once; more wait. Default 8; from 1.</summary>
    public int MaxReaders
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 8;

    /// <summary>
    /// Bytes of the file that the writing connection keeps in memory. Default 64 MiB; from 1 MiB. The store's memory is
    /// bounded by this, <see cref="ReaderCacheSizeInBytes"/> for each reader, and the commits that are waiting.
    /// </summary>
    public long WriterCacheSizeInBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1 << 20);
            field = value;
        }
    } = 64 << 20;

    /// <summary>Bytes of the file that each reader keeps in memory. Default 4 MiB; from 64 KiB.</summary>
    public long ReaderCacheSizeInBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 64 << 10);
            field = value;
        }
    } = 4 << 20;

    /// <summary>
    /// Largest size of the database file, from 1 MiB; a commit that needs more is refused as on a full disk. The
    /// write-ahead log beside it takes up to 64 MiB more. Default: null, no limit.
    /// </summary>
    public long? MaxFileSizeInBytes
    {
        get;
        init
        {
            if (value is { } size) ArgumentOutOfRangeException.ThrowIfLessThan(size, 1 << 20, nameof(value));
            field = value;
        }
    }

    internal IReadOnlyList<SchemaStep> SchemaSteps { get; init; } = Schema.Steps;
}
