using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>An OSSL_PARAM array: named values for OpenSSL, copied into native memory that is wiped on disposal.</summary>
/// <remarks>Every name is a UTF-8 literal, whose memory never moves and ends with a zero.</remarks>
internal sealed unsafe class ParameterList : IDisposable
{
    private const int MaxParameters = 12;
    private const uint UnsignedInteger = 2;
    private const uint Utf8String = 4;
    private const uint OctetString = 5;

    private Entry* _entries = (Entry*)NativeMemory.AllocZeroed(MaxParameters + 1, (nuint)sizeof(Entry));
    private int _count;

    /// <summary>The array, ended by an entry of zeros.</summary>
    public nint Pointer => (nint)_entries;

    /// <summary>Adds a text.</summary>
    public ParameterList AddText(ReadOnlySpan<byte> name, string value)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(value);
        return Add(name, Utf8String, utf8, utf8.Length);
    }

    /// <summary>Adds bytes as they are.</summary>
    public ParameterList AddOctets(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        Add(name, OctetString, value, value.Length);

    /// <summary>Adds a number given by its big-endian bytes.</summary>
    public ParameterList AddUnsigned(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bigEndian)
    {
        // OpenSSL reads numbers in the machine's own order, and every machine .NET runs on is little-endian.
        var entry = Add(name, UnsignedInteger, bigEndian, bigEndian.Length);
        var last = _entries[_count - 1];
        new Span<byte>(last.Data, (int)last.DataSize).Reverse();
        return entry;
    }

    /// <summary>Adds a number.</summary>
    public ParameterList AddUnsigned(ReadOnlySpan<byte> name, BigNumber number)
    {
        Add(name, UnsignedInteger, default, number.SizeInBytes);
        var last = _entries[_count - 1];
        var bytes = new Span<byte>(last.Data, (int)last.DataSize);
        number.WriteTo(bytes);
        bytes.Reverse();
        return this;
    }

    /// <summary>Adds a small number.</summary>
    public ParameterList AddUnsigned(ReadOnlySpan<byte> name, uint value) =>
        Add(name, UnsignedInteger, MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in value)), sizeof(uint));

    public void Dispose()
    {
        if (_entries is null)
            return;
        for (var i = 0; i < _count; i++)
        {
            NativeMemory.Clear(_entries[i].Data, _entries[i].DataSize + 1);
            NativeMemory.Free(_entries[i].Data);
        }

        NativeMemory.Free(_entries);
        _entries = null;
    }

    private ParameterList Add(ReadOnlySpan<byte> name, uint type, ReadOnlySpan<byte> data, int size)
    {
        ObjectDisposedException.ThrowIf(_entries is null, this);
        if (_count == MaxParameters)
            throw new InvalidOperationException("The list is full.");
        // One byte more: a text ends with a zero, and an empty value still has an address.
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)size + 1);
        data.CopyTo(new Span<byte>(copy, size));
        _entries[_count++] = new Entry
        {
            Key = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name)),
            DataType = type,
            Data = copy,
            DataSize = (nuint)size,
            ReturnSize = nuint.MaxValue,
        };
        return this;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public byte* Key;
        public uint DataType;
        public byte* Data;
        public nuint DataSize;
        public nuint ReturnSize;
    }
}
