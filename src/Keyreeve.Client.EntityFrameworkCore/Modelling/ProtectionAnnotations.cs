using Microsoft.EntityFrameworkCore.Metadata;

namespace Keyreeve.Client.EntityFrameworkCore.Modelling;

/// <summary>What stands at the property of the model that is the encrypted column. Texts alone, so that migrations can write them.</summary>
internal static class ProtectionAnnotations
{
    /// <summary>Name of the property of the class, which holds the plaintext and is not mapped; of a record, the names with commas between.</summary>
    public const string Member = "Keyreeve:Member";

    /// <summary>Present where properties are encrypted together as one record.</summary>
    public const string Record = "Keyreeve:Record";

    /// <summary>Name of the key; the data class says it where there is one.</summary>
    public const string Key = "Keyreeve:Key";

    /// <summary>The data class.</summary>
    public const string DataClass = "Keyreeve:DataClass";

    /// <summary>What the table is called in contexts.</summary>
    public const string Table = "Keyreeve:Table";

    /// <summary>What the column is called in contexts.</summary>
    public const string Column = "Keyreeve:Column";

    /// <summary>The form of the blind index; absent: none.</summary>
    public const string Search = "Keyreeve:Search";

    /// <summary>At the property that is the blind index: name of the property that is the encrypted column.</summary>
    public const string IndexOf = "Keyreeve:IndexOf";

    public static string[] MembersOf(IReadOnlyProperty encrypted) => ((string)encrypted[Member]!).Split(',');

    public static string EncryptedName(string member) => member + "Encrypted";

    public static string IndexName(string member) => member + "Index";

    /// <summary><c>medical-history</c> is kept in <c>MedicalHistoryRecord</c>.</summary>
    public static string RecordName(string dataClass) =>
        string.Concat(dataClass.Split('-', StringSplitOptions.RemoveEmptyEntries).Select(static word => char.ToUpperInvariant(word[0]) + word[1..])) + "Record";
}

/// <summary>
/// The type of a column whose encryption is not plugged in. No database has it, so that a model that says <c>Encrypt</c> is refused
/// where <c>UseKeyreeve</c> is missing.
/// </summary>
internal sealed class UseKeyreeveIsMissing;
