namespace Keyreeve.Kmip.Ttlv;

#pragma warning disable CA1720, CA1028 // the names are the standard's; on the wire a type is one byte

/// <summary>Item Type: how an item's value is encoded. KMIP 1.4 §9.1.1.2; the last three are KMIP 3.0's.</summary>
public enum TtlvType : byte
{
    /// <summary>Not a type.</summary>
    None = 0,

    /// <summary>Items one after the other.</summary>
    Structure = 0x01,

    /// <summary>32 bits, signed; also bit masks.</summary>
    Integer = 0x02,

    /// <summary>64 bits, signed.</summary>
    LongInteger = 0x03,

    /// <summary>Two's complement, a multiple of eight bytes.</summary>
    BigInteger = 0x04,

    /// <summary>32 bits, unsigned.</summary>
    Enumeration = 0x05,

    /// <summary>Eight bytes, 0 or 1.</summary>
    Boolean = 0x06,

    /// <summary>UTF-8.</summary>
    TextString = 0x07,

    /// <summary>Bytes.</summary>
    ByteString = 0x08,

    /// <summary>Seconds since 1970-01-01 UTC, 64 bits, signed.</summary>
    DateTime = 0x09,

    /// <summary>Seconds, 32 bits, unsigned.</summary>
    Interval = 0x0A,

    /// <summary>Microseconds since 1970-01-01 UTC, 64 bits, signed. From KMIP 2.0.</summary>
    DateTimeExtended = 0x0B,

    /// <summary>A Unique Identifier, as text. From KMIP 3.0.</summary>
    Identifier = 0x0C,

    /// <summary>Another object's Unique Identifier, as text. From KMIP 3.0.</summary>
    Reference = 0x0D,

    /// <summary>Another object's Name, as text. From KMIP 3.0.</summary>
    NameReference = 0x0E,
}

internal static class TtlvTypes
{
    /// <summary>Whether the value is UTF-8.</summary>
    public static bool IsText(this TtlvType type) =>
        type is TtlvType.TextString or TtlvType.Identifier or TtlvType.Reference or TtlvType.NameReference;

    /// <summary>Whether the byte names a type at all.</summary>
    public static bool IsDefined(this TtlvType type) => type is >= TtlvType.Structure and <= TtlvType.NameReference;
}
