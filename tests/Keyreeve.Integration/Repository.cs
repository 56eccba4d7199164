namespace Keyreeve.Integration;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root: the folder with the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("The tests run from inside the repository.");
    }
}
