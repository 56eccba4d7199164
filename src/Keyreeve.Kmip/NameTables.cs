using System.Collections.Frozen;
using System.Globalization;

namespace Keyreeve.Kmip;

/// <summary>
/// The names of the standard: of tags, and of the values of every enumeration, for the XML and JSON encodings and for messages
/// that people read. The text it is made from is generated; the tables are built when first used.
/// </summary>
public static partial class NameTables
{
    private static readonly Lazy<FrozenDictionary<string, NameTable>> Tables = new(Build);
    private static readonly Lazy<FrozenDictionary<Tag, NameTable>> ByTag = new(BuildByTag);

    /// <summary>Enumerated fields that are not called as their enumeration is.</summary>
    private static readonly (Tag Tag, string Enumeration)[] FieldsNamedOtherwise =
    [
        (Tag.MaskGeneratorHashingAlgorithm, "HashingAlgorithm"),
        (Tag.PasswordSaltAlgorithm, "HashingAlgorithm"),
        (Tag.OTPDigest, "HashingAlgorithm"),
        (Tag.PrivateKeyUniqueIdentifier, "UniqueIdentifier"),
        (Tag.PublicKeyUniqueIdentifier, "UniqueIdentifier"),
        (Tag.LinkedObjectIdentifier, "UniqueIdentifier"),
        (Tag.AttributeReference, "Tag"),
        (Tag.ExtensionType, "ItemType"),
        (Tag.ObjectClassMask, "ObjectClass"),
    ];

    /// <summary>The tags.</summary>
    public static NameTable Tags => Tables.Value["Tag"];

    /// <summary>Every table: the enumerations, the masks, and <c>Tag</c>.</summary>
    public static IReadOnlyCollection<NameTable> All => Tables.Value.Values;

    /// <summary>The enumeration that a field holds, or null: <see cref="Tag.State"/> holds <c>State</c>, and
    /// <see cref="Tag.AttributeReference"/> holds tags.</summary>
    public static NameTable? EnumerationOf(Tag tag) => ByTag.Value.GetValueOrDefault(tag);

    /// <summary>A tag's CamelCase name; of a tag that no version defines, its number as <c>0x54ABCD</c>.</summary>
    public static string DisplayName(Tag tag) => tag == default
        ? "the end"
        : Tags.Find((uint)tag)?.Name ?? string.Create(CultureInfo.InvariantCulture, $"0x{(uint)tag:X6}");

    /// <summary>Whether a version has this tag. Extension tags (0x54…) belong to every version.</summary>
    public static bool IsDefined(Tag tag, ProtocolVersion version)
    {
        if ((uint)tag >> 16 != 0x42) return true;
        var index = (int)((uint)tag & 0xFFFF);
        var code = (10 * version.Major) + version.Minor;
        return index < TagIntroduced.Length && TagIntroduced[index] is not 0 && TagIntroduced[index] <= code && code <= TagWithdrawn[index];
    }

    private static FrozenDictionary<string, NameTable> Build()
    {
        var tables = new List<NameTable>();
        var rows = new List<NameTableRow>();
        var otherNames = new List<KeyValuePair<string, uint>>();
        string? name = null;
        foreach (var line in (Source + '\n' + Pkcs11Names.Source).Split('\n'))
        {
            if (line.StartsWith('['))
            {
                Finish();
                name = line[1..^1];
                continue;
            }

            rows.Add(NameTableRow.Parse(line, out var others));
            foreach (var other in others) otherNames.Add(new(other, rows[^1].Value));
        }

        Finish();
        return tables.ToFrozenDictionary(table => table.Name, StringComparer.Ordinal);

        void Finish()
        {
            if (name is not null) tables.Add(new NameTable(name, [.. rows], otherNames));
            rows.Clear();
            otherNames.Clear();
        }
    }

    private static FrozenDictionary<Tag, NameTable> BuildByTag()
    {
        var fields = new Dictionary<Tag, NameTable>();
        foreach (var table in All)
            if (Tags.TryParse(table.Name, out var tag)) fields[(Tag)tag] = table;
        foreach (var (tag, enumeration) in FieldsNamedOtherwise) fields[tag] = Tables.Value[enumeration];
        return fields.ToFrozenDictionary();
    }
}
