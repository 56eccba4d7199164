using System.Buffers;
using System.Text;

namespace Keyreeve.Crypto;

/// <summary>Masks values for those who may know no more of them.</summary>
/// <remarks>A value that has not the form its rule counts on is masked wholly: a rule never shows more than it says.</remarks>
public static class Mask
{
    /// <summary>What a value that is masked wholly looks like; its length tells nothing.</summary>
    public const string Nothing = "****";

    private const int ShortestForLastFour = 8;
    private const int MostInitials = 4;

    private static readonly SearchValues<char> NotInDomains = SearchValues.Create(" \t\r\n\"<>()");

    /// <summary>The rules by the words that files and requests have for them.</summary>
    public static IReadOnlyDictionary<string, MaskRule> Rules { get; } = new Dictionary<string, MaskRule>(StringComparer.Ordinal)
    {
        ["everything"] = MaskRule.Everything,
        ["last-four"] = MaskRule.LastFour,
        ["domain"] = MaskRule.Domain,
        ["initials"] = MaskRule.Initials,
    };

    /// <summary>Masks a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rule.</exception>
    public static string Apply(MaskRule rule, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return rule switch
        {
            MaskRule.Everything => Nothing,
            MaskRule.LastFour => LastFour(value),
            MaskRule.Domain => Domain(value),
            MaskRule.Initials => Initials(value),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), "The value names no rule."),
        };
    }

    private static string LastFour(string value)
    {
        var shown = value.Where(char.IsAsciiLetterOrDigit).ToArray();
        return shown.Length < ShortestForLastFour ? Nothing : string.Concat(new string('*', shown.Length - 4), shown.AsSpan(shown.Length - 4));
    }

    private static string Domain(string value)
    {
        var at = value.LastIndexOf('@');
        return at > 0 && at < value.Length - 1 && !value.AsSpan(at + 1).ContainsAny(NotInDomains) ? $"{Nothing}{value[at..]}" : Nothing;
    }

    private static string Initials(string value)
    {
        var words = value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        // One letter of a word that has but one would be the word.
        if (words.Length is 0 or > MostInitials || words.Any(static word => !Rune.TryGetRuneAt(word, 0, out var first) || !Rune.IsLetter(first) || word.Length <= first.Utf16SequenceLength))
            return Nothing;
        return string.Join(' ', words.Select(static word => $"{Rune.GetRuneAt(word, 0)}."));
    }
}
