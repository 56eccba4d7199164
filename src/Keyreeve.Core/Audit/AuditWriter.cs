using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The one thread that writes: takes what has come, chains it, writes it, flushes it, looks whether the file is still the
/// file, and only then lets those who wait go on.
/// </summary>
internal sealed class AuditWriter : IDisposable
{
    private const int LargestPieceInBytes = 1 << 20;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly AuditChainOptions _options;
    private readonly AuditDirectory _directory;
    private readonly AuditQueue _queue;
    private readonly AuditReserve _reserve;
    private readonly IObjectStore _store;
    private readonly ManualResetEventSlim _stopping = new();
    private readonly ChainState _working = new();

    // What is on disk for certain; read by others under the lock.
    private readonly Lock _durableGate = new();
    private readonly ChainState _durable = new();
    private long _durableSize;
    private int _durableSegment;
    private long _durableOffset;

    // One byte in front of the first line; see ChainState.Append.
    private readonly byte[] _lines;
    private int _length = 1;
    private AuditSegment? _segment;
    private int _lastNumber;

    public AuditWriter(AuditChainOptions options, AuditDirectory directory, AuditQueue queue, AuditReserve reserve, IObjectStore store)
    {
        _options = options;
        _directory = directory;
        _queue = queue;
        _reserve = reserve;
        _store = store;
        var piece = (int)Math.Min(LargestPieceInBytes, options.SegmentSizeInBytes / 4);
        _lines = new byte[1 + Math.Max(piece, AuditLine.MaxSizeInBytes)];
    }

    /// <summary>Whether records are kept in memory on their way to disk.</summary>
    public bool IsKept { get; set; }

    /// <summary>The number of durable lines.</summary>
    public long DurableSize => Volatile.Read(ref _durableSize);

    /// <summary>Takes up the chain where it ended, and puts what was found wrong into it, and the records that a killed process left.</summary>
    public void Start(AuditStart start, IEnumerable<byte[]> left)
    {
        _working.CopyFrom(start.State);
        _durable.CopyFrom(start.State);
        _durableSize = _durable.Size;
        _lastNumber = AuditDirectory.ListSegments(_directory.Path).LastOrDefault();
        var notices = new List<string>(start.Notices);
        if (start.Segment > 0) _segment = TryContinue(start, notices);
        if (_segment is null) BeginNextSegment();

        foreach (var notice in notices)
        {
            _options.Alarm("Audit trail: " + notice + ".");
            ChainNotice(notice);
        }

        foreach (var record in left) Chain(record);
        WritePiece();
        FlushAndCommit();
    }

    /// <summary>The body of the thread.</summary>
    public void Run()
    {
        try
        {
            while (true)
            {
                var batch = _queue.Take(_options.WatchInterval);
                if (batch is null && _queue.IsStopped) return;
                if (!TryWrite(batch, out var failure) && !Recover(failure, batch)) return;
                if (batch is null) continue;
                _queue.Complete(batch);
                foreach (var id in batch.PendingIds) _store.AcknowledgeAudit(id);
            }
        }
        catch (Exception defect)
        {
            _queue.Raise(AuditQueue.Trouble.WriteFailed);
            _options.Alarm("The audit trail has stopped because of a defect; nothing is released or changed until a restart: " + defect);
        }
    }

    /// <summary>Ends attempts to recover; what can be written is written first.</summary>
    public void Stop()
    {
        _stopping.Set();
        _queue.Nudge();
    }

    /// <summary>Copies the durable state, if it has grown.</summary>
    public AuditResumePoint? TakeDurableSince(long size)
    {
        lock (_durableGate)
        {
            if (_durable.Size == size) return null;
            var copy = new ChainState();
            copy.CopyFrom(_durable);
            return new AuditResumePoint(copy, _durableSegment, _durableOffset);
        }
    }

    /// <summary>Gives the file its real length and closes it. After the thread has ended.</summary>
    public void Dispose()
    {
        try
        {
            _segment?.TrimTo(_segment.DurableLength);
        }
        catch (IOException failure)
        {
            _options.Alarm("The audit trail's last segment could not be given its real length: " + failure.Message);
        }

        _segment?.Dispose();
        _stopping.Dispose();
    }

