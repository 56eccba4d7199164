using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>
/// Which key: by its name, or by its identifier, which is the Unique Identifier of its first version and stays the same
/// through rotations.
/// </summary>
public readonly record struct KeySelector
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxNameLength = 128;

    private readonly string? _name;

    private KeySelector(string? name, UniqueIdentifier id)
    {
        _name = name;
        Id = id;
    }

    /// <summary>The name; null if the key is selected by its identifier.</summary>
    public string? Name => _name;

    /// <summary>The identifier, if <see cref="Name"/> is null.</summary>
    public UniqueIdentifier Id { get; }

    /// <summary>Reads a name or an identifier.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>: it is neither, so no key has it.</exception>
    public static KeySelector Parse(string text)
    {
        if (UniqueIdentifier.TryParse(text, out var id)) return new KeySelector(null, id);
        return IsName(text) ? new KeySelector(text, default) : throw KeyreeveException.NotFound();
    }

    /// <summary>Selects by identifier.</summary>
    public static KeySelector Of(UniqueIdentifier id) => new(null, id);

    /// <summary>
    /// Whether a new key may have this name: letters, digits, '.', '_' and '-', beginning with a letter or digit, and not
    /// to be mistaken for an identifier.
    /// </summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxNameLength || !char.IsAsciiLetterOrDigit(text[0])) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        return !UniqueIdentifier.TryParse(text, out _);
    }

    /// <inheritdoc/>
    public override string ToString() => _name ?? Id.ToString();
}
