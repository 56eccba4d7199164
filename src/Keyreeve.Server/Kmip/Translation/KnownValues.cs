using System.Runtime.CompilerServices;
using Keyreeve.Core;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Enumerations that are kept or compared and never computed with: what no version of the standard names is refused.</summary>
internal static class KnownValues
{
    // spec: KMIP 2.1 §11 "Extensions 8XXXXXXX"
    private const uint FirstOfVendors = 0x8000_0000;

    /// <summary>Whether the enumeration of this field has the value, or a vendor's may have.</summary>
    public static bool Has(Tag field, uint value) =>
        value >= FirstOfVendors || NameTables.EnumerationOf(field) is not { Rows.Count: > 0 } table || table.Find(value) is not null;

    /// <summary>A value of a field.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: nobody knows it.</exception>
    public static TEnum Require<TEnum>(Tag field, TEnum value)
        where TEnum : unmanaged, Enum => Has(field, Unsafe.BitCast<TEnum, uint>(value)) ? value : throw Unknown(KeyreeveError.InvalidField, field);

    /// <summary>A value within an attribute.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>: nobody knows it.</exception>
    public static uint RequireOfAttribute(Tag field, uint value) => Has(field, value) ? value : throw Unknown(KeyreeveError.InvalidAttributeValue, field);

    private static KeyreeveException Unknown(KeyreeveError error, Tag field) => new(error, $"The {NameTables.DisplayName(field)} is none that the standard names.");
}