    private AuditSegment? TryContinue(AuditStart start, List<string> notices)
    {
        try
        {
            return AuditSegment.Continue(_directory, start.Segment, start.Offset, _options.SegmentSizeInBytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            notices.Add($"the chain goes on in a new segment: {failure.Message}");
            return null;
        }
    }

    private bool TryWrite(AuditBatch? batch, out string failure)
    {
        failure = "";
        try
        {
            if (batch is not null)
            {
                Chain(batch);
                FlushAndCommit();
            }
            else
            {
                ThrowIfDamaged();
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e.Message;
            return false;
        }
    }

    private void Chain(AuditBatch batch)
    {
        var position = 0;
        while (batch.TryRead(ref position, out var record)) Chain(record);
        WritePiece();
    }

    private void Chain(ReadOnlySpan<byte> record)
    {
        if (_length + record.Length + AuditLine.FrameSizeInBytes > _lines.Length) WritePiece();
        var lengthWithNewline = AuditLine.Write(_lines.AsSpan(_length), record, _working.LastHash, _working.Size + 1);
        _working.Append(_lines.AsSpan(_length - 1, lengthWithNewline));
        _length += lengthWithNewline;
    }

    private void ChainNotice(string detail) => Chain(AuditJson.EncodeToScratch(AuditNotice.New(_options, detail, AuditResult.Failed)));

    private void WritePiece()
    {
        if (_segment!.SpaceLeft < _length - 1) Rotate();
        _segment.Write(_lines.AsSpan(1.._length));
        _length = 1;
    }

    private void Rotate()
    {
        _segment!.Flush();
        ThrowIfDamaged();
        _segment.TrimTo(_segment.Length);
        var full = _segment;
        BeginNextSegment();
        full.Dispose();
    }

    private void BeginNextSegment() => _segment = _reserve.Begin(_directory, ++_lastNumber);

    private void FlushAndCommit()
    {
        _segment!.Flush();
        ThrowIfDamaged();
        _segment.MarkDurable();
        lock (_durableGate)
        {
            _durable.CopyFrom(_working);
            Volatile.Write(ref _durableSize, _durable.Size);
            _durableSegment = _segment.Number;
            _durableOffset = _segment.DurableLength;
        }
    }

    private void ThrowIfDamaged()
    {
        if ((_directory.FindDamage() ?? _segment!.FindDamage(_directory)) is { } damage) throw new IOException(damage);
    }

    // Until it has succeeded nothing is available and whoever waits has been told so. The records of the batch are kept
    // and written again: what they tell of may have been committed.
    private bool Recover(string failure, AuditBatch? batch)
    {
        _queue.Raise(AuditQueue.Trouble.WriteFailed);
        _options.Alarm($"The audit trail cannot be written ({failure}); nothing is released or changed until it can.");
        var notice = $"the trail could not be written after record {_durable.Size}: {failure}; answers waiting for later records were refused";
        var reason = failure;
        while (!TryGoOn(notice, batch, ref failure))
        {
            if (!string.Equals(failure, reason, StringComparison.Ordinal)) _options.Alarm($"The audit trail still cannot be written: {failure}.");
            reason = failure;
            if (_queue.IsStopped && _stopping.IsSet) return false;
            _stopping.Wait(RetryInterval);
        }

        _queue.Clear(AuditQueue.Trouble.WriteFailed);
        (_options.Relief ?? _options.Alarm)($"The audit trail is written again, in {_segment!.Name}.");
        return true;
    }

    private bool TryGoOn(string notice, AuditBatch? batch, ref string failure)
    {
        var old = _segment!;
        try
        {
            _directory.Reopen();
            // Another directory than the one that the run began with.
            if (!_directory.TryStat(AuditRunMark.FileName, out _)) AuditRunMark.Set(_directory, IsKept);
            _working.CopyFrom(_durable);
            _length = 1;
            BeginNextSegment();
            if (old.IsDetached(_directory)) old.CopyTo(_segment!);
            ChainNotice(notice);
            if (batch is null) WritePiece();
            else Chain(batch);
            FlushAndCommit();
            Close(old);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failure = e.Message;
            if (_segment != old) _segment!.Dispose();
            _segment = old;
            return false;
        }
    }

    private void Close(AuditSegment old)
    {
        using (old)
        {
            try
            {
                old.TrimTo(old.DurableLength);
            }
            catch (IOException failure)
            {
                // What lies beyond the durable lines is superseded by the new segment, whether it is cut off or not.
                _options.Alarm($"Segment {old.Name} keeps its reserved space: {failure.Message}.");
            }
        }
    }
}
