using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip;

/// <summary>
/// A value of any of the protocol's types: a scalar, text, bytes, or a structure of further fields. It holds the value as it is
/// encoded, so that reading one costs nothing and it is written back as it was; the fields of a structure are found when asked
/// for. Immutable, but a value read from a message is a view of it: <see cref="Detach"/> what outlives the message.
/// </summary>
/// <remarks>Its content has been validated when it was read. Its <see cref="ToString"/> tells type and length, never the
/// content, which may be a key.</remarks>
public readonly struct KmipValue : IEquatable<KmipValue>
{
    private readonly ReadOnlyMemory<byte> _encoded;

    internal KmipValue(TtlvType type, ReadOnlyMemory<byte> encoded)
    {
        Type = type;
        _encoded = encoded;
    }

    /// <summary>The type; <see cref="TtlvType.None"/> of a <c>default</c> value.</summary>
    public TtlvType Type { get; }

    /// <summary>The value as it is encoded, without header and padding: a text's UTF-8, a byte string's bytes, a Big Integer's
    /// two's complement.</summary>
    public ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>An Integer, or a bit mask.</summary>
    public static KmipValue Integer(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return new(TtlvType.Integer, bytes);
    }

    /// <summary>A Long Integer.</summary>
    public static KmipValue LongInteger(long value) => Long(TtlvType.LongInteger, value);

    /// <summary>A Big Integer.</summary>
    public static KmipValue BigInteger(BigInteger value) => BigInteger(value.ToByteArray(isUnsigned: false, isBigEndian: true));

    /// <summary>A Big Integer given as bytes: two's complement, big-endian, of any length; it is sign-extended.</summary>
    public static KmipValue BigInteger(ReadOnlySpan<byte> value)
    {
        var padded = new byte[Math.Max(8, (value.Length + 7) & ~7)];
        if (value.Length > 0 && (value[0] & 0x80) != 0) padded.AsSpan().Fill(0xFF);
        value.CopyTo(padded.AsSpan(padded.Length - value.Length));
        return new(TtlvType.BigInteger, padded);
    }

    /// <summary>An Enumeration given as its number.</summary>
    public static KmipValue Enumeration(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return new(TtlvType.Enumeration, bytes);
    }

    /// <summary>An Enumeration.</summary>
    public static KmipValue Enumeration<TEnum>(TEnum value)
        where TEnum : unmanaged, Enum => Enumeration(Unsafe.BitCast<TEnum, uint>(value));

    /// <summary>A Boolean.</summary>
    public static KmipValue Boolean(bool value) => Long(TtlvType.Boolean, value ? 1 : 0);

    /// <summary>A Text String.</summary>
    public static KmipValue Text(string value) => new(TtlvType.TextString, Encoding.UTF8.GetBytes(value));

    /// <summary>A text of one of the types that are text.</summary>
    /// <exception cref="ArgumentException">The type is another, or the bytes are not UTF-8.</exception>
    public static KmipValue Text(TtlvType type, ReadOnlyMemory<byte> utf8)
    {
        if (!type.IsText()) throw new ArgumentException("The type is not one of text.", nameof(type));
        if (!System.Text.Unicode.Utf8.IsValid(utf8.Span)) throw new ArgumentException("The text is not valid UTF-8.", nameof(utf8));
        return new(type, utf8);
    }

    /// <summary>A Byte String; the memory is not copied.</summary>
    public static KmipValue Bytes(ReadOnlyMemory<byte> value) => new(TtlvType.ByteString, value);

    /// <summary>A Date-Time; parts of a second are cut off.</summary>
    public static KmipValue DateTime(DateTimeOffset value) => DateTime(value.ToUnixTimeSeconds());

    /// <summary>A Date-Time given as seconds since 1970-01-01 UTC.</summary>
    public static KmipValue DateTime(long unixSeconds) => Long(TtlvType.DateTime, unixSeconds);

    /// <summary>A Date-Time Extended given as microseconds since 1970-01-01 UTC.</summary>
    public static KmipValue DateTimeExtended(long unixMicroseconds) => Long(TtlvType.DateTimeExtended, unixMicroseconds);

    /// <summary>An Interval in seconds.</summary>
    public static KmipValue Interval(uint seconds)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, seconds);
        return new(TtlvType.Interval, bytes);
    }

    /// <summary>A structure of these fields, in this order.</summary>
    public static KmipValue Structure(params ReadOnlySpan<KmipField> fields)
    {
        using var writer = new TtlvWriter();
        foreach (var field in fields) field.Value.WriteTo(writer, field.Tag);
        return new(TtlvType.Structure, writer.WrittenSpan.ToArray());
    }

    /// <summary>A structure given as its encoded fields.</summary>
    /// <exception cref="TtlvException">They are not valid.</exception>
    public static KmipValue EncodedStructure(ReadOnlyMemory<byte> fields)
    {
        TtlvValidator.Validate(fields.Span);
        return new(TtlvType.Structure, fields);
    }

    /// <summary>The Integer.</summary>
    /// <exception cref="InvalidOperationException">The value is of another type; so for every accessor here.</exception>
    public int AsInteger() => BinaryPrimitives.ReadInt32BigEndian(Of(TtlvType.Integer));

    /// <summary>The Long Integer.</summary>
    public long AsLongInteger() => BinaryPrimitives.ReadInt64BigEndian(Of(TtlvType.LongInteger));

    /// <summary>The Big Integer.</summary>
    public BigInteger AsBigInteger() => new(Of(TtlvType.BigInteger), isUnsigned: false, isBigEndian: true);

    /// <summary>The Enumeration's number.</summary>
    public uint AsEnumeration() => BinaryPrimitives.ReadUInt32BigEndian(Of(TtlvType.Enumeration));

    /// <summary>The Enumeration.</summary>
    public TEnum AsEnumeration<TEnum>()
        where TEnum : unmanaged, Enum => Unsafe.BitCast<uint, TEnum>(AsEnumeration());

    /// <summary>The Boolean.</summary>
    public bool AsBoolean() => Of(TtlvType.Boolean)[7] != 0;

    /// <summary>The text, of whichever of the types that are text.</summary>
    public string AsText() => Type.IsText() ? Encoding.UTF8.GetString(_encoded.Span) : throw IsNot(TtlvType.TextString);

    /// <summary>The Byte String: a view.</summary>
    public ReadOnlyMemory<byte> AsBytes() => Type == TtlvType.ByteString ? _encoded : throw IsNot(TtlvType.ByteString);

    /// <summary>The Date-Time as seconds since 1970-01-01 UTC.</summary>
    public long AsUnixSeconds() => BinaryPrimitives.ReadInt64BigEndian(Of(TtlvType.DateTime));

    /// <summary>The Date-Time Extended as microseconds since 1970-01-01 UTC.</summary>
    public long AsUnixMicroseconds() => BinaryPrimitives.ReadInt64BigEndian(Of(TtlvType.DateTimeExtended));

    /// <summary>The Interval, in seconds.</summary>
    public uint AsIntervalSeconds() => BinaryPrimitives.ReadUInt32BigEndian(Of(TtlvType.Interval));

    /// <summary>The structure's fields.</summary>
    public KmipFieldEnumerable Fields => Type == TtlvType.Structure ? new(_encoded) : throw IsNot(TtlvType.Structure);

    /// <summary>The structure's first field with this tag, or null.</summary>
    public KmipValue? this[Tag tag]
    {
        get
        {
            foreach (var field in Fields)
                if (field.Tag == tag) return field.Value;
            return null;
        }
    }

    /// <summary>The value in memory of its own, independent of the message it came from.</summary>
    public KmipValue Detach() => new(Type, _encoded.ToArray());

    /// <summary>Writes the value as an item.</summary>
    /// <exception cref="InvalidOperationException">It is a <c>default</c> value.</exception>
    public void WriteTo(TtlvWriter writer, Tag tag)
    {
        if (Type == TtlvType.None) throw new InvalidOperationException("There is no value.");
        writer.WriteEncoded(tag, Type, _encoded.Span);
    }

    /// <inheritdoc/>
    public bool Equals(KmipValue other) => Type == other.Type && _encoded.Span.SequenceEqual(other._encoded.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KmipValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Type);
        hash.AddBytes(_encoded.Span);
        return hash.ToHashCode();
    }

    /// <summary>Whether type and content are the same.</summary>
    public static bool operator ==(KmipValue left, KmipValue right) => left.Equals(right);

    /// <summary>Whether type or content differ.</summary>
    public static bool operator !=(KmipValue left, KmipValue right) => !left.Equals(right);

    /// <summary>Type and length.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Type} of {_encoded.Length} bytes");

    private static KmipValue Long(TtlvType type, long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return new(type, bytes);
    }

    private ReadOnlySpan<byte> Of(TtlvType type) => Type == type ? _encoded.Span : throw IsNot(type);

    private InvalidOperationException IsNot(TtlvType type) => new($"The value is of type {Type}, not {type}.");
}

