namespace Keyreeve.Core.Audit;

/// <summary>
/// Where a trail begins whose first records were removed: a file beside its segments with the position that they ended at. It proves
/// itself: with another position neither the next record nor any checkpoint fits. That they were removed by right, and not by
/// somebody who made such a file, the trail's own record says.
/// </summary>
internal static class AuditBeginning
{
    /// <summary>Its name in the trail's directory.</summary>
    public const string FileName = "begin";

    /// <summary>The position that is told; null if the trail has all its records, or if nothing sound is told.</summary>
    public static AuditPosition? Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path) && AuditPosition.TryParse(File.ReadAllText(path).TrimEnd('\n'), out var position) ? position : null;
    }

    /// <summary>How the record begins that removes the first records.</summary>
    public static string Describe(long records) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"records 1 to {records} are removed; ");

    /// <summary>Whether a line is the record of that removal.</summary>
    public static bool IsToldBy(ReadOnlySpan<byte> line, string description)
    {
        if (line.IndexOf("\"operation\":\"PruneAudit\""u8) < 0) return false;
        var record = AuditRecord.Parse(line.ToArray());
        return record["operation"] is nameof(Operations.OperationName.PruneAudit) && record["detail"]?.StartsWith(description, StringComparison.Ordinal) is true
            && string.Equals(record["result"], nameof(AuditResult.Success), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Writes it.</summary>
    public static void Write(AuditDirectory directory, AuditPosition position)
    {
        directory.Replace(FileName, System.Text.Encoding.ASCII.GetBytes(position + "\n"));
        directory.Flush();
    }

    /// <summary>Deletes the segments that hold nothing but what comes before a record, the oldest first; also what a crash left of that.</summary>
    public static void DeleteBefore(AuditDirectory directory, long records)
    {
        var segments = AuditDirectory.ListSegments(directory.Path);
        for (var i = 0; i + 1 < segments.Length && FirstSequenceOf(directory.Path, segments[i + 1]) is { } next && next <= records + 1; i++)
            directory.Delete(AuditDirectory.SegmentName(segments[i]));
        directory.Flush();
    }

    /// <summary>The number of the first record that stands in a segment; null if none does.</summary>
    public static long? FirstSequenceOf(string directory, int segment)
    {
        using var reader = new AuditTrailReader(directory, segment);
        return reader.Read() && reader.Segment == segment && AuditLine.TryParse(reader.Line, out var line) ? line.Sequence : null;
    }
}
