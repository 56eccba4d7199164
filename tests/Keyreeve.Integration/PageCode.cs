using Xunit;

namespace Keyreeve.Integration;

/// <summary>The C# on a page of the documentation, which is what is compiled and run elsewhere.</summary>
internal static class PageCode
{
    /// <summary>Every piece of code on the page stands, but for blanks, in one of the files.</summary>
    public static void AssertStandsIn(string page, params IEnumerable<string> files)
    {
        var there = WithoutBlanks(string.Concat(files.Select(static file => File.ReadAllText(Path.Combine(Repository.Root, file)))));
        var pieces = File.ReadAllText(Path.Combine(Repository.Root, page)).Split("```csharp").Skip(1)
            .Select(static piece => piece[..piece.IndexOf("```", StringComparison.Ordinal)]).ToList();

        Assert.NotEmpty(pieces);
        Assert.All(pieces, piece => Assert.Contains(WithoutBlanks(piece), there, StringComparison.Ordinal));
    }

    private static string WithoutBlanks(string text) => string.Concat(text.Where(static c => !char.IsWhiteSpace(c)));
}
