using System.Collections.Immutable;
using System.Numerics;

namespace Keyreeve.Core.Objects;

/// <summary>
/// The value of an attribute. The kinds are the standard's item types; what each attribute holds stands in
/// <see cref="AttributeName"/>'s rules. Compared by value.
/// </summary>
public abstract record AttributeValue
{
    private protected AttributeValue()
    {
    }

    /// <summary>A text.</summary>
    public static AttributeValue Of(string value) => new TextValue(value);

    /// <summary>A number of 32 bits, also a bit mask.</summary>
    public static AttributeValue Of(int value) => new IntegerValue(value);

    /// <summary>A number of 64 bits.</summary>
    public static AttributeValue Of(long value) => new LongIntegerValue(value);

    /// <summary>A truth value.</summary>
    public static AttributeValue Of(bool value) => new BooleanValue(value);

    /// <summary>A point in time; kept to the second, as the standard does.</summary>
    public static AttributeValue Of(DateTimeOffset value) => new DateTimeValue(value.ToUnixTimeSeconds());

    /// <summary>A value of one of the standard's enumerations.</summary>
    public static AttributeValue Of<TEnum>(TEnum value)
        where TEnum : struct, Enum => new EnumerationValue(Convert.ToUInt32(value, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Bytes; nothing secret.</summary>
    public static AttributeValue Of(ReadOnlySpan<byte> value) => new BytesValue([.. value]);

    /// <summary>A structure.</summary>
    public static AttributeValue Of(params ReadOnlySpan<StructureField> fields) => new StructureValue([.. fields]);
}

/// <summary>Integer: 32 bits, signed; also the standard's bit masks.</summary>
public sealed record IntegerValue(int Value) : AttributeValue;

/// <summary>Long Integer: 64 bits, signed.</summary>
public sealed record LongIntegerValue(long Value) : AttributeValue;

/// <summary>Big Integer.</summary>
public sealed record BigIntegerValue(BigInteger Value) : AttributeValue;

/// <summary>Enumeration.</summary>
public sealed record EnumerationValue(uint Value) : AttributeValue;

/// <summary>Boolean.</summary>
public sealed record BooleanValue(bool Value) : AttributeValue;

/// <summary>Text String.</summary>
public sealed record TextValue(string Value) : AttributeValue;

/// <summary>Byte String.</summary>
public sealed record BytesValue(ImmutableArray<byte> Value) : AttributeValue
{
    /// <inheritdoc/>
    public bool Equals(BytesValue? other) => other is not null && Value.AsSpan().SequenceEqual(other.Value.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Value.AsSpan());
        return hash.ToHashCode();
    }
}

/// <summary>Date-Time: seconds since 1970-01-01 UTC.</summary>
public sealed record DateTimeValue(long UnixSeconds) : AttributeValue
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>The point in time; what lies beyond the calendar (years 1 to 9999) as its nearest end.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(UnixSeconds, Earliest, Latest));

    /// <summary>As much later as one date is than another; a date that cannot be written becomes the last, or the first, that can.</summary>
    public DateTimeValue Moved(DateTimeValue from, DateTimeValue to) =>
        new(long.CreateSaturating((Int128)UnixSeconds + to.UnixSeconds - from.UnixSeconds));
}

/// <summary>Date-Time Extended: microseconds since 1970-01-01 UTC.</summary>
public sealed record DateTimeExtendedValue(long UnixMicroseconds) : AttributeValue;

/// <summary>Interval: seconds.</summary>
public sealed record IntervalValue(uint Seconds) : AttributeValue;

/// <summary>Structure: fields in the order in which they came.</summary>
public sealed record StructureValue(ImmutableArray<StructureField> Fields) : AttributeValue
{
    /// <summary>The first field of that name, or null.</summary>
    public AttributeValue? this[AttributeField field]
    {
        get
        {
            foreach (var candidate in Fields)
                if (candidate.Field == field) return candidate.Value;
            return null;
        }
    }

    /// <inheritdoc/>
    public bool Equals(StructureValue? other) => other is not null && Fields.AsSpan().SequenceEqual(other.Fields.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var field in Fields) hash.Add(field);
        return hash.ToHashCode();
    }
}

/// <summary>One field of a structure.</summary>
public readonly record struct StructureField(AttributeField Field, AttributeValue Value);
