using System.Text;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip;

/// <summary>
/// What names a managed object in a message: a text; from KMIP 2.0 on also a reference to the result of an earlier item of the
/// batch, or an index into it. Read from a message, it is a view of it: <see cref="Detach"/> what outlives the message.
/// KMIP 2.1 §4.59.
/// </summary>
public readonly struct UniqueIdentifier : IEquatable<UniqueIdentifier>
{
    private UniqueIdentifier(KmipValue value) => Value = value;

    /// <summary>The identifier as it stands in the message: of a type that is text, an Enumeration, or an Integer.</summary>
    public KmipValue Value { get; }

    /// <summary>Whether it is a text, and thus names the object itself.</summary>
    public bool IsText => Value.Type.IsText();

    /// <summary>The text as UTF-8; empty if it is none.</summary>
    public ReadOnlyMemory<byte> Utf8 => IsText ? Value.Encoded : default;

    /// <summary>The reference to an earlier item's result, if it is one.</summary>
    public UniqueIdentifierEnumeration? Placeholder => Value.Type == TtlvType.Enumeration ? Value.AsEnumeration<UniqueIdentifierEnumeration>() : null;

    /// <summary>The index into the objects of an earlier item's result, if it is one; negative counts from the end.</summary>
    public int? Index => Value.Type == TtlvType.Integer ? Value.AsInteger() : null;

    /// <summary>An identifier that is a text.</summary>
    public static UniqueIdentifier From(string text) => new(KmipValue.Text(text));

    /// <summary>An identifier that is a text, given as UTF-8; it is not copied.</summary>
    public static UniqueIdentifier From(ReadOnlyMemory<byte> utf8) => new(KmipValue.Text(TtlvType.TextString, utf8));

    /// <summary>A reference to an earlier item's result. From KMIP 2.0.</summary>
    public static UniqueIdentifier From(UniqueIdentifierEnumeration placeholder) => new(KmipValue.Enumeration(placeholder));

    /// <summary>An index into the objects of an earlier item's result. From KMIP 2.0.</summary>
    public static UniqueIdentifier FromIndex(int index) => new(KmipValue.Integer(index));

    /// <summary>An identifier that is the value of a field.</summary>
    /// <returns>False if the value is of a type that identifiers do not have.</returns>
    public static bool TryFrom(KmipValue value, out UniqueIdentifier identifier)
    {
        identifier = new(value);
        return value.Type is TtlvType.Enumeration or TtlvType.Integer || value.Type.IsText();
    }

    /// <summary>The identifier in memory of its own, independent of the message it came from.</summary>
    public UniqueIdentifier Detach() => new(Value.Detach());

    /// <inheritdoc/>
    public bool Equals(UniqueIdentifier other) => Value.Equals(other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is UniqueIdentifier other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether two identifiers are the same, byte for byte.</summary>
    public static bool operator ==(UniqueIdentifier left, UniqueIdentifier right) => left.Equals(right);

    /// <summary>Whether two identifiers differ.</summary>
    public static bool operator !=(UniqueIdentifier left, UniqueIdentifier right) => !left.Equals(right);

    /// <summary>The text, or what kind of reference it is.</summary>
    public override string ToString() => Value.Type switch
    {
        TtlvType.None => string.Empty,
        TtlvType.Enumeration => Value.AsEnumeration<UniqueIdentifierEnumeration>().ToString(),
        TtlvType.Integer => Value.AsInteger().ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => Encoding.UTF8.GetString(Value.Encoded.Span),
    };
}

/// <summary>Identifiers as fields.</summary>
public static class UniqueIdentifierCodec
{
    /// <summary>An identifier.</summary>
    public static UniqueIdentifier Identifier<TCodec>(ref this TCodec codec, Tag tag, UniqueIdentifier value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        // KMIP 3.0 has a type of its own for them.
        var written = !codec.IsExact && codec.Version.Major >= 3 && value.IsText ? KmipValue.Text(TtlvType.Identifier, value.Utf8) : value.Value;
        var read = codec.Value(tag, written);
        // spec: KMIP 1.4 §3.1 "Text String"; KMIP 2.1 §4.59 "Text String, Enumeration or Integer"
        if (!UniqueIdentifier.TryFrom(read, out var identifier) || (codec.Version.Major < 2 && read.Type != TtlvType.TextString))
            throw codec.Invalid("a Unique Identifier is not of this type");
        return identifier;
    }

    /// <summary>An optional identifier; absent, it means the ID Placeholder.</summary>
    public static UniqueIdentifier? OptionalIdentifier<TCodec>(ref this TCodec codec, Tag tag, UniqueIdentifier? value)
        where TCodec : struct, IFieldCodec, allows ref struct =>
        codec.Has(tag, value.HasValue) ? codec.Identifier(tag, value.GetValueOrDefault()) : null;
}
