using System.Diagnostics;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Between those who append and the thread that writes: one batch fills while the other is on its way to disk. The lock
/// covers copying a record and nothing that could wait. Thread safe.
/// </summary>
internal sealed class AuditQueue(AuditChainOptions options)
{
    // From here on a batch is worth a flush of its own.
    private const int FullBatchSizeInBytes = 512 * 1024;

    // Who waits for others to share a flush waits no longer than this, and half as long as the last flush took.
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMicroseconds(500);

    private readonly Lock _gate = new();
    private readonly AuditBell _wake = new();
    private AuditBatch _open = new();
    private AuditBatch _spare = new();
    private AuditBatch? _taken;
    private long _lastTicket;
    private long _durable;
    private int _queuedInBytes;
    private UnrecordedAnswers? _unrecorded;
    private Sleep _sleep;

    // How many come to wait for the next batch, by those of the last, and how long it may wait for them.
    private int _expected;
    private TimeSpan _patience;
    private long _takenAt;
    private volatile Trouble _trouble;

    /// <summary>What the writer sleeps for.</summary>
    private enum Sleep
    {
        /// <summary>It does not sleep.</summary>
        None = 0,

        /// <summary>For a batch that is urgent; it wakes by itself soon.</summary>
        UntilUrgent,

        /// <summary>For as many who wait as are expected; it wakes by itself very soon.</summary>
        UntilExpected,

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

        if (wake) _wake.Ring();
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
            _open.Waiters++;
            done = _open.Done;
            wake = MustWake();
        }

        if (wake) _wake.Ring();
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
        // Those who are answered together ask again together: a flush for the first of them would keep all others waiting. Who is alone
        // waits for nobody.
        if (_expected > 1) SleepFor(_patience, Sleep.UntilExpected);
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
            _expected = batch.Waiters + _open.Waiters;
            var half = Stopwatch.GetElapsedTime(_takenAt) / 2;
            _patience = half < LongestPatience ? half : LongestPatience;
        }

        // Nobody comes to wait for it any more, and those who append do not wait until all who do have been woken.
        batch.Succeed();
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
    public void Nudge() => _wake.Ring();

    public static KeyreeveException Unavailable() => new(
        KeyreeveError.AuditUnavailable, "The audit trail cannot be written, so nothing is released or changed until it can.");

    private void SleepFor(TimeSpan longest, Sleep sleep)
    {
        lock (_gate)
        {
            if (IsStopped || IsOver(sleep)) return;
            _sleep = sleep;
        }

        _wake.Wait(longest);
        lock (_gate) _sleep = Sleep.None;
    }

    private bool MustWake()
    {
        if (!IsOver(_sleep)) return false;
        _sleep = Sleep.None;
        return true;
    }

    private bool IsOver(Sleep sleep) => sleep switch
    {
        Sleep.UntilAny => !_open.IsEmpty,
        Sleep.UntilUrgent => _open.IsUrgent,
        Sleep.UntilExpected => _open.Waiters >= _expected || _open.SizeInBytes > FullBatchSizeInBytes,
        _ => false,
    };

    private AuditBatch? TryTake()
    {
        lock (_gate)
        {
            if (_open.IsEmpty) return null;
            _takenAt = Stopwatch.GetTimestamp();
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
