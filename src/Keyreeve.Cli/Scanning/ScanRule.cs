using System.Text.RegularExpressions;

namespace Keyreeve.Cli.Scanning;

/// <summary>One thing that should not be in a repository. Made of a section of a file of rules.</summary>
internal sealed record ScanRule
{
    /// <summary>Its name, by which baselines and reports call it.</summary>
    public required string Name { get; init; }

    /// <summary>What it finds, for people.</summary>
    public required string Description { get; init; }

    /// <summary>One of these stands on a line on which the pattern is tried, in any case.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];

    /// <summary>The secret; null for a rule about paths. Matches in time linear in the text, whatever the pattern.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Paths of files that should not be there; null for a rule about contents.</summary>
    public Regex? Path { get; init; }

    /// <summary>Bits a character that the secret has at least.</summary>
    public double Entropy { get; init; }

    /// <summary>Whether the secret has digits, and letters of both cases or more than words have.</summary>
    public bool IsMixed { get; init; }

    /// <summary>Whether what matched can be a secret at all.</summary>
    public bool Accepts(ReadOnlySpan<char> secret) => EntropyOf(secret) >= Entropy && (!IsMixed || LooksRandom(secret));

    /// <summary>Shannon's entropy of the characters, in bits each.</summary>
    internal static double EntropyOf(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[128];
        counts.Clear();
        foreach (var c in text)
            counts[c & 127]++;
        var entropy = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
                entropy -= (double)count / text.Length * Math.Log2((double)count / text.Length);
        }

        return entropy;
    }

    // Identifiers and words change seldom between kinds of characters; random text does so every other character.
    private static bool LooksRandom(ReadOnlySpan<char> text)
    {
        var (changes, digits) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiDigit(text[i]))
                digits++;
            if (i > 0 && KindOf(text[i]) != KindOf(text[i - 1]))
                changes++;
        }

        return digits >= 2 && changes * 4 >= text.Length;
    }

    private static int KindOf(char c) => char.IsAsciiDigit(c) ? 0 : char.IsAsciiLetterUpper(c) ? 1 : char.IsAsciiLetterLower(c) ? 2 : 3;
}
