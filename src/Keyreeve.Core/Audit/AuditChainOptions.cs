namespace Keyreeve.Core.Audit;

/// <summary>How the audit trail is kept.</summary>
public sealed record AuditChainOptions
{
    /// <summary>The data directory; the trail is its subdirectory <c>audit</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>
    /// Told, in plain words for the server's log, when the trail cannot be written, when it was tampered with, and when it
    /// is well again. Called from the trail's own threads; must return soon and not throw.
    /// </summary>
    public required Action<string> Alarm { get; init; }

    /// <summary>Told what is no alarm: that the trail is well again. Null: <see cref="Alarm"/> is.</summary>
    public Action<string>? Relief { get; init; }

    /// <summary>What records say of the server they come from; null: nothing.</summary>
    public AuditOrigin? Origin { get; init; }

    /// <summary>Size of a segment, which is set aside in advance, twice over. Default 32 MiB; at least 1 MiB.</summary>
    public long SegmentSizeInBytes { get; init; } = 32 << 20;

    /// <summary>How long a record may wait for the disk before its answer is refused. Default 5 s.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long records may be gathered for a flush on which nobody waits. Default 50 ms.</summary>
    public TimeSpan GatherLimit { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Where memory that outlives the process has names; null: every answer waits for the disk. Default <c>/dev/shm</c>.</summary>
    public string? SpoolDirectory { get; init; } = AuditSpool.DefaultDirectory;

    /// <summary>How many bytes of records may wait for the disk. Default 32 MiB.</summary>
    public int QueueLimitInBytes { get; init; } = 32 << 20;

    /// <summary>How long after a new record a checkpoint is signed. Default 1 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often, at most, a checkpoint is also kept for good. Default 1 min.</summary>
    public TimeSpan HistoryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the file is looked at while nothing is written. Default 1 s.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal static void Validate(AuditChainOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var fault = FaultOf(options);
        if (fault is not null) throw new ArgumentException(fault, nameof(options));
    }

    private static string? FaultOf(AuditChainOptions options)
    {
        var shortest = new[] { options.WaitLimit, options.CheckpointInterval, options.HistoryInterval, options.WatchInterval }.Min();
        if (options.DataDirectory.Length == 0) return "The data directory has a path.";
        if (options.SegmentSizeInBytes < 1 << 20) return "A segment takes at least 1 MiB.";
        if (options.QueueLimitInBytes < AuditLine.MaxSizeInBytes) return "The queue takes at least one record.";
        return shortest < TimeSpan.FromMilliseconds(10) ? "An interval of the audit trail is at least 10 ms." : null;
    }
}
