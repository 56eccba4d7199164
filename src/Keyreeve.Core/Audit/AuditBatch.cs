using System.Buffers.Binary;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>Records that travel to disk together, and those who wait for them. Guarded by its queue.</summary>
internal sealed class AuditBatch
{
    private const int SizeKeptInBytes = 4 << 20;
    private const int LengthSizeInBytes = sizeof(int);

    // length(4, little-endian) || record, one after another
    private byte[] _records = new byte[64 * 1024];
    private TaskCompletionSource _done = NewSource();

    /// <summary>Bytes used.</summary>
    public int SizeInBytes { get; private set; }

    /// <summary>The ticket of the last record.</summary>
    public long LastTicket { get; private set; }

    /// <summary>When the first record came, as a timestamp of the clock.</summary>
    public long OpenedAt { get; private set; }

    /// <summary>Records that were committed with their changes, for which the store waits.</summary>
    public List<UniqueIdentifier> PendingIds { get; } = [];

    public bool IsEmpty => SizeInBytes == 0;

    /// <summary>Completes when the records are on disk, or fails.</summary>
    public Task Done => _done.Task;

    public void Add(ReadOnlySpan<byte> record, long ticket, long now)
    {
        if (IsEmpty) OpenedAt = now;
        var needed = SizeInBytes + LengthSizeInBytes + record.Length;
        if (needed > _records.Length) Array.Resize(ref _records, Math.Max(needed, _records.Length * 2));
        BinaryPrimitives.WriteInt32LittleEndian(_records.AsSpan(SizeInBytes), record.Length);
        record.CopyTo(_records.AsSpan(SizeInBytes + LengthSizeInBytes));
        SizeInBytes = needed;
        LastTicket = ticket;
    }

    /// <summary>Reads the record at <paramref name="position"/> and moves on; false at the end.</summary>
    public bool TryRead(ref int position, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (position >= SizeInBytes) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(_records.AsSpan(position));
        record = _records.AsSpan(position + LengthSizeInBytes, length);
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

    public void Reset()
    {
        SizeInBytes = 0;
        PendingIds.Clear();
        if (_records.Length > SizeKeptInBytes) _records = new byte[SizeKeptInBytes];
        Renew();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
