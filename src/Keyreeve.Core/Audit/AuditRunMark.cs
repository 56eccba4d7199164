using System.Globalization;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A file of the trail's directory that is there while the trail is written, and goes when it is closed with all records on disk. The
/// next start that finds it says so, and whether records may be missing: those of answers that left before the disk had them.
/// </summary>
internal static class AuditRunMark
{
    public const string FileName = "running";

    // Where records were kept on their way to disk.
    private static ReadOnlySpan<byte> InMemory => "memory\n"u8;

    private static ReadOnlySpan<byte> Nowhere => "none\n"u8;

    /// <summary>How the last run ended; null: as it should.</summary>
    /// <param name="directory">The trail's.</param>
    /// <param name="spool">What was found of the memory in which records are kept; null: there is none.</param>
    /// <param name="gather">How long records are gathered for a flush.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static UncleanEnd? Find(AuditDirectory directory, AuditSpool? spool, TimeSpan gather)
    {
        if (!directory.TryStat(FileName, out _)) return null;
        using var file = directory.OpenFile(FileName);
        var content = new byte[16];
        var wasKept = !content.AsSpan(0, RandomAccess.Read(file, content, 0)).SequenceEqual(Nowhere);
        if (spool is { IsLeft: true }) return new UncleanEnd("records on their way to disk were found in memory and are in the trail", MayLackRecords: false);
        return wasKept
            ? new UncleanEnd(string.Create(
                CultureInfo.InvariantCulture,
                $"the memory that keeps records on their way to disk is gone, as after a power failure: uses and reads answered early within {gather.TotalMilliseconds:0} ms and a flush of the end, or while the disk took nothing, may have no record"), MayLackRecords: true)
            : new UncleanEnd("every answer waited for the disk", MayLackRecords: false);
    }

    /// <summary>From now on the trail is written. Durable when it returns.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public static void Set(AuditDirectory directory, bool isKept)
    {
        directory.Replace(FileName, isKept ? InMemory : Nowhere);
        directory.Flush();
    }

    /// <summary>The trail is closed, and whole.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public static void Remove(AuditDirectory directory)
    {
        directory.Delete(FileName);
        directory.Flush();
    }
}

/// <summary>That the trail was not closed as it should be.</summary>
/// <param name="Consequence">What that means for its records, in words.</param>
/// <param name="MayLackRecords">Whether answers may have been given whose records it lacks.</param>
internal sealed record UncleanEnd(string Consequence, bool MayLackRecords);
