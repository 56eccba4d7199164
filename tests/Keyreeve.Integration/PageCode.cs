using Xunit;

namespace Keyreeve.Integration;

/// <summary>The C# on a page of the documentation, which is what is compiled and run elsewhere.</summary>
internal static class PageCode
{
    /// <summary>Every piece of code on the page stands, but for blanks, in one of the files. Whole programs are <see cref="ProgramOn"/>.</summary>
    public static void AssertStandsIn(string page, params IEnumerable<string> files)
    {
        var there = WithoutBlanks(string.Concat(files.Select(static file => File.ReadAllText(Path.Combine(Repository.Root, file)))));
        var pieces = PiecesOf(page).Where(static piece => !IsProgram(piece)).ToList();

        Assert.NotEmpty(pieces);
        Assert.All(pieces, piece => Assert.Contains(WithoutBlanks(piece), there, StringComparison.Ordinal));
    }

    /// <summary>The program that a page has from its first line to its last, to be built and run as it stands.</summary>
    public static string ProgramOn(string page) => PiecesOf(page).Single(IsProgram);

    private static bool IsProgram(string piece) => piece.TrimStart().StartsWith("using Keyreeve.", StringComparison.Ordinal);

    private static IEnumerable<string> PiecesOf(string page) =>
        File.ReadAllText(Path.Combine(Repository.Root, page)).Split("```csharp").Skip(1).Select(static piece => piece[..piece.IndexOf("```", StringComparison.Ordinal)]);

    private static string WithoutBlanks(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));
}
