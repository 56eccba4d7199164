using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Keyreeve.Kmip.Ttlv;

/// <summary>
/// Writes items into one pooled buffer that grows; a structure's length is filled in when it ends. What the buffer held is
/// wiped when it is outgrown, rolled back, cleared or disposed of, for messages carry keys. Reusable after <see cref="Clear"/>;
/// not for several threads at once.
/// </summary>
public sealed class TtlvWriter : IDisposable
{
    private readonly int[] _open = new int[TtlvReader.MaximumDepth];
    private byte[] _buffer;
    private int _length;
    private int _depth;

    /// <summary>Creates a writer.</summary>
    /// <param name="initialCapacityInBytes">How much to expect; the buffer grows beyond it.</param>
    public TtlvWriter(int initialCapacityInBytes = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(initialCapacityInBytes);
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(64, initialCapacityInBytes));
    }

    /// <summary>How many bytes have been written.</summary>
    public int Length => _length;

    /// <summary>How many structures are open.</summary>
    public int Depth => _depth;

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>Opens a structure.</summary>
    /// <exception cref="InvalidOperationException">More than <see cref="TtlvReader.MaximumDepth"/> are open.</exception>
    public void BeginStructure(Tag tag)
    {
        if (_depth == _open.Length) throw new InvalidOperationException("Structures are nested too deep.");
        WriteHeader(tag, TtlvType.Structure, 0);
        _open[_depth++] = _length;
    }

    /// <summary>Closes the structure opened last and fills in its length.</summary>
    /// <exception cref="InvalidOperationException">None is open.</exception>
    public void EndStructure()
    {
        if (_depth == 0) throw new InvalidOperationException("No structure is open.");
        var start = _open[--_depth];
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(start - 4), _length - start);
    }

    /// <summary>Writes an Integer.</summary>
    public void WriteInteger(Tag tag, int value) => BinaryPrimitives.WriteInt32BigEndian(WriteHeader(tag, TtlvType.Integer, 4), value);

    /// <summary>Writes a Long Integer.</summary>
    public void WriteLongInteger(Tag tag, long value) => BinaryPrimitives.WriteInt64BigEndian(WriteHeader(tag, TtlvType.LongInteger, 8), value);

    /// <summary>Writes a Big Integer.</summary>
    public void WriteBigInteger(Tag tag, BigInteger value)
    {
        var count = value.GetByteCount();
        var padded = (count + 7) & ~7;
        var bytes = WriteHeader(tag, TtlvType.BigInteger, padded);
        bytes[..(padded - count)].Fill(value.Sign < 0 ? (byte)0xFF : (byte)0);
        value.TryWriteBytes(bytes[(padded - count)..], out _, isUnsigned: false, isBigEndian: true);
    }

    /// <summary>Writes a Big Integer given as bytes: two's complement, big-endian, of any length; it is sign-extended.</summary>
    public void WriteBigInteger(Tag tag, ReadOnlySpan<byte> value)
    {
        var padded = Math.Max(8, (value.Length + 7) & ~7);
        var bytes = WriteHeader(tag, TtlvType.BigInteger, padded);
        bytes[..(padded - value.Length)].Fill(value.Length > 0 && (value[0] & 0x80) != 0 ? (byte)0xFF : (byte)0);
        value.CopyTo(bytes[(padded - value.Length)..]);
    }

    /// <summary>Writes an Enumeration given as its number.</summary>
    public void WriteEnumeration(Tag tag, uint value) => BinaryPrimitives.WriteUInt32BigEndian(WriteHeader(tag, TtlvType.Enumeration, 4), value);

    /// <summary>Writes an Enumeration.</summary>
    public void WriteEnumeration<TEnum>(Tag tag, TEnum value)
        where TEnum : unmanaged, Enum => WriteEnumeration(tag, Unsafe.BitCast<TEnum, uint>(value));

    /// <summary>Writes a Boolean.</summary>
    public void WriteBoolean(Tag tag, bool value) => BinaryPrimitives.WriteInt64BigEndian(WriteHeader(tag, TtlvType.Boolean, 8), value ? 1 : 0);

    /// <summary>Writes a Text String.</summary>
    /// <exception cref="ArgumentException">A lone surrogate cannot be encoded.</exception>
    public void WriteTextString(Tag tag, ReadOnlySpan<char> value)
    {
        var bytes = WriteHeader(tag, TtlvType.TextString, Encoding.UTF8.GetByteCount(value));
        if (Utf8.FromUtf16(value, bytes, out _, out _, replaceInvalidSequences: false) != OperationStatus.Done)
            throw new ArgumentException("The text holds a lone surrogate.", nameof(value));
    }

    /// <summary>Writes a Text String given as UTF-8.</summary>
    /// <exception cref="ArgumentException">It is not valid UTF-8.</exception>
    public void WriteTextString(Tag tag, ReadOnlySpan<byte> utf8) => WriteUtf8(tag, TtlvType.TextString, utf8);

    /// <summary>Writes a Byte String.</summary>
    public void WriteByteString(Tag tag, ReadOnlySpan<byte> value) => value.CopyTo(WriteHeader(tag, TtlvType.ByteString, value.Length));

    /// <summary>Writes a Byte String that the caller fills in, before the next write: a cipher's output needs no other buffer.</summary>
    /// <returns>The bytes to fill in; zero until then.</returns>
    public Span<byte> WriteByteString(Tag tag, int lengthInBytes)
    {
        var bytes = WriteHeader(tag, TtlvType.ByteString, lengthInBytes);
        bytes.Clear();
        return bytes;
    }

    /// <summary>Writes a Date-Time; parts of a second are cut off.</summary>
    public void WriteDateTime(Tag tag, DateTimeOffset value) => WriteDateTime(tag, value.ToUnixTimeSeconds());

    /// <summary>Writes a Date-Time given as seconds since 1970-01-01 UTC.</summary>
    public void WriteDateTime(Tag tag, long unixSeconds) =>
        BinaryPrimitives.WriteInt64BigEndian(WriteHeader(tag, TtlvType.DateTime, 8), unixSeconds);

    /// <summary>Writes a Date-Time Extended given as microseconds since 1970-01-01 UTC.</summary>
    public void WriteDateTimeExtended(Tag tag, long unixMicroseconds) =>
        BinaryPrimitives.WriteInt64BigEndian(WriteHeader(tag, TtlvType.DateTimeExtended, 8), unixMicroseconds);

    /// <summary>Writes an Interval in seconds.</summary>
    public void WriteInterval(Tag tag, uint seconds) => BinaryPrimitives.WriteUInt32BigEndian(WriteHeader(tag, TtlvType.Interval, 4), seconds);

    /// <summary>Writes text as one of the types that are text.</summary>
    internal void WriteUtf8(Tag tag, TtlvType type, ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw new ArgumentException("The text is not valid UTF-8.", nameof(utf8));
        utf8.CopyTo(WriteHeader(tag, type, utf8.Length));
    }

    /// <summary>Writes items that are encoded already; they are not looked into.</summary>
    public void WriteEncodedItems(ReadOnlySpan<byte> items)
    {
        if (_buffer.Length - _length < items.Length) Grow(items.Length);
        items.CopyTo(_buffer.AsSpan(_length));
        _length += items.Length;
    }

    /// <summary>Writes an item whose value is encoded already.</summary>
    internal void WriteEncoded(Tag tag, TtlvType type, ReadOnlySpan<byte> value) => value.CopyTo(WriteHeader(tag, type, value.Length));

    /// <summary>Fills in an Integer that was written as a placeholder.</summary>
    /// <param name="itemOffset">Where the item begins: <see cref="Length"/> before it was written.</param>
    /// <param name="value">The value.</param>
    internal void OverwriteInteger(int itemOffset, int value) =>
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(itemOffset + TtlvReader.HeaderLength), value);

    /// <summary>Takes back what was written since; structures opened since are forgotten.</summary>
    /// <param name="length">What <see cref="Length"/> was.</param>
    /// <param name="depth">What <see cref="Depth"/> was.</param>
    public void RollBack(int length, int depth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, _depth);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(length, _length - length));
        _length = length;
        _depth = depth;
    }

    /// <summary>Wipes what was written and begins again.</summary>
    public void Clear() => RollBack(0, 0);

    /// <summary>Wipes what was written and gives the buffer back.</summary>
    public void Dispose()
    {
        Clear();
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Writes header and padding; the value is for the caller to fill in, all of it.</summary>
    private Span<byte> WriteHeader(Tag tag, TtlvType type, int length)
    {
        var padded = checked(TtlvReader.HeaderLength + length + (-length & 7));
        if (_buffer.Length - _length < padded) Grow(padded);
        var item = _buffer.AsSpan(_length, padded);
        BinaryPrimitives.WriteUInt32BigEndian(item, ((uint)tag << 8) | (uint)type);
        BinaryPrimitives.WriteInt32BigEndian(item[4..], length);
        item[(TtlvReader.HeaderLength + length)..].Clear();
        _length += padded;
        return item.Slice(TtlvReader.HeaderLength, length);
    }

    private void Grow(int needed)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(2L * _buffer.Length, (long)_length + needed)));
        if (larger.Length - _length < needed) throw new InvalidOperationException("The message is too long.");
        _buffer.AsSpan(0, _length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
