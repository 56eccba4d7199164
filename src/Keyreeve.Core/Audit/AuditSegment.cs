using System.Runtime.InteropServices;
using Keyreeve.Core.Audit.Interop;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A file of the trail being written. Its space is set aside beforehand and filled with zeros, so that a full disk is
/// noticed before anything was promised and a flush need not write the file's metadata; a reader stops at the first
/// zero byte. Not thread safe.
/// </summary>
internal sealed class AuditSegment : IDisposable
{
    /// <summary>The name of space that is not yet a segment.</summary>
    public const string ReserveName = "reserve";

    private static readonly byte[] Zeros = new byte[1 << 20];

    private readonly SafeFileHandle _file;
    private readonly long _sizeInBytes;
    private readonly FileStatus _identity;

    private AuditSegment(SafeFileHandle file, string name, long sizeInBytes)
    {
        _file = file;
        _sizeInBytes = sizeInBytes;
        Name = name;
        if (!LibC.TryStat(file, out _identity)) throw new IOException("A segment cannot be looked at.");
    }

    public string Name { get; private set; }

    public int Number { get; private set; }

    /// <summary>Where the next line goes.</summary>
    public long Length { get; private set; }

    /// <summary>Up to where its lines are known to be on disk, and were answered for.</summary>
    public long DurableLength { get; private set; }

    public long SpaceLeft => _sizeInBytes - Length;

    /// <summary>Sets space aside for a segment to come.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public static AuditSegment Reserve(AuditDirectory directory, long sizeInBytes)
    {
        directory.Delete(ReserveName);
        var file = directory.CreateFile(ReserveName);
        try
        {
            Fill(file, 0, sizeInBytes);
            return new AuditSegment(file, ReserveName, sizeInBytes);
        }
        catch (IOException)
        {
            file.Dispose();
            directory.Delete(ReserveName);
            throw;
        }
    }

    /// <summary>Goes on with a segment after its last good line; what follows that is cut off.</summary>
    public static AuditSegment Continue(AuditDirectory directory, int number, long length, long sizeInBytes)
    {
        var name = AuditDirectory.SegmentName(number);
        var file = directory.OpenFile(name);
        try
        {
            RandomAccess.SetLength(file, length);
            Fill(file, length, Math.Max(sizeInBytes, length));
            var segment = new AuditSegment(file, name, Math.Max(sizeInBytes, length)) { Number = number, Length = length, DurableLength = length };
            return segment.FindDamage(directory) is { } damage ? throw new IOException(damage) : segment;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The reserve becomes the segment of that number.</summary>
    public void Begin(AuditDirectory directory, int number)
    {
        directory.Rename(Name, AuditDirectory.SegmentName(number));
        directory.Flush();
        Name = AuditDirectory.SegmentName(number);
        Number = number;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, Length);
        Length += bytes.Length;
    }

    /// <summary>Makes what was written durable. After a failure the file must not be written to again.</summary>
    // A second fsync after one that failed may report success though pages were dropped: never retried.
    public void Flush() => AuditDirectory.Check(LibC.SyncData(_file), Name);

    /// <summary>All that was written is on disk, and the file is still the file.</summary>
    public void MarkDurable() => DurableLength = Length;

    /// <summary>What has happened to the file behind the server's back, in words; null if nothing has.</summary>
    public string? FindDamage(AuditDirectory directory)
    {
        if (!LibC.TryStat(_file, out var own)) return $"segment {Name} cannot be looked at";
        if (!directory.TryStat(Name, out var named)) return $"segment {Name} was deleted";
        if (!named.IsSameFileAs(_identity)) return $"segment {Name} was replaced";
        if (own.SizeInBytes < (ulong)_sizeInBytes) return $"segment {Name} was truncated to {own.SizeInBytes} bytes";
        if (own.Permissions != AuditDirectory.FileMode) return $"the permissions of segment {Name} were changed";
        return own.Owner != _identity.Owner ? $"segment {Name} was given to another user" : null;
    }

    /// <summary>
    /// Whether the file still holds its lines though its name is gone or stands for another file: they can be saved.
    /// </summary>
    public bool IsDetached(AuditDirectory directory) =>
        LibC.TryStat(_file, out var own) && own.SizeInBytes >= (ulong)DurableLength
        && !(directory.TryStat(Name, out var named) && named.IsSameFileAs(_identity));

    /// <summary>Copies what is durable to the beginning of <paramref name="other"/>.</summary>
    public void CopyTo(AuditSegment other)
    {
        var buffer = new byte[1 << 20];
        for (long position = 0; position < DurableLength;)
        {
            var wanted = (int)Math.Min(buffer.Length, DurableLength - position);
            var read = RandomAccess.Read(_file, buffer.AsSpan(0, wanted), position);
            if (read == 0) throw new IOException($"Segment {Name} ends early.");
            other.Write(buffer.AsSpan(0, read));
            position += read;
        }
    }

    /// <summary>Gives back the space that was not used.</summary>
    public void TrimTo(long length)
    {
        if (RandomAccess.GetLength(_file) <= length) return;
        RandomAccess.SetLength(_file, length);
        AuditDirectory.Check(LibC.Sync(_file), Name);
    }

    public void Dispose() => _file.Dispose();

    private static void Fill(SafeFileHandle file, long from, long to)
    {
        if (to <= from) return;
        var error = LibC.Allocate(file, from, to - from);
        if (error != 0) throw new IOException("No space can be set aside for the audit trail: " + Marshal.GetPInvokeErrorMessage(error));
        for (var position = from; position < to;)
        {
            var count = (int)Math.Min(Zeros.Length, to - position);
            RandomAccess.Write(file, Zeros.AsSpan(0, count), position);
            position += count;
            // In steps, so that the lines being written meanwhile do not wait for all of it.
            AuditDirectory.Check(LibC.SyncData(file), "reserve");
        }
    }
}
