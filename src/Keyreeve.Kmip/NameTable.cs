using System.Collections.Frozen;
using System.Globalization;

namespace Keyreeve.Kmip;

/// <summary>The values of one of the standard's enumerations, or its tags: number, names, and the versions that have it.</summary>
public sealed class NameTable
{
    private readonly FrozenDictionary<uint, NameTableRow> _byValue;
    private readonly FrozenDictionary<string, uint> _byName;
    private readonly FrozenDictionary<string, uint>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    internal NameTable(string name, IReadOnlyList<NameTableRow> rows, IEnumerable<KeyValuePair<string, uint>> otherNames)
    {
        Name = name;
        Rows = rows;
        _byValue = rows.ToFrozenDictionary(row => row.Value);
        var names = rows.ToDictionary(row => row.Name, row => row.Value, StringComparer.Ordinal);
        foreach (var (other, value) in otherNames) names.TryAdd(other, value);
        _byName = names.ToFrozenDictionary(StringComparer.Ordinal);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The enumeration's name in CamelCase, such as <c>CryptographicAlgorithm</c>.</summary>
    public string Name { get; }

    /// <summary>All values, in order.</summary>
    public IReadOnlyList<NameTableRow> Rows { get; }

    /// <summary>Whether the values are bits to be combined.</summary>
    public bool IsMask => Name.EndsWith("Mask", StringComparison.Ordinal);

    /// <summary>The row of a value, or null.</summary>
    public NameTableRow? Find(uint value) => _byValue.GetValueOrDefault(value);

    /// <summary>The value of a CamelCase name; names of earlier versions and OASIS' own irregular ones are known too.</summary>
    public bool TryParse(ReadOnlySpan<char> name, out uint value) => _bySpan.TryGetValue(name, out value);
}

/// <summary>One value of an enumeration.</summary>
/// <param name="Value">The number on the wire.</param>
/// <param name="Name">Its name in CamelCase, as the XML and JSON encodings write it.</param>
/// <param name="Text">Its name in the standard's text, such as <c>Cryptographic Algorithm</c>; KMIP 1.x names attributes so.</param>
/// <param name="Introduced">The first version that has it.</param>
/// <param name="Last">The last version that has it, or null when it is still in use.</param>
public sealed record NameTableRow(uint Value, string Name, string Text, ProtocolVersion Introduced, ProtocolVersion? Last)
{
    internal static NameTableRow Parse(string line, out string[] otherNames)
    {
        var bar = line.IndexOf('|', StringComparison.Ordinal);
        var words = line[..bar].Split(' ');
        otherNames = words[4..];
        var last = Version(words[2]);
        return new NameTableRow(
            uint.Parse(words[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            words[3], line[(bar + 1)..], Version(words[1]), last == ProtocolVersion.Kmip30 ? null : last);
    }

    private static ProtocolVersion Version(string text) => new(text[0] - '0', text[2] - '0');
}
