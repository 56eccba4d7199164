using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// A search in an index: from the newest record backwards, a block at a time. Conditions are laid over each other, the ones that
/// are cheap first; a text is looked for among the texts that occur, not among the records.
/// </summary>
/// <param name="index">The index.</param>
/// <param name="trail">The trail's directory.</param>
/// <param name="feed">Knows where the trail begins.</param>
internal sealed class AuditSearch(AuditIndex index, string trail, AuditFeed feed)
{
    /// <summary>How many records are looked at together.</summary>
    public const int BlockSize = 65536;

    // A million records, some milliseconds.
    private const int MostBlocksAtATime = 16;

    /// <summary>Finds the newest records that match.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="limit">How many at most, from 1.</param>
    /// <param name="before">Only records with a smaller serial number; 0 for all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The records, the newest first.</returns>
    public IReadOnlyList<AuditRecord> Find(AuditFilter filter, int limit, long before, CancellationToken cancellationToken)
    {
        var found = new List<AuditRecord>();
        if (SearchConditions.Of(filter, index) is not { } conditions) return found;
        using var lines = new LineReader(trail);
        var matches = new bool[BlockSize];
        var removed = feed.BeginsAfter;
        for (var end = before > 0 ? Math.Min(before - 1, index.Count) : index.Count; end > removed && found.Count < limit;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Whole blocks, so that what is known of one holds for the next search.
            var start = (end - 1) / BlockSize * BlockSize;
            var block = matches.AsSpan(0, (int)(end - start));
            if (conditions.Apply(start, block)) AddFound(start, block, lines);
            end = start;
        }

        return found;

        void AddFound(long start, ReadOnlySpan<bool> block, LineReader lines)
        {
            for (var i = block.LastIndexOf(true); i >= 0 && start + i >= removed && found.Count < limit; i = block[..i].LastIndexOf(true))
            {
                var place = index.PlaceOf(start + i + 1);
                // Was taken out of the trail.
                if (place.Segment == 0) continue;
                var record = lines.Read(place);
                // The columns say where to look; the record itself decides.
                if (filter.Matches(record)) found.Add(record);
            }
        }
    }

    /// <summary>Finds the oldest records that match, of those that come after one; as far as a look goes, which is so short that others have their turn.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="limit">How many at most, from 1.</param>
    /// <param name="after">Only records with a larger serial number.</param>
    /// <param name="last">Only records up to this one.</param>
    /// <returns>The records, the oldest first, and up to which record was looked.</returns>
    public (IReadOnlyList<AuditRecord> Records, long Place) FindAfter(AuditFilter filter, int limit, long after, long last)
    {
        var found = new List<AuditRecord>();
        // Before the conditions: of what is counted the texts are known.
        var until = Math.Min(last, index.Count);
        if (after >= until || SearchConditions.Of(filter, index) is not { } conditions) return (found, Math.Max(after, until));
        using var lines = new LineReader(trail);
        var matches = new bool[BlockSize];
        var place = Math.Max(after, feed.BeginsAfter);
        for (var blocks = 0; place < until && found.Count < limit && blocks < MostBlocksAtATime; blocks++)
        {
            var end = Math.Min(((place / BlockSize) + 1) * BlockSize, until);
            var block = matches.AsSpan(0, (int)(end - place));
            place = conditions.Apply(place, block) ? AddFound(place, block) : end;
        }

        return (found, place);

        long AddFound(long start, ReadOnlySpan<bool> block)
        {
            for (var i = 0; i < block.Length; i++)
            {
                if (!block[i]) continue;
                var stands = index.PlaceOf(start + i + 1);
                if (stands.Segment == 0) continue;
                var record = lines.Read(stands);
                if (filter.Matches(record)) found.Add(record);
                if (found.Count == limit) return start + i + 1;
            }

            return start + block.Length;
        }
    }

    /// <summary>Reads single lines of the trail, the segment last used held open.</summary>
    private sealed class LineReader(string trail) : IDisposable
    {
        private readonly byte[] _buffer = new byte[AuditLine.MaxSizeInBytes];
        private SafeFileHandle? _file;
        private int _segment;

        public AuditRecord Read((int Segment, long Offset) place)
        {
            if (_file is null || _segment != place.Segment)
            {
                _file?.Dispose();
                _file = File.OpenHandle(
                    Path.Combine(trail, AuditDirectory.SegmentName(place.Segment)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                _segment = place.Segment;
            }

            for (var size = 4096; ; size = Math.Min(size * 8, _buffer.Length))
            {
                var read = RandomAccess.Read(_file, _buffer.AsSpan(0, size), place.Offset);
                var end = _buffer.AsSpan(0, read).IndexOf((byte)'\n');
                if (end >= 0) return AuditRecord.Parse(_buffer.AsSpan(0, end).ToArray());
                if (size == _buffer.Length || read < size)
                    throw new IOException($"There is no record at byte {place.Offset} of {AuditDirectory.SegmentName(place.Segment)}; see: keyreeve audit verify");
            }
        }

        public void Dispose() => _file?.Dispose();
    }
}
