using System.Collections.Frozen;

namespace Keyreeve.Core.Access;

/// <summary>
/// Names of principals: 1 to 128 of <c>A–Z a–z 0–9 . _ -</c>, beginning with a letter or digit. Only ASCII, so that no
/// letter looks like another; compared ordinally. Two names that differ only in case cannot both exist.
/// </summary>
public static class PrincipalName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>How the audit trail names a caller whom nobody knows.</summary>
    public const string Anonymous = "anonymous";

    /// <summary>How the audit trail names whoever runs a command on the server's own machine.</summary>
    public const string Local = "local";

    /// <summary>How the audit trail names the server itself.</summary>
    public const string Server = "server";

    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, Anonymous, Local, Server, "root", "system");

    /// <summary>Refuses what is not a name.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static void Require(string name)
    {
        if (!IsWellFormed(name))
        {
            throw new KeyreeveException(
                KeyreeveError.InvalidField,
                $"A principal's name has 1 to {MaxLength} letters, digits, '.', '_' and '-' of ASCII, and begins with a letter or digit.");
        }

        if (Reserved.Contains(name)) throw new KeyreeveException(KeyreeveError.InvalidField, $"The name '{name}' means somebody else in the audit trail.");
    }

    /// <summary>Whether the text has the form of a name.</summary>
    public static bool IsWellFormed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= MaxLength
            && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
    }
}
