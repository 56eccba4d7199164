using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Between those who append and the thread that writes: one batch fills while the other is on its way to disk. The lock
/// covers copying a record and nothing that could wait. Thread safe.
/// </summary>
internal sealed class AuditQueue(AuditChainOptions options) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private AuditBatch _open = new();
    private AuditBatch _spare = new();
    private AuditBatch? _taken;
    private long _lastTicket;
    private long _durable;
    private int _queuedInBytes;
    private UnrecordedAnswers? _unrecorded;
    private bool _writerWaits;
    private volatile Trouble _trouble;

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

    public AuditTicket Append(ReadOnlySpan<byte> record, UniqueIdentifier? pendingId = null)
    {
        long ticket;
        bool wake;
        lock (_gate)
        {
            // A record whose change is committed has to get in: it is one of the few under way when the room ran out.
            if (IsStopped || (pendingId is null && _open.SizeInBytes > options.QueueLimitInBytes)) throw Unavailable();
            ticket = ++_lastTicket;
            _open.Add(record, ticket, options.Time.GetTimestamp());
            if (pendingId is { } id) _open.PendingIds.Add(id);
            _queuedInBytes = _open.SizeInBytes;
            wake = _writerWaits;
            _writerWaits = false;
        }

        if (wake) _wake.Set();
        return new AuditTicket(ticket);
    }

    public ValueTask WhenDurableAsync(long ticket)
    {
        if (Volatile.Read(ref _durable) >= ticket) return ValueTask.CompletedTask;
        lock (_gate)
        {
            if (_durable >= ticket) return ValueTask.CompletedTask;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(ticket, _lastTicket);
            return new ValueTask(_taken is { } taken && ticket <= taken.LastTicket ? taken.Done : _open.Done);
        }
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

    /// <summary>For the writer: takes what has come, waiting a while for it; null if nothing came.</summary>
    public AuditBatch? Take(TimeSpan patience)
    {
        if (TryTake() is { } ready) return ready;
        _wake.WaitOne(patience);
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

    private AuditBatch? TryTake()
    {
        lock (_gate)
        {
            if (_open.IsEmpty)
            {
                _writerWaits = true;
                return null;
            }

            _taken = _open;
            _open = _spare;
            _open.Reset();
            _queuedInBytes = 0;
            _writerWaits = false;
            // While something stands in the way, those who come to wait are told at once.
            if ((_trouble & (Trouble.WriteFailed | Trouble.Slow)) != Trouble.None) _open.Fail(Unavailable());
            return _taken;
        }
    }
}
