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
}