/// <summary>A field of a structure.</summary>
/// <param name="Tag">Which field.</param>
/// <param name="Value">Its value.</param>
public readonly record struct KmipField(Tag Tag, KmipValue Value)
{
    /// <summary>The field of that tag and value.</summary>
    public static implicit operator KmipField((Tag Tag, KmipValue Value) field) => new(field.Tag, field.Value);
}

/// <summary>The fields of a structure, read one after the other.</summary>
public readonly struct KmipFieldEnumerable
{
    private readonly ReadOnlyMemory<byte> _encoded;

    internal KmipFieldEnumerable(ReadOnlyMemory<byte> encoded) => _encoded = encoded;

    /// <summary>Begins at the first field.</summary>
    public Enumerator GetEnumerator() => new(_encoded);

    /// <summary>The fields as an array.</summary>
    public KmipField[] ToArray()
    {
        var fields = new List<KmipField>();
        foreach (var field in this) fields.Add(field);
        return [.. fields];
    }

    /// <summary>A cursor over fields.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlyMemory<byte> _encoded;
        private TtlvReader _reader;

        internal Enumerator(ReadOnlyMemory<byte> encoded)
        {
            _encoded = encoded;
            _reader = new TtlvReader(encoded.Span);
        }

        /// <summary>The field the cursor is at.</summary>
        public KmipField Current { get; private set; }

        /// <summary>Moves to the next field.</summary>
        public bool MoveNext()
        {
            if (_reader.IsEmpty) return false;
            var value = _reader.ReadAny(out var tag, out var type, out var offset);
            Current = new KmipField(tag, new KmipValue(type, _encoded.Slice(offset, value.Length)));
            return true;
        }
    }
}
