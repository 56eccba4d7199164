using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Core.Audit.Indexing;

/// <summary>
/// One value of each record, in the records' order, in a file of its own: the n-th value stands at n × its size, in the
/// machine's byte order. Appended by one, read by many.
/// </summary>
/// <typeparam name="T">The value; of fixed size.</typeparam>
internal sealed class IndexColumn<T> : IDisposable
    where T : unmanaged
{
    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _new = new();

    public IndexColumn(string directory, string name)
    {
        _file = File.OpenHandle(Path.Combine(directory, name + ".column"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        Count = RandomAccess.GetLength(_file) / SizeInBytes;
    }

    public static unsafe int SizeInBytes => sizeof(T);

    /// <summary>Whole values in the file.</summary>
    public long Count { get; private set; }

    /// <summary>Keeps the first values and forgets the rest.</summary>
    public void Truncate(long count)
    {
        RandomAccess.SetLength(_file, count * SizeInBytes);
        _new.ResetWrittenCount();
        Count = count;
    }

    /// <summary>Adds a value; it stands in the file after <see cref="Write"/>.</summary>
    public void Add(T value)
    {
        MemoryMarshal.Write(_new.GetSpan(SizeInBytes), value);
        _new.Advance(SizeInBytes);
    }

    public void Write()
    {
        RandomAccess.Write(_file, _new.WrittenSpan, Count * SizeInBytes);
        Count += _new.WrittenCount / SizeInBytes;
        _new.ResetWrittenCount();
    }

    public void Flush() => RandomAccess.FlushToDisk(_file);

    /// <summary>Reads values from a place on, as many as there is room for; all of them are there.</summary>
    public void Read(long from, Span<T> values)
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var read = 0;
        while (read < bytes.Length)
        {
            var more = RandomAccess.Read(_file, bytes[read..], (from * SizeInBytes) + read);
            if (more == 0) throw new IOException("The audit index is shorter than it was; it is made anew at the next start.");
            read += more;
        }
    }

    public void Dispose() => _file.Dispose();
}
