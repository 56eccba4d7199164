using Keyreeve.Core.Audit;

namespace Keyreeve.Server.Forwarding;

/// <summary>
/// What was put into a connection and may yet be lost with it. A stream says nothing of what the other side has read: when it
/// breaks, what may still have lain in buffers is sent again; who receives it knows a repetition by its serial number.
/// Not thread safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ResendWindow(TimeProvider time)
{
    /// <summary>More than any kernel keeps for one connection.</summary>
    public const int BuffersInBytes = 8 * 1024 * 1024;

    /// <summary>After an orderly end only what was sent just before may have crossed with it.</summary>
    public static readonly TimeSpan Crossing = TimeSpan.FromSeconds(5);

    private readonly Queue<(AuditPlace Before, int Bytes, long Sent)> _batches = new();
    private long _bytes;

    /// <summary>Remembers a batch that was handed over.</summary>
    public void Add(AuditPlace before, int bytes)
    {
        _batches.Enqueue((before, bytes, time.GetTimestamp()));
        _bytes += bytes;
        while (_batches.TryPeek(out var oldest) && _bytes - oldest.Bytes >= BuffersInBytes)
        {
            _bytes -= oldest.Bytes;
            _batches.Dequeue();
        }
    }

    /// <summary>Where to go on after the connection broke.</summary>
    public AuditPlace AfterBreak(AuditPlace now) => _batches.TryPeek(out var oldest) ? oldest.Before : now;

    /// <summary>Where to go on after the other side ended the connection orderly.</summary>
    public AuditPlace AfterOrderlyEnd(AuditPlace now)
    {
        foreach (var (before, _, sent) in _batches)
            if (time.GetElapsedTime(sent) < Crossing) return before;
        return now;
    }

    /// <summary>Forgets everything: the connection is gone, or all of it was taken.</summary>
    public void Clear()
    {
        _batches.Clear();
        _bytes = 0;
    }
}
