using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Between those who append and the thread that writes: one batch fills while the other is on its way to disk. The lock
/// covers copying a record and nothing that could wait. Thread safe.
/// </summary>
internal sealed class AuditQueue(AuditChainOptions options) : IDisposable
{
    // From here on a batch is worth a flush of its own.
    private const int FullBatchSizeInBytes = 512 * 1024;

    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private AuditBatch _open = new();
    private AuditBatch _spare = new();
    private AuditBatch? _taken;
    private long _lastTicket;
    private long _durable;
    private int _queuedInBytes;
    private UnrecordedAnswers? _unrecorded;
    private Sleep _sleep;
    private volatile Trouble _trouble;

    /// <summary>What the writer sleeps for.</summary>
    private enum Sleep
    {
        /// <summary>It does not sleep.</summary>
        None = 0,

        /// <summary>For a batch that is urgent; it wakes by itself soon.</summary>
        UntilUrgent,

        /// <summary>For any record.</summary>
        UntilAny,
    }

    /// <summary>What stands in the way of writing; several at once are possible.</summary>
    [Flags]
    internal enum Trouble
    {
        None = 0,
        WriteFailed = 1,
        NoSpaceInReserve = 2,
        Slow = 4,
        Stopped = 8,
    }

    /// <summary>Whether new requests may begin: nothing stands in the way, and there is room for the records of those under way.</summary>
    public bool IsAvailable => _trouble == Trouble.None && Volatile.Read(ref _queuedInBytes) <= options.QueueLimitInBytes / 2;

    public bool IsStopped => (_trouble & Trouble.Stopped) != Trouble.None;

    /// <summary>Before anything is appended: where records are safe from the end of the process.</summary>
    public void Use(IReadOnlyList<AuditSpoolArea> areas)
    {
        _open = new AuditBatch(areas[0]);
        _spare = new AuditBatch(areas[1]);
    }

    /// <summary>Whether all that was appended is on disk.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate) return _durable == _lastTicket;
        }
    }

    public AuditTicket Append(ReadOnlySpan<byte> record, UniqueIdentifier? pendingId = null)
    {
        AuditTicket ticket;
        bool wake;
        lock (_gate)
        {
            // A record whose change is committed has to get in: it is one of the few under way when the room ran out.
            if (IsStopped || (pendingId is null && _open.SizeInBytes > options.QueueLimitInBytes)) throw Unavailable();
            var isKept = _open.Add(record, ++_lastTicket, options.Time.GetTimestamp());
            ticket = new AuditTicket(_lastTicket, isKept);
            if (pendingId is { } id) _open.PendingIds.Add(id);
            _queuedInBytes = _open.SizeInBytes;
            if (_queuedInBytes > FullBatchSizeInBytes) _open.IsUrgent = true;
            wake = MustWake();
        }

        if (wake) _wake.Set();
        return ticket;
    }

    public ValueTask WhenDurableAsync(long ticket)
    {
        if (Volatile.Read(ref _durable) >= ticket) return ValueTask.CompletedTask;
        Task done;
        bool wake;
        lock (_gate)
        {
            if (_durable >= ticket) return ValueTask.CompletedTask;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(ticket, _lastTicket);
            if (_taken is { } taken && ticket <= taken.LastTicket) return new ValueTask(taken.Done);
            _open.IsUrgent = true;
            done = _open.Done;
            wake = MustWake();
        }

        if (wake) _wake.Set();
        return new ValueTask(done);
    }

    /// <summary>Counts an answer whose record could not be queued.</summary>
    public void CountUnrecorded()
    {
        var now = options.Time.GetUtcNow();
        lock (_gate) _unrecorded = _unrecorded is null ? new UnrecordedAnswers(1, now, now) : _unrecorded with { Count = _unrecorded.Count + 1, Last = now };
    }

    /// <summary>What has been counted since this was last asked; null if nothing has.</summary>
    public UnrecordedAnswers? TakeUnrecorded()
    {
        lock (_gate)
        {
            var taken = _unrecorded;
            _unrecorded = null;
            return taken;
        }
    }

    /// <summary>
    /// For the writer: takes what has come, at once if somebody waits for it, otherwise after it has gathered for a while; null if
    /// nothing has come in that time.
    /// </summary>
    public AuditBatch? Take(TimeSpan patience)
    {
        // Who appends wakes nobody while records keep coming: a wake-up costs more than a record.
        var brief = patience < options.GatherLimit ? patience : options.GatherLimit;
        SleepFor(brief, Sleep.UntilUrgent);
        if (TryTake() is { } gathered) return gathered;
        SleepFor(patience, Sleep.UntilAny);
        SleepFor(brief, Sleep.UntilUrgent);
        return TryTake();
    }

    /// <summary>For the writer: what was taken is on disk.</summary>
    public void Complete(AuditBatch batch)
    {
        lock (_gate)
        {
            Volatile.Write(ref _durable, batch.LastTicket);
            _taken = null;
            _spare = batch;
            batch.Succeed();
        }
    }

    /// <summary>
    /// Something stands in the way: from now on nothing is available, and whoever waits, or comes to wait, is told so at
    /// once. What is queued stays queued.
    /// </summary>
    public void Raise(Trouble trouble)
    {
        lock (_gate)
        {
            _trouble |= trouble;
            if ((trouble & (Trouble.WriteFailed | Trouble.Slow)) == Trouble.None) return;
            _taken?.Fail(Unavailable());
            _open.Fail(Unavailable());
        }
    }

    /// <summary>It no longer does.</summary>
    public void Clear(Trouble trouble)
    {
        lock (_gate)
        {
            _trouble &= ~trouble;
            if ((_trouble & (Trouble.WriteFailed | Trouble.Slow)) == Trouble.None) _open.Renew();
        }
    }

    /// <summary>Looks whether a record has waited too long; called now and then, from where nothing can block.</summary>
    public void CheckAge()
    {
        bool isLate;
        lock (_gate)
        {
            var oldest = _taken ?? (_open.IsEmpty ? null : _open);
            isLate = oldest is not null && options.Time.GetElapsedTime(oldest.OpenedAt) > options.WaitLimit;
        }

        if (isLate) Raise(Trouble.Slow);
        else if ((_trouble & Trouble.Slow) != Trouble.None) Clear(Trouble.Slow);
    }

    /// <summary>Wakes the writer though nothing has come.</summary>
    public void Nudge() => _wake.Set();

    public void Dispose() => _wake.Dispose();

    public static KeyreeveException Unavailable() => new(
        KeyreeveError.AuditUnavailable, "The audit trail cannot be written, so nothing is released or changed until it can.");

    private void SleepFor(TimeSpan longest, Sleep sleep)
    {
        lock (_gate)
        {
            if (IsStopped || _open.IsUrgent || (sleep == Sleep.UntilAny && !_open.IsEmpty)) return;
            _sleep = sleep;
        }

        _wake.WaitOne(longest);
        lock (_gate) _sleep = Sleep.None;
    }

    private bool MustWake()
    {
        if (_sleep != Sleep.UntilAny && !(_sleep == Sleep.UntilUrgent && _open.IsUrgent)) return false;
        _sleep = Sleep.None;
        return true;
    }

    private AuditBatch? TryTake()
    {
        lock (_gate)
        {
            if (_open.IsEmpty) return null;
            _taken = _open;
            _open = _spare;
            _open.Reset();
            _queuedInBytes = 0;
            // While something stands in the way, those who come to wait are told at once.
            if ((_trouble & (Trouble.WriteFailed | Trouble.Slow)) != Trouble.None) _open.Fail(Unavailable());
            return _taken;
        }
    }
}
