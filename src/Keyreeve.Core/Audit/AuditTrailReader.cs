using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Reads the lines of a trail, segment after segment, in bounded memory. It takes no line's word for anything; that is
/// the caller's business. Not thread safe.
/// </summary>
/// <remarks>
/// After a failed write the server goes on in a new segment after the last line that it knows to be on disk. What the
/// old segment holds beyond that was never acknowledged: it is superseded by the new segment and passed over.
/// </remarks>
internal sealed class AuditTrailReader(string path, int fromSegment = 0, long fromOffset = 0) : IDisposable
{
    private const int ChunkSizeInBytes = 256 * 1024;

    private readonly int[] _segments = [.. AuditDirectory.ListSegments(path).Where(number => number >= fromSegment)];

    // One byte is kept free before the first line; see ChainState.Append.
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 + (2 * AuditLine.MaxSizeInBytes));
    private bool _isDisposed;
    private SafeFileHandle? _file;
    private int _next;
    private int _start = 1;
    private int _end = 1;
    private int _lineLength;
    private long _readOffset;
    private bool _isAtEnd;
    private long _supersededFrom;

    /// <summary>The sequence number of the last line the caller accepted.</summary>
    public long LastSequence { get; set; }

    /// <summary>The line that was read, behind one byte that may be written over; without its newline.</summary>
    public Span<byte> PrefixedLine => _buffer.AsSpan(_start - 1, 1 + _lineLength);

    /// <summary>The line that was read, without its newline.</summary>
    public ReadOnlySpan<byte> Line => _buffer.AsSpan(_start, _lineLength);

    /// <summary>Whether the line ended in a newline; one that did not is the torn end of a segment.</summary>
    public bool IsLineComplete { get; private set; }

    /// <summary>The segment of the line, or 0.</summary>
    public int Segment { get; private set; }

    /// <summary>Where the line begins in its segment; after the last line, where the segment's lines end.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether this is the trail's last segment.</summary>
    public bool IsLastSegment => _next == _segments.Length;

    /// <summary>Lines passed over because a later segment supersedes them.</summary>
    public long SupersededLines { get; private set; }

    /// <summary>Reads the next line; false at the end.</summary>
    public bool Read()
    {
        Step();
        while (true)
        {
            if (_file is null && !OpenNext()) return false;
            var found = FindLine();
            if (found && LastSequence + 1 < _supersededFrom) return true;
            if (found)
            {
                SupersededLines++;
                Step();
                continue;
            }

            if (IsLastSegment) return false;
            Close();
        }
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        Close();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Step()
    {
        if (_file is null) return;
        var size = _lineLength + (IsLineComplete ? 1 : 0);
        _start += size;
        Offset += size;
        _lineLength = 0;
        IsLineComplete = false;
    }

    private bool OpenNext()
    {
        if (IsLastSegment) return false;
        Segment = _segments[_next++];
        _file = OpenSegment(path, Segment);
        _readOffset = Offset = Segment == fromSegment ? fromOffset : 0;
        _start = _end = 1;
        _isAtEnd = false;
        _supersededFrom = FindFirstSequenceAfter(_next);
        return true;
    }

    // Leaves the line at _start, or says that the segment has no more.
    private bool FindLine()
    {
        var searched = 0;
        while (true)
        {
            var newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                _lineLength = searched + newline;
                IsLineComplete = true;
                return true;
            }

            searched = _end - _start;
            if (_isAtEnd || searched > AuditLine.MaxSizeInBytes)
            {
                _lineLength = searched;
                return searched > 0;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 1)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer.AsSpan(1));
            _end -= _start - 1;
            _start = 1;
        }

        var room = _buffer.AsSpan(_end, Math.Min(ChunkSizeInBytes, _buffer.Length - _end));
        var read = RandomAccess.Read(_file!, room, _readOffset);
        var zero = room[..read].IndexOf((byte)0);
        _isAtEnd = read == 0 || zero >= 0;
        if (zero >= 0) read = zero;
        _readOffset += read;
        _end += read;
    }

    private long FindFirstSequenceAfter(int index)
    {
        for (; index < _segments.Length; index++)
        {
            var first = FirstSequenceOf(path, _segments[index], out var isEmpty);
            if (isEmpty) continue;
            return first ?? long.MaxValue;
        }

        return long.MaxValue;
    }

    /// <summary>The beginning of the first later segment that begins behind what was read; null if there is none.</summary>
    public static AuditPlace? FindSegmentAfter(string path, AuditPlace place)
    {
        foreach (var number in AuditDirectory.ListSegments(path).Where(number => number > place.Segment))
        {
            if (FirstSequenceOf(path, number, out _) is { } first && first > place.Sequence + 1) return new AuditPlace(number, 0, first - 1);
        }

        return null;
    }

    private static long? FirstSequenceOf(string path, int number, out bool isEmpty)
    {
        using var file = OpenSegment(path, number);
        var buffer = new byte[AuditLine.MaxSizeInBytes + 1];
        var read = buffer.AsSpan(0, RandomAccess.Read(file, buffer, 0));
        isEmpty = read.IsEmpty || read[0] == 0;
        var newline = read.IndexOf((byte)'\n');
        return newline > 0 && AuditLine.TryParse(read[..newline], out var first) ? first.Sequence : null;
    }

    private static SafeFileHandle OpenSegment(string path, int number) =>
        File.OpenHandle(Path.Combine(path, AuditDirectory.SegmentName(number)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
