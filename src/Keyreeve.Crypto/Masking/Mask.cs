using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Keyreeve.Crypto;

/// <summary>Masks values for those who may know no more of them.</summary>
/// <remarks>A value that has not the form its rule counts on is masked wholly: a rule never shows more than it says.</remarks>
public static class Mask
{
    /// <summary>What a value that is masked wholly looks like; its length tells nothing.</summary>
    public const string Nothing = "****";

    private const int Shown = 4;
    private const int ShortestForLastFour = 8;
    private const int LongestForLastFour = 64;
    private const int MostInitials = 4;

    private static readonly SearchValues<char> NotInDomains = SearchValues.Create(" \t\r\n\"<>()");

    /// <summary>The rules by the words that files and requests have for them.</summary>
    public static IReadOnlyDictionary<string, MaskRule> Rules { get; } = new Dictionary<string, MaskRule>(StringComparer.Ordinal)
    {
        ["everything"] = MaskRule.Everything,
        ["last-four"] = MaskRule.LastFour,
        ["domain"] = MaskRule.Domain,
        ["initials"] = MaskRule.Initials,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Masks a text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rule.</exception>
    public static string Apply(MaskRule rule, ReadOnlySpan<char> value) => rule switch
    {
        MaskRule.Everything => Nothing,
        MaskRule.LastFour => LastFour(value),
        MaskRule.Domain => Domain(value),
        MaskRule.Initials => Initials(value),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), "The value names no rule."),
    };

    private static string LastFour(ReadOnlySpan<char> value)
    {
        Span<char> counted = stackalloc char[LongestForLastFour];
        var count = 0;
        foreach (var character in value)
        {
            if (!char.IsAsciiLetterOrDigit(character))
                continue;
            if (count == LongestForLastFour)
                return Nothing;
            counted[count++] = character;
        }

        if (count < ShortestForLastFour)
            return Nothing;
        counted[..(count - Shown)].Fill('*');
        return counted[..count].ToString();
    }

    private static string Domain(ReadOnlySpan<char> value)
    {
        var at = value.LastIndexOf('@');
        return at > 0 && at < value.Length - 1 && !value[(at + 1)..].ContainsAny(NotInDomains) ? $"{Nothing}{value[at..]}" : Nothing;
    }

    private static string Initials(ReadOnlySpan<char> value)
    {
        var initials = new StringBuilder();
        var words = 0;
        foreach (var range in value.SplitAny(' ', '\t'))
        {
            var word = value[range];
            if (word.IsEmpty)
                continue;
            // Of a word that has but one letter the initial would be the word.
            if (Rune.DecodeFromUtf16(word, out var first, out var length) != OperationStatus.Done || !Rune.IsLetter(first) || word.Length <= length || ++words > MostInitials)
                return Nothing;
            initials.Append(words > 1 ? " " : "").Append(first.ToString()).Append('.');
        }

        return words == 0 ? Nothing : initials.ToString();
    }
}
