using System.Collections.Immutable;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Codec;

/// <summary>Optional and repeated fields, for reading and writing alike.</summary>
public static class FieldCodecExtensions
{
    /// <summary>An optional Integer.</summary>
    public static int? OptionalInteger<TCodec>(ref this TCodec codec, Tag tag, int? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Integer(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Long Integer.</summary>
    public static long? OptionalLongInteger<TCodec>(ref this TCodec codec, Tag tag, long? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.LongInteger(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Enumeration.</summary>
    public static TEnum? OptionalEnumeration<TCodec, TEnum>(ref this TCodec codec, Tag tag, TEnum? value)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TEnum : unmanaged, Enum => codec.Has(tag, value.HasValue) ? codec.Enumeration(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional bit mask.</summary>
    public static TEnum? OptionalMask<TCodec, TEnum>(ref this TCodec codec, Tag tag, TEnum? value)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TEnum : unmanaged, Enum => codec.Has(tag, value.HasValue) ? codec.Mask(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Boolean.</summary>
    public static bool? OptionalBoolean<TCodec>(ref this TCodec codec, Tag tag, bool? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Boolean(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Text String.</summary>
    public static string? OptionalText<TCodec>(ref this TCodec codec, Tag tag, string? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value is not null) ? codec.Text(tag, value!) : null;

    // In the next two, "? … : null" would be an empty ReadOnlyMemory and not null: null converts to it by way of byte[].

    /// <summary>An optional Text String as UTF-8; a view of the message.</summary>
    public static ReadOnlyMemory<byte>? OptionalUtf8<TCodec>(ref this TCodec codec, Tag tag, ReadOnlyMemory<byte>? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Utf8(tag, value.GetValueOrDefault()) : default(ReadOnlyMemory<byte>?);

    /// <summary>An optional Byte String; a view of the message.</summary>
    public static ReadOnlyMemory<byte>? OptionalBytes<TCodec>(ref this TCodec codec, Tag tag, ReadOnlyMemory<byte>? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Bytes(tag, value.GetValueOrDefault()) : default(ReadOnlyMemory<byte>?);

    /// <summary>An optional Date-Time.</summary>
    public static DateTimeOffset? OptionalDateTime<TCodec>(ref this TCodec codec, Tag tag, DateTimeOffset? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.DateTime(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Interval, in seconds.</summary>
    public static uint? OptionalInterval<TCodec>(ref this TCodec codec, Tag tag, uint? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Interval(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional item of whatever type.</summary>
    public static KmipValue? OptionalValue<TCodec>(ref this TCodec codec, Tag tag, KmipValue? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Value(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional Big Integer, as its bytes.</summary>
    public static KmipValue? OptionalBigInteger<TCodec>(ref this TCodec codec, Tag tag, KmipValue? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.OptionalValue(tag, value);
        return read is { Type: not TtlvType.BigInteger } ? throw codec.Invalid($"{NameTables.DisplayName(tag)} is not of the expected type") : read;
    }

    /// <summary>An optional structure that is a value type.</summary>
    public static TStructure? OptionalStructure<TCodec, TStructure>(ref this TCodec codec, Tag tag, in TStructure? value)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TStructure : struct, IWireStructure<TStructure> =>
        codec.Has(tag, value.HasValue) ? codec.Structure(tag, value.GetValueOrDefault()) : null;

    /// <summary>An optional structure that is a class.</summary>
    public static TStructure? OptionalObject<TCodec, TStructure>(ref this TCodec codec, Tag tag, TStructure? value)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TStructure : class, IWireStructure<TStructure>, new() =>
        codec.Has(tag, value is not null) ? codec.Structure(tag, value!) : null;

    /// <summary>A repeated Enumeration.</summary>
    public static ImmutableArray<TEnum> Enumerations<TCodec, TEnum>(ref this TCodec codec, Tag tag, ImmutableArray<TEnum> values)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TEnum : unmanaged, Enum => Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Enumeration(tag, value));

    /// <summary>A repeated bit mask.</summary>
    public static ImmutableArray<TEnum> Masks<TCodec, TEnum>(ref this TCodec codec, Tag tag, ImmutableArray<TEnum> values)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TEnum : unmanaged, Enum => Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Mask(tag, value));

    /// <summary>A repeated Text String.</summary>
    public static ImmutableArray<string> Texts<TCodec>(ref this TCodec codec, Tag tag, ImmutableArray<string> values)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Text(tag, value));

    /// <summary>A repeated identifier.</summary>
    public static ImmutableArray<UniqueIdentifier> Identifiers<TCodec>(ref this TCodec codec, Tag tag, ImmutableArray<UniqueIdentifier> values)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Identifier(tag, value));

    /// <summary>A repeated item of whatever type.</summary>
    public static ImmutableArray<KmipValue> Values<TCodec>(ref this TCodec codec, Tag tag, ImmutableArray<KmipValue> values)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Value(tag, value));

    /// <summary>A repeated structure.</summary>
    public static ImmutableArray<TStructure> Structures<TCodec, TStructure>(ref this TCodec codec, Tag tag, ImmutableArray<TStructure> values)
        where TCodec : struct, IFieldCodec, allows ref struct
        where TStructure : IWireStructure<TStructure>, new() =>
        Repeated(ref codec, tag, values, static (ref codec, tag, value) => codec.Structure(tag, value));

    internal static ImmutableArray<T> OrEmpty<T>(this ImmutableArray<T> values) => values.IsDefault ? [] : values;

    private delegate TItem Exchange<TCodec, TItem>(ref TCodec codec, Tag tag, TItem value)
        where TCodec : struct, IFieldCodec, allows ref struct;

    private static ImmutableArray<TItem> Repeated<TCodec, TItem>(
        ref TCodec codec, Tag tag, ImmutableArray<TItem> values, Exchange<TCodec, TItem> exchange)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        if (!codec.IsReading)
        {
            foreach (var value in values.OrEmpty())
                if (codec.Has(tag, hasValue: true)) exchange(ref codec, tag, value);
            return values;
        }

        if (!codec.Has(tag, hasValue: false)) return [];
        var read = ImmutableArray.CreateBuilder<TItem>();
        // A reading codec ignores what it is given.
        while (codec.Has(tag, hasValue: false)) read.Add(exchange(ref codec, tag, default!));
        return read.DrainToImmutable();
    }
}
