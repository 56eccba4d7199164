using System.Buffers.Binary;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using Keyreeve.Core.Audit.Interop;

namespace Keyreeve.Core.Audit;

/// <summary>
/// Records on their way to disk, in memory that outlives the process (a file below <c>/dev/shm</c>): after <c>kill -9</c> the next
/// start finds them there and brings them into the chain. It never waits for a disk, so a request can be answered once its record
/// is in it. After a power failure it is gone.
/// </summary>
internal sealed class AuditSpool : IDisposable
{
    /// <summary>Where memory has names on Linux.</summary>
    public const string DefaultDirectory = "/dev/shm";

    /// <summary>How much fits into each of its areas.</summary>
    public const int AreaSizeInBytes = 2 << 20;

    private const int AreaCount = 2;
    private const int HeaderSizeInBytes = 16;
    private const int SizeInBytes = HeaderSizeInBytes + (AreaCount * AreaSizeInBytes);

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly AuditSpoolArea[] _areas;

    private unsafe AuditSpool(string path, MemoryMappedFile file)
    {
        _path = path;
        _file = file;
        _view = file.CreateViewAccessor(0, SizeInBytes, MemoryMappedFileAccess.ReadWrite);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        var header = new Span<byte>(start, HeaderSizeInBytes);
        _areas = [.. Enumerable.Range(0, AreaCount).Select(i => new AuditSpoolArea(start + HeaderSizeInBytes + (i * AreaSizeInBytes), AreaSizeInBytes))];
        IsLeft = header.SequenceEqual(Magic);
        Left = IsLeft ? [.. _areas.OrderBy(static a => a.Number).SelectMany(static a => a.ReadLeft())] : [];
    }

    /// <summary>Whether it is there from the last run.</summary>
    public bool IsLeft { get; }

    /// <summary>What a process that was killed left, in order. It may be in the trail already, in part or whole.</summary>
    public IReadOnlyList<byte[]> Left { get; }

    private static ReadOnlySpan<byte> Magic => "keyreeve spool 1"u8;

    /// <summary>Opens the spool of a trail, or makes one.</summary>
    /// <param name="folder">Where memory has names; null: nowhere.</param>
    /// <param name="trail">The trail's directory.</param>
    /// <param name="fault">Why there is none, in words.</param>
    /// <returns>Null if there is no such memory.</returns>
    public static AuditSpool? TryOpen(string? folder, string trail, out string? fault)
    {
        fault = null;
        if (folder is null) return null;
        var path = PathOf(folder, trail);
        using var file = LibC.Open(path, LibC.ReadWrite | LibC.Create | LibC.NoFollow | LibC.CloseOnExec, AuditDirectory.FileMode);
        if (file.IsInvalid || !LibC.TryStat(file, out var status) || !status.IsRegularFile || status.Owner != LibC.EffectiveUser() || status.Permissions != AuditDirectory.FileMode)
        {
            fault = $"{path} cannot be made, or is not a file of the server's own";
            return null;
        }

        // Set aside whole: memory that is not there when it is written to would end the process.
        if (LibC.Allocate(file, 0, SizeInBytes) != 0)
        {
            File.Delete(path);
            fault = $"there is no room for it in {folder}";
            return null;
        }

        return new AuditSpool(path, MemoryMappedFile.CreateFromFile(file, null, SizeInBytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true));
    }

    /// <summary>The file of a trail, whether it is there or not: named by the trail's directory, as no other is, nor was before it.</summary>
    /// <exception cref="IOException">There is no such directory.</exception>
    public static string PathOf(string folder, string trail)
    {
        using var directory = LibC.Open(trail, LibC.ReadOnly | LibC.DirectoryOnly | LibC.CloseOnExec, 0);
        if (directory.IsInvalid || !LibC.TryStat(directory, out var found)) throw new IOException("the audit directory cannot be looked at");
        return Path.Combine(folder, string.Create(
            CultureInfo.InvariantCulture, $"keyreeve-audit-{found.DeviceMajor:x}-{found.DeviceMinor:x}-{found.Inode:x}-{found.BirthSeconds:x}-{found.BirthNanoseconds:x}"));
    }

    /// <summary>What was left is in the trail: from now on the areas take records.</summary>
    public IReadOnlyList<AuditSpoolArea> Begin()
    {
        foreach (var area in _areas) area.Clear();
        Magic.CopyTo(Header());
        return _areas;
    }

    /// <summary>All that was in it is on disk: it goes.</summary>
    public void Delete() => File.Delete(_path);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private unsafe Span<byte> Header()
    {
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        return new Span<byte>(start, HeaderSizeInBytes);
    }
}

/// <summary>
/// One of the spool's areas. <c>number(8, little-endian) || { length(4, little-endian) || record } … || 0(4)</c>. A record counts
/// once its length is there, which is written last: whenever the process ends, whole records are found. Guarded by its queue.
/// </summary>
internal sealed unsafe class AuditSpoolArea(byte* start, int sizeInBytes)
{
    private const int NumberSizeInBytes = sizeof(long);
    private const int LengthSizeInBytes = sizeof(int);

    private static long _lastNumber;

    /// <summary>Areas with a larger one are later.</summary>
    public long Number => BinaryPrimitives.ReadInt64LittleEndian(new ReadOnlySpan<byte>(start, NumberSizeInBytes));

    /// <summary>Bytes used, lengths included.</summary>
    public int Length { get; private set; }

    /// <summary><c>length || record</c>, one after another.</summary>
    public ReadOnlySpan<byte> Records => new(start + NumberSizeInBytes, Length);

    private Span<byte> Room => new(start + NumberSizeInBytes, sizeInBytes - NumberSizeInBytes);

    /// <summary>Takes a record; false if it has no room.</summary>
    public bool TryAdd(ReadOnlySpan<byte> record)
    {
        var room = Room[Length..];
        if (room.Length < LengthSizeInBytes + record.Length + LengthSizeInBytes) return false;
        record.CopyTo(room[LengthSizeInBytes..]);
        BinaryPrimitives.WriteInt32LittleEndian(room[(LengthSizeInBytes + record.Length)..], 0);
        PutLength(Length, record.Length);
        Length += LengthSizeInBytes + record.Length;
        return true;
    }

    /// <summary>Forgets its records, and becomes the latest.</summary>
    public void Clear()
    {
        PutLength(0, 0);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(start, NumberSizeInBytes), Interlocked.Increment(ref _lastNumber));
        Length = 0;
    }

    /// <summary>The records that are there, whoever wrote them.</summary>
    public List<byte[]> ReadLeft()
    {
        var left = new List<byte[]>();
        for (var rest = (ReadOnlySpan<byte>)Room; rest.Length > LengthSizeInBytes;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length <= 0 || length > rest.Length - LengthSizeInBytes || length > AuditLine.MaxSizeInBytes - AuditLine.FrameSizeInBytes) break;
            var record = rest.Slice(LengthSizeInBytes, length).ToArray();
            if (!CanonicalJson.IsCanonicalObject(record)) break;
            left.Add(record);
            rest = rest[(LengthSizeInBytes + length)..];
        }

        return left;
    }

    // Aligned or not: what matters is that no processor shows it before the record's bytes.
    private void PutLength(int position, int length)
    {
        Thread.MemoryBarrier();
        BinaryPrimitives.WriteInt32LittleEndian(Room[position..], length);
    }
}
