using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;

namespace Keyreeve.Integration.Kmip.Products;

/// <summary>The standard's names for the numbers on the wire.</summary>
internal static class Names
{
    public static string Of(int tag) => NameTables.DisplayName((Tag)tag);

    public static int Tag(string name) => NameTables.Tags.TryParse(name, out var tag) ? (int)tag : throw new FormatException($"No tag is called {name}.");

    /// <summary>The field's values by their names, joined by blanks if they are bits.</summary>
    /// <param name="tag">The field.</param>
    /// <param name="attribute">What KMIP 1.x calls the attribute whose value the field is, if it is one.</param>
    /// <param name="words">The names.</param>
    public static (byte Type, uint Value) Value(int tag, string? attribute, string words)
    {
        var field = attribute is null ? (Tag)tag : AttributeReference.FromName(attribute).Tag;
        var table = NameTables.EnumerationOf(field) ?? throw new FormatException($"{Of((int)field)} has no named values.");
        uint value = 0;
        foreach (var word in words.Split(' '))
            value |= table.TryParse(word, out var named) ? named : throw new FormatException($"{table.Name} has no {word}.");
        return (table.IsMask ? RawItem.Integer : RawItem.Enumeration, value);
    }
}
