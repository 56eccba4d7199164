using System.Globalization;
using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>Where a chain goes on.</summary>
/// <param name="State">What the next line depends on.</param>
/// <param name="Segment">The segment to go on with; 0: a new one.</param>
/// <param name="Offset">Where its good lines end.</param>
/// <param name="Notices">What was found wrong, in words; each becomes a record.</param>
internal sealed record AuditStart(ChainState State, int Segment, long Offset, IReadOnlyList<string> Notices);

/// <summary>
/// Finds, at start, where the chain goes on: from the last signed state over the lines after it. A line torn by a crash
/// is set aside; so is, loudly, everything from the first line on that does not fit.
/// </summary>
internal static class AuditRecovery
{
    public static AuditStart Recover(AuditDirectory directory, AuditVerifierKey verifier)
    {
        var notices = new List<string>();
        var state = new ChainState();
        var resume = ReadText(directory, AuditResumePoint.FileName) is { } text ? AuditResumePoint.Parse(text, verifier) : null;
        if (resume is not null)
        {
            state.CopyFrom(resume.State);
            if (!EndsWithLine(directory.Path, resume))
            {
                notices.Add($"the records up to {state.Size} were signed for, but are missing or were changed; the chain goes on from what was signed");
                return new AuditStart(state, 0, 0, notices);
            }
        }

        var begin = resume is null ? AuditBeginning.Read(directory.Path) : null;
        if (begin is not null) state.CopyFrom(begin.ToState());
        var start = Follow(directory, resume, begin?.Size ?? 0, state, notices);
        CompareWithCheckpoint(directory, verifier, state, notices);
        return start;
    }

    private static AuditStart Follow(AuditDirectory directory, AuditResumePoint? resume, long removed, ChainState state, List<string> notices)
    {
        using var reader = new AuditTrailReader(directory.Path, resume?.Segment ?? 0, resume?.Offset ?? 0) { LastSequence = state.Size };
        while (reader.Read())
        {
            var isSound = reader.IsLineComplete & AuditLine.TryParse(reader.Line, out var line);
            if (isSound && line.Sequence <= removed && state.Size == removed)
            {
                // A crash came between the removal of these and the deletion of their segments.
                reader.LastSequence = line.Sequence;
                continue;
            }

            if (!isSound || !state.IsNext(line)) return SetAside(directory, reader, state, notices);
            state.Append(reader.PrefixedLine);
            reader.LastSequence = state.Size;
        }

        return new AuditStart(state, reader.Segment, reader.Offset, notices);
    }

    private static void CompareWithCheckpoint(AuditDirectory directory, AuditVerifierKey verifier, ChainState state, List<string> notices)
    {
        if (ReadText(directory, AuditCheckpoint.FileName) is not { } note) return;
        if (AuditCheckpoint.Open(note, verifier) is not { } signed) notices.Add("the last checkpoint is not one that this server signed");
        else if (signed.Size > state.Size) notices.Add($"{signed.Size} records were signed for, of which only {state.Size} are there");
    }

    private static string? ReadText(AuditDirectory directory, string name)
    {
        if (!directory.TryStat(name, out _)) return null;
        using var file = directory.OpenFile(name);
        var content = new byte[64 * 1024];
        return Encoding.UTF8.GetString(content, 0, RandomAccess.Read(file, content, 0));
    }

    private static AuditStart SetAside(AuditDirectory directory, AuditTrailReader reader, ChainState state, List<string> notices)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{AuditDirectory.SegmentName(reader.Segment)} at byte {reader.Offset}");
        if (!reader.IsLastSegment)
        {
            notices.Add($"after record {state.Size} the trail does not go on as it should ({place}); the rest was left in place and the chain goes on in a new segment");
            return new AuditStart(state, 0, 0, notices);
        }

        var (name, length) = CopyRest(directory, reader.Segment, reader.Offset);
        notices.Add(reader.IsLineComplete
            ? $"after record {state.Size} the trail does not go on as it should ({place}); {length} bytes were moved to {name}"
            : $"an incomplete record after {state.Size} ({place}), left by a crash and never answered for, was cut off; its {length} bytes were moved to {name}");
        return new AuditStart(state, reader.Segment, reader.Offset, notices);
    }

    private static (string Name, long Length) CopyRest(AuditDirectory directory, int segment, long offset)
    {
        using var source = directory.OpenFile(AuditDirectory.SegmentName(segment));
        var name = string.Create(CultureInfo.InvariantCulture, $"set-aside-{segment:D6}-{offset}");
        directory.Delete(name);
        using var target = directory.CreateFile(name);
        var buffer = new byte[64 * 1024];
        long length = 0;
        while (true)
        {
            var read = buffer.AsSpan(0, RandomAccess.Read(source, buffer, offset + length));
            var zero = read.IndexOf((byte)0);
            if (zero >= 0) read = read[..zero];
            if (read.IsEmpty) return (name, length);
            RandomAccess.Write(target, read, length);
            length += read.Length;
        }
    }

    // The signed state says which line was the last: it has to stand where it stood.
    private static bool EndsWithLine(string path, AuditResumePoint resume)
    {
        if (resume.State.Size == 0) return true;
        var file = System.IO.Path.Combine(path, AuditDirectory.SegmentName(resume.Segment));
        if (!File.Exists(file)) return false;

        using var handle = File.OpenHandle(file);
        var buffer = new byte[(int)Math.Min(resume.Offset, AuditLine.MaxSizeInBytes)];
        var read = buffer.AsSpan(0, RandomAccess.Read(handle, buffer, resume.Offset - buffer.Length));
        if (read.Length != buffer.Length || read.IsEmpty || read[^1] != '\n') return false;
        var line = read[..^1];
        line = line[(line.LastIndexOf((byte)'\n') + 1)..];
        return System.Security.Cryptography.SHA256.HashData(line).AsSpan().SequenceEqual(resume.State.LastHash);
    }
}
