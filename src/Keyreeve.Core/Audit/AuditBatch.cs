using System.Buffers.Binary;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>Records that travel to disk together, and those who wait for them. Guarded by its queue.</summary>
/// <param name="kept">Memory that outlives the process, for as many records as it has room for; null: there is none.</param>
internal sealed class AuditBatch(AuditSpoolArea? kept = null)
{
    private const int SizeKeptInBytes = 4 << 20;
    private const int LengthSizeInBytes = sizeof(int);

    // length(4, little-endian) || record, one after another: those that the kept memory had no room for.
    private byte[] _records = new byte[64 * 1024];
    private int _size;
    private TaskCompletionSource _done = NewSource();

    /// <summary>Bytes used.</summary>
    public int SizeInBytes => (kept?.Length ?? 0) + _size;

    /// <summary>The ticket of the last record.</summary>
    public long LastTicket { get; private set; }

    /// <summary>When the first record came, as a timestamp of the clock.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>Whether somebody waits for it, or it is to be written at once for another reason.</summary>
    public bool IsUrgent { get; set; }

    /// <summary>How many have come to wait for it.</summary>
    public int Waiters { get; set; }

    /// <summary>Records that were committed with their changes, for which the store waits.</summary>
    public List<UniqueIdentifier> PendingIds { get; } = [];

    public bool IsEmpty => SizeInBytes == 0;

    /// <summary>Completes when the records are on disk, or fails.</summary>
    public Task Done => _done.Task;

    /// <summary>Takes a record.</summary>
    /// <returns>Whether it is safe from the end of the process.</returns>
    public bool Add(ReadOnlySpan<byte> record, long ticket, long now)
    {
        if (IsEmpty) OpenedAt = now;
        LastTicket = ticket;
        // The first that has no room is followed by all that come after it, so that they stay in order.
        if (_size == 0 && kept is not null && kept.TryAdd(record)) return true;
        var needed = _size + LengthSizeInBytes + record.Length;
        if (needed > _records.Length) Array.Resize(ref _records, Math.Max(needed, _records.Length * 2));
        BinaryPrimitives.WriteInt32LittleEndian(_records.AsSpan(_size), record.Length);
        record.CopyTo(_records.AsSpan(_size + LengthSizeInBytes));
        _size = needed;
        return false;
    }

    /// <summary>Reads the record at <paramref name="position"/> and moves on; false at the end.</summary>
    public bool TryRead(ref int position, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (position >= SizeInBytes) return false;
        var inKept = kept?.Length ?? 0;
        var rest = position < inKept ? kept!.Records[position..] : _records.AsSpan(position - inKept, _size - (position - inKept));
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        record = rest.Slice(LengthSizeInBytes, length);
        position += LengthSizeInBytes + length;
        return true;
    }

    public void Succeed() => _done.TrySetResult();

    public void Fail(KeyreeveException reason)
    {
        // Nobody may be waiting; that is not an error that somebody overlooked.
        if (_done.TrySetException(reason)) _ = _done.Task.Exception;
    }

    /// <summary>Lets those who come now wait again, after a failure that has passed.</summary>
    public void Renew()
    {
        if (_done.Task.IsCompleted) _done = NewSource();
    }

    /// <summary>Forgets the records: they are on disk.</summary>
    public void Reset()
    {
        kept?.Clear();
        _size = 0;
        IsUrgent = false;
        Waiters = 0;
        PendingIds.Clear();
        if (_records.Length > SizeKeptInBytes) _records = new byte[SizeKeptInBytes];
        Renew();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
