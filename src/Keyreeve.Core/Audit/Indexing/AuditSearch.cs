using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// A search in an index: from the newest record backwards, a block at a time. Conditions are laid over each other, the ones that
/// are cheap first; a text is looked for among the texts that occur, not among the records.
/// </summary>
/// <param name="index">The index.</param>
/// <param name="trail">The trail's directory.</param>
internal sealed class AuditSearch(AuditIndex index, string trail)
{
    private const int BlockSize = 65536;

    /// <summary>Finds the newest records that match.</summary>
    /// <param name="filter">What is wanted.</param>
    /// <param name="limit">How many at most, from 1.</param>
    /// <param name="before">Only records with a smaller serial number; 0 for all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The records, the newest first.</returns>
    public IReadOnlyList<AuditRecord> Find(AuditFilter filter, int limit, long before, CancellationToken cancellationToken)
    {
        var found = new List<AuditRecord>();
        if (Conditions.Of(filter, index) is not { } conditions) return found;
        using var lines = new LineReader(trail);
        var matches = new bool[BlockSize];
        for (var end = before > 0 ? Math.Min(before - 1, index.Count) : index.Count; end > 0 && found.Count < limit;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = Math.Max(0, end - BlockSize);
            var block = matches.AsSpan(0, (int)(end - start));
            conditions.Apply(start, block);
            for (var i = block.LastIndexOf(true); i >= 0 && found.Count < limit; i = block[..i].LastIndexOf(true))
            {
                var record = lines.Read(index.PlaceOf(start + i + 1));
                // The columns say where to look; the record itself decides.
                if (filter.Matches(record)) found.Add(record);
            }

            end = start;
        }

        return found;
    }

    /// <summary>The conditions of a filter as comparisons of numbers.</summary>
    private sealed class Conditions
    {
        private readonly List<(IndexColumn<int> Column, int Number)> _words = [];
        private readonly List<(IndexColumn<long> Column, long Hash)> _hashes = [];
        private readonly AuditIndex _index;
        private readonly long _from;
        private readonly long _until;
        private readonly bool[]? _containing;
        private readonly long _exact;

        private Conditions(AuditFilter filter, AuditIndex index)
        {
            _index = index;
            _from = filter.From is { } from ? AuditIndex.ToMicroseconds(from) : long.MinValue;
            _until = filter.Until is { } until ? AuditIndex.ToMicroseconds(until) : long.MaxValue;
            if (filter.Text is not { } text) return;
            _containing = index.Words.FindContaining(text);
            _exact = AuditIndex.HashOf(text.ToLowerInvariant());
        }

        private bool IsTimed => _from != long.MinValue || _until != long.MaxValue;

        /// <summary>Null if no record can match.</summary>
        public static Conditions? Of(AuditFilter filter, AuditIndex index)
        {
            var conditions = new Conditions(filter, index);
            (string Field, string? Wanted)[] words =
            [
                ("principal", filter.Principal), ("keyName", filter.Key), ("operation", filter.Operation), ("result", filter.Result),
                ("purpose", filter.Purpose), ("tenant", filter.Tenant),
            ];
            foreach (var (field, wanted) in words)
            {
                if (wanted is null) continue;
                var number = index.Words.Find(wanted);
                if (number < 0) return null;
                conditions._words.Add((index.WordColumns[PositionOf(AuditIndex.WordFields, field)], number));
            }

            if (filter.ObjectId is { } id) conditions._hashes.Add((index.HashColumns[PositionOf(AuditIndex.HashFields, "objectId")], AuditIndex.HashOf(id)));
            return conditions;
        }

        public void Apply(long start, Span<bool> matches)
        {
            matches.Fill(true);
            var numbers = ArrayPool<int>.Shared.Rent(matches.Length);
            var values = ArrayPool<long>.Shared.Rent(matches.Length);
            try
            {
                foreach (var (column, number) in _words)
                {
                    column.Read(start, numbers.AsSpan(0, matches.Length));
                    for (var i = 0; i < matches.Length; i++) matches[i] &= numbers[i] == number;
                }

                foreach (var (column, hash) in _hashes)
                {
                    column.Read(start, values.AsSpan(0, matches.Length));
                    for (var i = 0; i < matches.Length; i++) matches[i] &= values[i] == hash;
                }

                if (IsTimed) ApplyTimes(start, matches, values);
                if (_containing is not null && matches.Contains(true)) ApplyText(start, matches, numbers, values);
            }
            finally
            {
                ArrayPool<int>.Shared.Return(numbers);
                ArrayPool<long>.Shared.Return(values);
            }
        }

        private static int PositionOf(IReadOnlyList<string> fields, string field)
        {
            for (var i = 0; i < fields.Count; i++)
                if (string.Equals(fields[i], field, StringComparison.Ordinal)) return i;
            throw new ArgumentException($"There is no column of {field}.", nameof(field));
        }

        private void ApplyTimes(long start, Span<bool> matches, long[] times)
        {
            _index.Times.Read(start, times.AsSpan(0, matches.Length));
            for (var i = 0; i < matches.Length; i++) matches[i] &= times[i] >= _from && times[i] < _until;
        }

        private void ApplyText(long start, Span<bool> matches, int[] numbers, long[] hashes)
        {
            Span<bool> has = new bool[matches.Length];
            foreach (var column in _index.WordColumns)
            {
                column.Read(start, numbers.AsSpan(0, matches.Length));
                // Texts that came after the search began are not in its list; their records were not there either.
                for (var i = 0; i < has.Length; i++) has[i] |= (uint)numbers[i] < (uint)_containing!.Length && _containing[numbers[i]];
            }

            foreach (var column in _index.HashColumns)
            {
                column.Read(start, hashes.AsSpan(0, matches.Length));
                for (var i = 0; i < has.Length; i++) has[i] |= hashes[i] == _exact;
            }

            for (var i = 0; i < matches.Length; i++) matches[i] &= has[i];
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
