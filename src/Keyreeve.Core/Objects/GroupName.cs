using System.Text;

namespace Keyreeve.Core.Objects;

/// <summary>
/// The name of a key group: the scope that policies attach to. Segments of lower-case letters, digits, <c>-</c>,
/// <c>_</c> and <c>.</c>, separated by <c>/</c>, form a tree: <c>payments/cards</c> lies below <c>payments</c>.
/// Compared ordinally; there are no wildcards.
/// </summary>
public readonly record struct GroupName : IComparable<GroupName>
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 128;

    private readonly string? _value;

    private GroupName(string value) => _value = value;

    /// <summary>The group that objects without a stated group belong to.</summary>
    public static GroupName Default { get; } = new("default");

    /// <summary>The name, as text.</summary>
    public string Value => _value ?? Default.Value;

    /// <summary>Reads a name.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is not a name.</exception>
    public static GroupName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var name)
            ? name
            : throw new KeyreeveException(
                KeyreeveError.InvalidField,
                "A key group's name has segments of lower-case letters, digits, '-', '_' and '.', separated by '/', at most 128 characters.");
    }

    /// <summary>Reads a name; false if the text is not one.</summary>
    public static bool TryParse(string text, out GroupName name)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = new GroupName(text);
        if (text.Length is 0 or > MaxLength) return false;
        foreach (var segment in text.Split('/'))
        {
            if (segment is "" or "." or "..") return false;
            foreach (var rune in segment.EnumerateRunes())
                if (!IsAllowed(rune)) return false;
        }

        return true;
    }

    /// <summary>Whether this group is <paramref name="other"/> or lies below it.</summary>
    public bool IsWithin(GroupName other) =>
        Value.StartsWith(other.Value, StringComparison.Ordinal)
        && (Value.Length == other.Value.Length || Value[other.Value.Length] == '/');

    /// <inheritdoc/>
    public int CompareTo(GroupName other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsAllowed(Rune rune) =>
        rune.IsAscii && (Rune.IsDigit(rune) || Rune.IsLower(rune) || rune.Value is '-' or '_' or '.');
}
