using System.Buffers.Binary;
using System.Buffers.Text;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Looks for records by their identity near the end of a trail: which of those that the store still holds are in the chain
/// already. Identities carry their time, which says how far back to look.
/// </summary>
internal static class AuditTail
{
    // A record is appended when its request is done; none takes nearly this long.
    private const long MarginInMilliseconds = 600_000;

    public static HashSet<UniqueIdentifier> FindRecorded(string path, IReadOnlySet<UniqueIdentifier> wanted)
    {
        var found = new HashSet<UniqueIdentifier>();
        if (wanted.Count == 0) return found;
        var oldest = wanted.Min(MillisecondsOf) - MarginInMilliseconds;
        foreach (var segment in AuditDirectory.ListSegments(path).Reverse())
        {
            var isOldEnough = false;
            using var reader = new AuditTrailReader(path, segment);
            while (reader.Read() && reader.Segment == segment)
            {
                if (!TryFindId(reader.Line, out var id)) continue;
                isOldEnough |= MillisecondsOf(id) < oldest;
                if (wanted.Contains(id)) found.Add(id);
            }

            if (isOldEnough || found.Count == wanted.Count) break;
        }

        return found;
    }

    /// <summary>The number of the newest head of the store that is in the trail (<see cref="StoreHead"/>); 0 if there is none.</summary>
    public static long FindStoreHead(string path)
    {
        foreach (var segment in AuditDirectory.ListSegments(path).Reverse())
        {
            var found = 0L;
            using var reader = new AuditTrailReader(path, segment);
            while (reader.Read() && reader.Segment == segment)
            {
                if (reader.IsLineComplete && TryFindStoreHead(reader.Line, out var number)) found = Math.Max(found, number);
            }

            if (found > 0) return found;
        }

        return 0;
    }

    private static bool TryFindStoreHead(ReadOnlySpan<byte> line, out long number)
    {
        number = 0;
        var detail = ":\"store head "u8;
        var start = line.IndexOf(detail);
        return start >= 0 && line.IndexOf(":\"NoteStoreHead\""u8) >= 0 && Utf8Parser.TryParse(line[(start + detail.Length)..], out number, out _);
    }

    // Quotes inside strings are escaped, so these bytes begin the member and nothing else.
    /// <summary>Finds the identity of a record, or of a line with one.</summary>
    public static bool TryFindId(ReadOnlySpan<byte> line, out UniqueIdentifier id)
    {
        id = default;
        var name = ",\"id\":\""u8;
        var start = line.IndexOf(name);
        if (start < 0 || !Utf8Parser.TryParse(line[(start + name.Length)..], out Guid value, out _, 'D')) return false;
        id = UniqueIdentifier.FromBytes(value.ToByteArray(bigEndian: true));
        return true;
    }

    // spec: RFC 9562 §5.7 "unix_ts_ms: 48-bit big-endian unsigned number of the Unix Epoch timestamp in milliseconds"
    private static long MillisecondsOf(UniqueIdentifier id)
    {
        Span<byte> bytes = stackalloc byte[UniqueIdentifier.SizeInBytes];
        id.CopyTo(bytes);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16);
    }
}
