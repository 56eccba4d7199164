using Xunit;

namespace Keyreeve.Integration;

/// <summary>
/// Files of the repository that are written from the code: the test compares, and with KEYREEVE_UPDATE_SNAPSHOTS=1 writes.
/// </summary>
internal static class Snapshot
{
    public static void AssertEqual(string pathInRepository, string expected)
    {
        var path = Path.Combine(Repository.Root, pathInRepository);
        if (Environment.GetEnvironmentVariable("KEYREEVE_UPDATE_SNAPSHOTS") is "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.Exists(path) ? File.ReadAllText(path) : "(missing; run with KEYREEVE_UPDATE_SNAPSHOTS=1)");
    }

    /// <summary>A part of a file that people write: what stands between the lines "&lt;!-- NAME: … --&gt;" and "&lt;!-- end --&gt;".</summary>
    public static void AssertSection(string pathInRepository, string name, string expected)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, pathInRepository));
        var start = text.IndexOf('\n', text.IndexOf($"<!-- {name}:", StringComparison.Ordinal)) + 1;
        var end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
        AssertEqual(pathInRepository, text[..start] + expected + text[end..]);
    }
}
