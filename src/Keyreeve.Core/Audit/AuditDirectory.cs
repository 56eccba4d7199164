using System.Globalization;
using System.Runtime.InteropServices;
using Keyreeve.Core.Audit.Interop;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The directory of the trail, held open: names are resolved in it and never through a symbolic link, so that nobody can
/// send the trail elsewhere. Held by one process at a time.
/// </summary>
internal sealed class AuditDirectory : IDisposable
{
    /// <summary>Its name in the data directory.</summary>
    public const string Name = "audit";

    /// <summary>Owner only.</summary>
    public const int FileMode = 0x180; // 0600

    private const int DirectoryMode = 0x1C0; // 0700
    private const string SegmentSuffix = ".jsonl";

    private SafeFileHandle _handle;

    private AuditDirectory(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>Opens the directory, and makes it if there is none.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>: it is not safe to write there; the message says why.</exception>
    public static AuditDirectory Open(string dataDirectory)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(dataDirectory), Name);
        return new AuditDirectory(path, OpenHandle(path));
    }

    /// <summary>The names of segments, in order.</summary>
    public static string SegmentName(int number) => number.ToString("D6", CultureInfo.InvariantCulture) + SegmentSuffix;

    /// <summary>The numbers of the segments that lie in a directory, in order.</summary>
    public static int[] ListSegments(string path) =>
    [
        .. Directory.EnumerateFiles(path, "*" + SegmentSuffix)
            .Select(file => System.IO.Path.GetFileNameWithoutExtension(file))
            .Where(name => name.Length >= 6 && name.All(char.IsAsciiDigit))
            .Select(name => int.TryParse(name, CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Where(number => number > 0)
            .Order(),
    ];

    public SafeFileHandle CreateFile(string name) =>
        Checked(LibC.OpenAt(_handle, name, LibC.ReadWrite | LibC.Create | LibC.Exclusive | LibC.NoFollow | LibC.CloseOnExec, FileMode), name);

    public SafeFileHandle OpenFile(string name, bool create = false)
    {
        var flags = LibC.ReadWrite | LibC.NoFollow | LibC.CloseOnExec | (create ? LibC.Create : 0);
        var handle = Checked(LibC.OpenAt(_handle, name, flags, FileMode), name);
        if (LibC.TryStat(handle, out var status) && status.IsRegularFile && status.Owner == LibC.EffectiveUser()) return handle;
        handle.Dispose();
        throw new IOException($"{name} is not a file of the server's own user.");
    }

    /// <summary>What a name stands for; false if there is nothing.</summary>
    public bool TryStat(string name, out FileStatus status) => LibC.TryStat(_handle, name, out status);

    public void Rename(string from, string to) => Check(LibC.RenameAt(_handle, from, _handle, to), from);

    public void Delete(string name)
    {
        if (LibC.UnlinkAt(_handle, name, 0) != 0 && Marshal.GetLastPInvokeError() != LibC.NoSuchFile) throw Error(name);
    }

    /// <summary>Makes new, renamed and deleted names durable.</summary>
    public void Flush() => Check(LibC.Sync(_handle), Name);

    /// <summary>Writes a small file so that a reader sees the old one or the new one, also after a crash.</summary>
    public void Replace(string name, ReadOnlySpan<byte> content)
    {
        var temporary = name + ".new";
        Delete(temporary);
        using (var file = CreateFile(temporary))
        {
            RandomAccess.Write(file, content, 0);
            Check(LibC.SyncData(file), temporary);
        }

        Rename(temporary, name);
    }

    /// <summary>Adds to the end of a file.</summary>
    public void AppendTo(string name, ReadOnlySpan<byte> content)
    {
        using var file = OpenFile(name, create: true);
        RandomAccess.Write(file, content, RandomAccess.GetLength(file));
        Check(LibC.SyncData(file), name);
    }

    /// <summary>What has happened to the directory, in words; null if it is as it should be.</summary>
    public string? FindDamage()
    {
        if (!LibC.TryStat(_handle, out var own)) return "the audit directory cannot be looked at";
        if (own.Permissions != DirectoryMode) return "the audit directory's permissions were changed";
        using var parent = LibC.Open(System.IO.Path.GetDirectoryName(Path)!, LibC.ReadOnly | LibC.DirectoryOnly | LibC.CloseOnExec, 0);
        return !parent.IsInvalid && LibC.TryStat(parent, Name, out var named) && named.IsSameFileAs(own)
            ? null
            : "the audit directory was moved, deleted or replaced";
    }

    /// <summary>After damage: holds what now is at the path, or a new directory, with its permissions set right.</summary>
    public void Reopen()
    {
        if (LibC.TryStat(_handle, out _)) LibC.ChangeMode(_handle, DirectoryMode);
        if (FindDamage() is null)
        {
            // It may have been let go below, and have come back since.
            if (LibC.Lock(_handle, LibC.LockExclusive | LibC.LockNonBlocking) != 0) throw new IOException("the audit directory is in use by another process");
            return;
        }

        // Until there is another the old one stays in hand; unlocked, since the new one may be the same.
        LibC.Lock(_handle, LibC.LockRelease);
        try
        {
            var reopened = OpenHandle(Path);
            _handle.Dispose();
            _handle = reopened;
        }
        catch (KeyreeveException refusal)
        {
            throw new IOException(refusal.Message, refusal);
        }
    }

    public static void Check(int result, string what)
    {
        if (result != 0) throw Error(what);
    }

    // Let go by name: a child process that is being started may have the handle for a moment longer.
    public void Dispose()
    {
        if (!_handle.IsClosed) LibC.Lock(_handle, LibC.LockRelease);
        _handle.Dispose();
    }

    private static SafeFileHandle OpenHandle(string path)
    {
        if (LibC.MakeDirectory(path, DirectoryMode) != 0 && Marshal.GetLastPInvokeError() != LibC.FileExists)
            throw Refused(path, "cannot be made: " + Marshal.GetLastPInvokeErrorMessage());
        var handle = LibC.Open(path, LibC.ReadOnly | LibC.DirectoryOnly | LibC.NoFollow | LibC.CloseOnExec, 0);
        if (handle.IsInvalid) throw Refused(path, "is a symbolic link or not a directory, or cannot be opened");

        var fault = FaultOf(handle);
        if (fault is null) return handle;
        handle.Dispose();
        throw Refused(path, fault);
    }

    private static string? FaultOf(SafeFileHandle handle)
    {
        if (!LibC.TryStat(handle, out var status)) return "cannot be looked at: " + Marshal.GetLastPInvokeErrorMessage();
        if (status.Owner != LibC.EffectiveUser()) return "belongs to another user; give it to the server's with: chown";
        if (status.Permissions != DirectoryMode) return "can be used by others; mend it with: chmod 0700";
        return LibC.Lock(handle, LibC.LockExclusive | LibC.LockNonBlocking) == 0 ? null : "is in use by another process";
    }

    private static SafeFileHandle Checked(SafeFileHandle handle, string name)
    {
        if (!handle.IsInvalid) return handle;
        var error = Error(name);
        handle.Dispose();
        throw error;
    }

    private static IOException Error(string what) => new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    private static KeyreeveException Refused(string path, string fault) =>
        new(KeyreeveError.AuditUnavailable, $"The audit directory {path} {fault}.");
}
