using System.Collections.Concurrent;

namespace Keyreeve.Core.Audit;

/// <summary>A place in a trail: after the line with that sequence number.</summary>
/// <param name="Segment">The segment in which the line stands; 0 before the first.</param>
/// <param name="Offset">Where the next line begins in it, in bytes.</param>
/// <param name="Sequence">The number of the last line read; 0 before the first.</param>
public readonly record struct AuditPlace(int Segment, long Offset, long Sequence);

/// <summary>
/// Hands out the trail's durable lines in order, from any place on, as often as asked: the trail itself is the queue of
/// whoever passes records on, so that nobody who is slow costs memory or holds up a request. Thread safe.
/// </summary>
/// <remarks>
/// What was cut out of the trail or made unreadable is passed over once it has been so for a while: whoever damages one file shall
/// not have silenced all that come after. The numbers tell: the next line's is not one more than that of the last.
/// </remarks>
public sealed class AuditFeed
{
    // Somebody may be putting a file back; and no one is held up for long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<long, long> _damages = new();
    private readonly string _path;
    private readonly Func<long> _durableSize;
    private long _beginsAfter;

    internal AuditFeed(string path, Func<long> durableSize)
    {
        _path = path;
        _durableSize = durableSize;
        _beginsAfter = AuditBeginning.Read(path)?.Size ?? 0;
    }

    /// <summary>The number of durable lines.</summary>
    public long Size => _durableSize();

    /// <summary>How many of the first records were removed; reading begins after them. 0: none.</summary>
    public long BeginsAfter
    {
        get => Volatile.Read(ref _beginsAfter);
        internal set => Volatile.Write(ref _beginsAfter, value);
    }

    /// <summary>Reads what comes after a place.</summary>
    /// <param name="place">Where to go on; set behind the last line that was handed out.</param>
    /// <param name="most">The most lines, at least 1.</param>
    /// <param name="mostBytes">No line is added once there are so many bytes.</param>
    /// <returns>The lines without their newlines; none if there is nothing new.</returns>
    /// <exception cref="IOException">The trail cannot be read.</exception>
    public IReadOnlyList<ReadOnlyMemory<byte>> Read(ref AuditPlace place, int most, int mostBytes)
    {
        var page = new AuditPage();
        Read(ref place, page, most, mostBytes, isCanonicalForm: true);
        var lines = new ReadOnlyMemory<byte>[page.Count];
        for (var i = 0; i < lines.Length; i++) lines[i] = page.Line(i).ToArray();
        return lines;
    }

    /// <summary>The same for those who look at records and pass none on: that a line is canonical JSON throughout is not examined.</summary>
    /// <param name="place">As above.</param>
    /// <param name="page">Takes the lines, in place of those that it had.</param>
    /// <param name="most">As above.</param>
    /// <param name="mostBytes">As above.</param>
    /// <exception cref="IOException">The trail cannot be read.</exception>
    public void Follow(ref AuditPlace place, AuditPage page, int most, int mostBytes)
    {
        ArgumentNullException.ThrowIfNull(page);
        Read(ref place, page, most, mostBytes, isCanonicalForm: false);
    }

    private void Read(ref AuditPlace place, AuditPage page, int most, int mostBytes, bool isCanonicalForm)
    {
        page.Clear();
        // Taken before the segments are listed: whatever is durable by now stands in one of them, and so does every segment
        // that supersedes the torn end of another.
        var size = _durableSize();
        if (place.Sequence >= size) return;
        if (BeginsAfter is var gone && place.Sequence < gone) place = new AuditPlace(0, 0, gone);
        using var reader = new AuditTrailReader(_path, place.Segment, place.Offset) { LastSequence = place.Sequence };
        while (page.Count < most && page.SizeInBytes < mostBytes && place.Sequence < size && reader.Read())
        {
            var isLine = TryParse(reader.Line, isCanonicalForm, out var line) && reader.IsLineComplete;
            // Lines up to the place are there again where a segment begins with what its predecessor already had.
            if (isLine && line.Sequence <= place.Sequence)
            {
                reader.LastSequence = line.Sequence;
                continue;
            }

            if (!isLine || line.Sequence != place.Sequence + 1)
            {
                // What was read before is handed out first.
                if (page.Count > 0) return;
                if (!IsThereForLong(place)) throw Damaged(reader);
                var behind = isLine ? new AuditPlace(reader.Segment, reader.Offset, line.Sequence - 1) : AuditTrailReader.FindSegmentAfter(_path, place);
                if (behind is not { } found || found.Sequence >= size) throw Damaged(reader);
                _damages.TryRemove(place.Sequence, out _);
                place = found;
                Read(ref place, page, most, mostBytes, isCanonicalForm);
                return;
            }

            reader.LastSequence = line.Sequence;
            page.Add(reader.Line, new AuditPlace(reader.Segment, reader.Offset, line.Sequence));
            place = new AuditPlace(reader.Segment, reader.Offset + reader.Line.Length + 1, line.Sequence);
        }
    }

    private bool IsThereForLong(AuditPlace place) =>
        Environment.TickCount64 - _damages.GetOrAdd(place.Sequence, static _ => Environment.TickCount64) >= Patience.TotalMilliseconds;

    private static bool TryParse(ReadOnlySpan<byte> bytes, bool isCanonicalForm, out AuditLine line) =>
        isCanonicalForm ? AuditLine.TryParse(bytes, out line) : AuditLine.TryParseFrame(bytes, out line);

    private static IOException Damaged(AuditTrailReader reader) =>
        new($"Segment {AuditDirectory.SegmentName(reader.Segment)} is damaged at byte {reader.Offset}; see: keyreeve audit verify");
}
