using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Keyreeve.Kmip.Ttlv;

/// <summary>
/// One cursor over encoded items, in the manner of <c>AsnReader</c>: each read names the tag and type it expects and moves on;
/// a structure is read through a reader of its own that cannot leave it; what is left over is an error
/// (<see cref="ThrowIfNotEmpty"/>). Everything is checked as it is read, and nothing is allocated but what is returned.
/// Throws <see cref="TtlvException"/> and nothing else.
/// </summary>
/// <remarks>The layout of an item: <c>tag(3) || type(1) || length(4) || value || zero padding to a multiple of 8</c>.</remarks>
public ref struct TtlvReader
{
    /// <summary>The deepest nesting of structures that is read; the standard's own messages reach 9.</summary>
    public const int MaximumDepth = 32;

    internal const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _base;
    private readonly int _depth;
    private int _position;

    /// <summary>Reads items from these bytes.</summary>
    /// <param name="encoded">Items, one after the other.</param>
    /// <param name="offset">Where the bytes stand in their message, so that errors and <see cref="Offset"/> name a place in it.</param>
    /// <param name="depth">How deep the bytes are nested in their message already.</param>
    public TtlvReader(ReadOnlySpan<byte> encoded, int offset = 0, int depth = 0)
    {
        _bytes = encoded;
        _base = offset;
        _depth = depth;
    }

    /// <summary>Whether everything has been read.</summary>
    public readonly bool IsEmpty => _position == _bytes.Length;

    /// <summary>Where the next item begins, in bytes from the beginning of the message.</summary>
    public readonly int Offset => _base + _position;

    /// <summary>How many bytes have not been read yet.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>How many structures the items are nested in.</summary>
    public readonly int Depth => _depth;

    /// <summary>The next item's tag, or <c>default</c> at the end.</summary>
    public readonly Tag PeekTag()
    {
        if (IsEmpty) return default;
        RequireHeader();
        return (Tag)(BinaryPrimitives.ReadUInt32BigEndian(_bytes[_position..]) >> 8);
    }

    /// <summary>The next item's type, or <see cref="TtlvType.None"/> at the end.</summary>
    public readonly TtlvType PeekType()
    {
        if (IsEmpty) return TtlvType.None;
        RequireHeader();
        return (TtlvType)_bytes[_position + 3];
    }

    /// <summary>Whether the next item has this tag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool NextIs(Tag tag) => _bytes.Length - _position >= HeaderLength
        && BinaryPrimitives.ReadUInt32BigEndian(_bytes[_position..]) >> 8 == (uint)tag;

    /// <summary>Enters a structure and moves behind it.</summary>
    public TtlvReader ReadStructure(Tag tag)
    {
        var value = ReadValue(tag, TtlvType.Structure, out var offset);
        if (_depth == MaximumDepth) Fail(offset, "structures are nested too deep");
        return new TtlvReader(value, offset, _depth + 1);
    }

    /// <summary>Reads an Integer.</summary>
    public int ReadInteger(Tag tag) => BinaryPrimitives.ReadInt32BigEndian(ReadValue(tag, TtlvType.Integer, out _));

    /// <summary>Reads a Long Integer.</summary>
    public long ReadLongInteger(Tag tag) => BinaryPrimitives.ReadInt64BigEndian(ReadValue(tag, TtlvType.LongInteger, out _));

    /// <summary>Reads a Big Integer.</summary>
    public BigInteger ReadBigInteger(Tag tag) => new(ReadBigIntegerBytes(tag), isUnsigned: false, isBigEndian: true);

    /// <summary>Reads a Big Integer as its bytes: two's complement, big-endian, a multiple of eight.</summary>
    public ReadOnlySpan<byte> ReadBigIntegerBytes(Tag tag) => ReadValue(tag, TtlvType.BigInteger, out _);

    /// <summary>Reads an Enumeration as its number.</summary>
    public uint ReadEnumeration(Tag tag) => BinaryPrimitives.ReadUInt32BigEndian(ReadValue(tag, TtlvType.Enumeration, out _));

    /// <summary>Reads an Enumeration; a number that the enumeration does not name comes through.</summary>
    public TEnum ReadEnumeration<TEnum>(Tag tag)
        where TEnum : unmanaged, Enum => Unsafe.BitCast<uint, TEnum>(ReadEnumeration(tag));

    /// <summary>Reads a Boolean.</summary>
    public bool ReadBoolean(Tag tag) => ReadValue(tag, TtlvType.Boolean, out _)[7] != 0;

    /// <summary>Reads a Text String as the UTF-8 it is encoded in.</summary>
    public ReadOnlySpan<byte> ReadTextUtf8(Tag tag) => ReadValue(tag, TtlvType.TextString, out _);

    /// <summary>Reads a Text String.</summary>
    public string ReadTextString(Tag tag) => Encoding.UTF8.GetString(ReadTextUtf8(tag));

    /// <summary>Reads a Byte String.</summary>
    public ReadOnlySpan<byte> ReadByteString(Tag tag) => ReadValue(tag, TtlvType.ByteString, out _);

    /// <summary>Reads a Date-Time as seconds since 1970-01-01 UTC.</summary>
    public long ReadDateTimeSeconds(Tag tag) => BinaryPrimitives.ReadInt64BigEndian(ReadValue(tag, TtlvType.DateTime, out _));

    /// <summary>Reads a Date-Time.</summary>
    /// <exception cref="TtlvException">It is not between the years 1 and 9999.</exception>
    public DateTimeOffset ReadDateTime(Tag tag)
    {
        var offset = Offset;
        var seconds = ReadDateTimeSeconds(tag);
        if (seconds is < -62135596800 or > 253402300799) Fail(offset, "a date outside of the years 1 to 9999");
        return DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    /// <summary>Reads a Date-Time Extended as microseconds since 1970-01-01 UTC.</summary>
    public long ReadDateTimeExtended(Tag tag) => BinaryPrimitives.ReadInt64BigEndian(ReadValue(tag, TtlvType.DateTimeExtended, out _));

    /// <summary>Reads an Interval, in seconds.</summary>
    public uint ReadIntervalSeconds(Tag tag) => BinaryPrimitives.ReadUInt32BigEndian(ReadValue(tag, TtlvType.Interval, out _));

    /// <summary>
    /// Reads the value of an item of whatever type and tag. The value of a structure has not been looked into; use
    /// <see cref="TtlvValidator"/>, or read it.
    /// </summary>
    /// <param name="tag">The tag found.</param>
    /// <param name="type">The type found.</param>
    /// <param name="offset">Where the value begins in the message.</param>
    /// <returns>The value without its padding.</returns>
    public ReadOnlySpan<byte> ReadAny(out Tag tag, out TtlvType type, out int offset)
    {
        RequireHeader();
        type = (TtlvType)_bytes[_position + 3];
        tag = (Tag)(BinaryPrimitives.ReadUInt32BigEndian(_bytes[_position..]) >> 8);
        if (!type.IsDefined()) Fail(Offset + 3, "unknown item type");
        return ReadValue(tag, type, out offset);
    }

    /// <summary>Moves behind the next item, which is not looked into.</summary>
    public void Skip() => ReadAny(out _, out _, out _);

    /// <summary>Everything must have been read.</summary>
    /// <exception cref="TtlvException">Something is left over.</exception>
    public readonly void ThrowIfNotEmpty()
    {
        if (!IsEmpty) Fail(Offset, "an item that does not belong here");
    }

    [DoesNotReturn]
    internal static void Fail(int offset, string reason) => throw new TtlvException(offset, reason);

    private ReadOnlySpan<byte> ReadValue(Tag tag, TtlvType type, out int offset)
    {
        RequireHeader();
        var header = _bytes.Slice(_position, HeaderLength);
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != (((uint)tag << 8) | (uint)type)) FailOnHeader(tag);
        if (header[0] is not (0x42 or 0x54)) Fail(Offset, "a tag begins with 42 or 54");

        // Compared as unsigned and before anything is added to it: no length overflows.
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        var available = (uint)(_bytes.Length - _position - HeaderLength);
        if (length > available) Fail(Offset, "an item longer than what contains it");
        var padding = (int)(-length & 7);
        if (length + (uint)padding > available) Fail(Offset, "padding is missing");

        offset = Offset + HeaderLength;
        var value = _bytes.Slice(_position + HeaderLength, (int)length);
        CheckValue(type, value, offset);
        if (padding != 0 && _bytes.Slice(_position + HeaderLength + (int)length, padding).ContainsAnyExcept((byte)0)) Fail(offset + (int)length, "padding is not zero");
        _position += HeaderLength + (int)length + padding;
        return value;
    }

    private static void CheckValue(TtlvType type, ReadOnlySpan<byte> value, int offset)
    {
        var valid = type switch
        {
            TtlvType.Structure => value.Length % 8 == 0,
            TtlvType.Integer or TtlvType.Enumeration or TtlvType.Interval => value.Length == 4,
            TtlvType.LongInteger or TtlvType.DateTime or TtlvType.DateTimeExtended => value.Length == 8,
            TtlvType.Boolean => value.Length == 8 && BinaryPrimitives.ReadUInt64BigEndian(value) <= 1,
            TtlvType.BigInteger => value.Length > 0 && value.Length % 8 == 0,
            TtlvType.ByteString => true,
            _ => Utf8.IsValid(value),
        };
        if (!valid) FailOnValue(type, value, offset);
    }

    [DoesNotReturn]
    private static void FailOnValue(TtlvType type, ReadOnlySpan<byte> value, int offset) => Fail(offset, type switch
    {
        TtlvType.Structure => "the length of a structure is not a multiple of 8",
        TtlvType.Boolean when value.Length == 8 => "a Boolean is neither 0 nor 1",
        TtlvType.BigInteger => "the length of a Big Integer is not a positive multiple of 8",
        _ when type.IsText() => "text is not valid UTF-8",
        _ => "the length does not fit the type",
    });

    private readonly void RequireHeader()
    {
        if (_bytes.Length - _position < HeaderLength) Fail(Offset, IsEmpty ? "an item is missing" : "the end comes within an item's header");
    }

    [DoesNotReturn]
    private readonly void FailOnHeader(Tag expected)
    {
        var found = PeekTag();
        if (found == expected) Fail(Offset + 3, $"{NameTables.DisplayName(expected)} is not of the expected type");
        Fail(Offset, $"{NameTables.DisplayName(expected)} expected, {NameTables.DisplayName(found)} found");
    }
}
