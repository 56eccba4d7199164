using System.Buffers.Binary;
using System.Buffers.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Sealing;

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

    /// <summary>The newest head of the store that is in the trail (<see cref="StoreHead"/>); number 0 if there is none.</summary>
    public static ToldStoreHead FindStoreHead(string path)
    {
        foreach (var segment in AuditDirectory.ListSegments(path).Reverse())
        {
            var found = default(ToldStoreHead);
            using var reader = new AuditTrailReader(path, segment);
            while (reader.Read() && reader.Segment == segment)
            {
                if (reader.IsLineComplete && TryFindStoreHead(reader.Line, out var head) && head.Number >= found.Number) found = head;
            }

            if (found.Number > 0) return found;
        }

        return default;
    }

    /// <summary>The first head of the store that the trail still tells of; 0 if there is none.</summary>
    public static long FindFirstStoreHead(string path)
    {
        using var reader = new AuditTrailReader(path);
        while (reader.Read())
        {
            if (reader.IsLineComplete && TryFindStoreHead(reader.Line, out var head)) return head.Number;
        }

        return 0;
    }

    /// <summary>The last permission to put the store back, and the number of its record, unless the store was put back since.</summary>
    public static (RestorePermit Permit, long Serial)? FindRestorePermit(string path)
    {
        foreach (var segment in AuditDirectory.ListSegments(path).Reverse())
        {
            (RestorePermit, long)? permit = null;
            var isUsed = false;
            using var reader = new AuditTrailReader(path, segment);
            while (reader.Read() && reader.Segment == segment)
            {
                if (!reader.IsLineComplete) continue;
                if (StoreHead.IsToldAccepted(reader.Line)) (permit, isUsed) = (null, true);
                else if (reader.Line.IndexOf("\"operation\":\"PermitRestore\""u8) >= 0) permit = Permitted(AuditRecord.Parse(reader.Line.ToArray())) ?? permit;
            }

            if (permit is not null || isUsed) return permit;
        }

        return null;
    }

    private static (RestorePermit, long)? Permitted(AuditRecord record) =>
        record["operation"] is nameof(OperationName.PermitRestore) && string.Equals(record["result"], nameof(AuditResult.Success), StringComparison.OrdinalIgnoreCase)
        && RestorePermit.ReadTold(record["detail"]) is { } permit
            ? (permit, record.Serial)
            : null;

    private static bool TryFindStoreHead(ReadOnlySpan<byte> line, out ToldStoreHead head)
    {
        head = default;
        var detail = ":\"store head "u8;
        var start = line.IndexOf(detail);
        if (start < 0 || line.IndexOf(":\"NoteStoreHead\""u8) < 0 || !Utf8Parser.TryParse(line[(start + detail.Length)..], out long number, out var digits)) return false;
        head = new ToldStoreHead(number, line[(start + detail.Length + digits)..].StartsWith("; to put it back takes approval"u8));
        return true;
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
