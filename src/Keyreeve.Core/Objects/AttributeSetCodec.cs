using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;

namespace Keyreeve.Core.Objects;

/// <summary>
/// An <see cref="AttributeSet"/> as stored: compact, versioned, and with one form per set, so that what decodes encodes to
/// the same bytes.
/// </summary>
/// <remarks>
/// <code>
/// set      = version(1) ‖ count ‖ instance*            instances ascend by attribute and index
/// instance = name ‖ [vendor text ‖ custom name text]   the texts only where name is Custom
///          ‖ index ‖ value
/// value    = kind(1) ‖ payload                         numbers big-endian; texts and bytes behind their length
/// </code>
/// Counts, lengths and numbers of names are unsigned LEB128 in the fewest bytes.
/// </remarks>
public static class AttributeSetCodec
{
    /// <summary>The version written. A later one reads all earlier ones.</summary>
    public const byte Version = 1;

    /// <summary>Structures nested deeper are refused, when written and when read.</summary>
    public const int MaxDepth = 8;

    internal static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Encodes a set.</summary>
    /// <exception cref="ArgumentException">A structure is nested too deep, or a text is not Unicode.</exception>
    public static byte[] Encode(AttributeSet attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var writer = new ArrayBufferWriter<byte>(512);
        WriteByte(writer, Version);
        WriteNumber(writer, (ulong)attributes.Instances.Length);
        foreach (var instance in attributes.Instances)
        {
            WriteNumber(writer, (ulong)instance.Key.Name);
            if (instance.Key.Name == AttributeName.Custom)
            {
                WriteText(writer, instance.Key.Vendor ?? "");
                WriteText(writer, instance.Key.CustomName ?? "");
            }

            WriteNumber(writer, (ulong)instance.Index);
            WriteValue(writer, instance.Value, 0);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Encodes one value, in the form it has inside a set.</summary>
    /// <exception cref="ArgumentException">A structure is nested too deep, or a text is not Unicode.</exception>
    public static byte[] EncodeValue(AttributeValue value)
    {
        var writer = new ArrayBufferWriter<byte>(64);
        WriteValue(writer, value, 0);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Decodes a set.</summary>
    /// <returns>False if the bytes are not exactly one set in its one form.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out AttributeSet attributes)
    {
        attributes = AttributeSet.Empty;
        var reader = new AttributeReader(bytes);
        if (!reader.TryReadByte(out var version) || version != Version) return false;
        if (!reader.TryReadCount(out var count)) return false;

        var instances = ImmutableArray.CreateBuilder<AttributeInstance>(count);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadInstance(out var instance)) return false;
            if (i > 0 && !Ascends(instances[i - 1], instance)) return false;
            instances.Add(instance);
        }

        if (!reader.IsAtEnd) return false;
        attributes = AttributeSet.FromSorted(instances.MoveToImmutable());
        return true;
    }

    private static bool Ascends(AttributeInstance before, AttributeInstance after)
    {
        var order = before.Key.CompareTo(after.Key);
        return order < 0 || (order == 0 && before.Index < after.Index);
    }

    private static void WriteValue(ArrayBufferWriter<byte> writer, AttributeValue value, int depth)
    {
        WriteByte(writer, (byte)KindOf(value));
        switch (value)
        {
            case IntegerValue v: BinaryPrimitives.WriteInt32BigEndian(Take(writer, 4), v.Value); break;
            case LongIntegerValue v: BinaryPrimitives.WriteInt64BigEndian(Take(writer, 8), v.Value); break;
            case BigIntegerValue v: WriteBytes(writer, v.Value.ToByteArray(isUnsigned: false, isBigEndian: true)); break;
            case EnumerationValue v: BinaryPrimitives.WriteUInt32BigEndian(Take(writer, 4), v.Value); break;
            case BooleanValue v: WriteByte(writer, v.Value ? (byte)1 : (byte)0); break;
            case TextValue v: WriteText(writer, v.Value); break;
            case BytesValue v: WriteBytes(writer, v.Value.AsSpan()); break;
            case DateTimeValue v: BinaryPrimitives.WriteInt64BigEndian(Take(writer, 8), v.UnixSeconds); break;
            case DateTimeExtendedValue v: BinaryPrimitives.WriteInt64BigEndian(Take(writer, 8), v.UnixMicroseconds); break;
            case IntervalValue v: BinaryPrimitives.WriteUInt32BigEndian(Take(writer, 4), v.Seconds); break;
            case StructureValue v: WriteStructure(writer, v, depth); break;
            default: throw new ArgumentException($"A value of type {value.GetType().Name} cannot be stored.", nameof(value));
        }
    }

    private static void WriteStructure(ArrayBufferWriter<byte> writer, StructureValue structure, int depth)
    {
        if (depth >= MaxDepth) throw new ArgumentException("Structures are nested too deep.", nameof(structure));
        WriteNumber(writer, (ulong)structure.Fields.Length);
        foreach (var field in structure.Fields)
        {
            WriteNumber(writer, (ulong)field.Field);
            WriteValue(writer, field.Value, depth + 1);
        }
    }

    internal static AttributeKind KindOf(AttributeValue value) => value switch
    {
        IntegerValue => AttributeKind.Integer,
        LongIntegerValue => AttributeKind.LongInteger,
        BigIntegerValue => AttributeKind.BigInteger,
        EnumerationValue => AttributeKind.Enumeration,
        BooleanValue => AttributeKind.Boolean,
        TextValue => AttributeKind.Text,
        BytesValue => AttributeKind.Bytes,
        DateTimeValue => AttributeKind.DateTime,
        IntervalValue => AttributeKind.Interval,
        StructureValue => AttributeKind.Structure,
        DateTimeExtendedValue => AttributeKind.DateTimeExtended,
        _ => AttributeKind.None,
    };

    private static void WriteText(ArrayBufferWriter<byte> writer, string text) => WriteBytes(writer, StrictUtf8.GetBytes(text));

    private static void WriteBytes(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        WriteNumber(writer, (ulong)bytes.Length);
        bytes.CopyTo(Take(writer, bytes.Length));
    }

    private static void WriteNumber(ArrayBufferWriter<byte> writer, ulong number)
    {
        for (; number >= 0x80; number >>= 7) WriteByte(writer, (byte)((number & 0x7F) | 0x80));
        WriteByte(writer, (byte)number);
    }

    private static void WriteByte(ArrayBufferWriter<byte> writer, byte value) => Take(writer, 1)[0] = value;

    private static Span<byte> Take(ArrayBufferWriter<byte> writer, int length)
    {
        if (length == 0) return [];
        var span = writer.GetSpan(length)[..length];
        writer.Advance(length);
        return span;
    }
}

/// <summary>Reads what <see cref="AttributeSetCodec"/> writes; every method answers false to bytes it would not have written.</summary>
internal ref struct AttributeReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryReadInstance(out AttributeInstance instance)
    {
        instance = default;
        if (!TryReadInt(out var name) || name == 0) return false;
        AttributeKey key = (AttributeName)name;
        if (key.Name == AttributeName.Custom)
        {
            if (!TryReadText(out var vendor) || !TryReadText(out var customName)) return false;
            key = AttributeKey.Custom(vendor, customName);
        }

        if (!TryReadInt(out var index) || !TryReadValue(0, out var value)) return false;
        instance = new AttributeInstance(key, index, value);
        return true;
    }

    private bool TryReadValue(int depth, out AttributeValue value)
    {
        value = null!;
        if (!TryReadByte(out var kind)) return false;
        switch ((AttributeKind)kind)
        {
            case AttributeKind.Integer when TryTake(4, out var b): value = new IntegerValue(BinaryPrimitives.ReadInt32BigEndian(b)); return true;
            case AttributeKind.LongInteger when TryTake(8, out var b): value = new LongIntegerValue(BinaryPrimitives.ReadInt64BigEndian(b)); return true;
            case AttributeKind.BigInteger: return TryReadBigInteger(out value);
            case AttributeKind.Enumeration when TryTake(4, out var b): value = new EnumerationValue(BinaryPrimitives.ReadUInt32BigEndian(b)); return true;
            case AttributeKind.Boolean when TryReadByte(out var b) && b <= 1: value = new BooleanValue(b == 1); return true;
            case AttributeKind.Text when TryReadText(out var text): value = new TextValue(text); return true;
            case AttributeKind.Bytes when TryReadBytes(out var b): value = new BytesValue([.. b]); return true;
            case AttributeKind.DateTime when TryTake(8, out var b): value = new DateTimeValue(BinaryPrimitives.ReadInt64BigEndian(b)); return true;
            case AttributeKind.DateTimeExtended when TryTake(8, out var b): value = new DateTimeExtendedValue(BinaryPrimitives.ReadInt64BigEndian(b)); return true;
            case AttributeKind.Interval when TryTake(4, out var b): value = new IntervalValue(BinaryPrimitives.ReadUInt32BigEndian(b)); return true;
            case AttributeKind.Structure: return TryReadStructure(depth, out value);
            default: return false;
        }
    }

    private bool TryReadStructure(int depth, out AttributeValue value)
    {
        value = null!;
        if (depth >= AttributeSetCodec.MaxDepth || !TryReadCount(out var count)) return false;
        var fields = ImmutableArray.CreateBuilder<StructureField>(count);
        for (var i = 0; i < count; i++)
        {
            if (!TryReadInt(out var field) || !TryReadValue(depth + 1, out var fieldValue)) return false;
            fields.Add(new StructureField((AttributeField)field, fieldValue));
        }

        value = new StructureValue(fields.MoveToImmutable());
        return true;
    }

    private bool TryReadBigInteger(out AttributeValue value)
    {
        value = null!;
        if (!TryReadBytes(out var bytes)) return false;
        var number = new BigInteger(bytes, isUnsigned: false, isBigEndian: true);
        value = new BigIntegerValue(number);
        return number.GetByteCount() == bytes.Length;
    }

    private bool TryReadText(out string text)
    {
        text = "";
        if (!TryReadBytes(out var bytes) || !System.Text.Unicode.Utf8.IsValid(bytes)) return false;
        text = AttributeSetCodec.StrictUtf8.GetString(bytes);
        return true;
    }

    private bool TryReadBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryReadInt(out var length) && TryTake(length, out bytes);
    }

    // Every element takes two bytes at least, so that a forged count cannot make us reserve more than the input's size.
    public bool TryReadCount(out int count) => TryReadInt(out count) && count <= _rest.Length / 2;

    private bool TryReadInt(out int number)
    {
        number = 0;
        ulong value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if (!TryReadByte(out var b)) return false;
            value |= (ulong)(b & 0x7F) << shift;
            if ((b & 0x80) != 0) continue;
            if ((b == 0 && shift > 0) || value > int.MaxValue) return false;
            number = (int)value;
            return true;
        }

        return false;
    }

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (!TryTake(1, out var taken)) return false;
        value = taken[0];
        return true;
    }

    private bool TryTake(int length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (length > _rest.Length) return false;
        taken = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
