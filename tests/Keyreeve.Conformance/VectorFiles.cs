using Xunit;

namespace Keyreeve.Conformance;

/// <summary>
/// Finds the test vectors: in the folder that KEYREEVE_VECTORS names, else in <c>shared/vectors</c> beside the repository.
/// Without them their tests are skipped by name; where CI is "true" their absence is a failure.
/// </summary>
internal static class VectorFiles
{
    /// <summary>The folder of all vectors, or null when this machine has none.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>The repository's folder, or null when the tests run outside of one.</summary>
    public static string? RepositoryRoot { get; } = FindRepository();

    /// <summary>The folder of one collection, "wycheproof" or "kmip", or null when it is absent or empty.</summary>
    public static string? FindCollection(string name)
    {
        var path = Root is null ? null : Path.Combine(Root, name);
        return path is not null && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any() ? path : null;
    }

    /// <summary>The folder of one collection; skips the running test, or fails it in CI, when there is none.</summary>
    public static string RequireCollection(string name)
    {
        var path = FindCollection(name);
        if (path is not null)
            return path;
        var reason = $"no vectors '{name}': set KEYREEVE_VECTORS, or put them into ../shared/vectors beside the repository";
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.Ordinal))
            Assert.Fail(reason);
        Assert.Skip(reason);
        return "";
    }

    private static string? FindRoot()
    {
        if (Environment.GetEnvironmentVariable("KEYREEVE_VECTORS") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        if (FindRepository() is not { } repository)
            return null;
        var path = Path.GetFullPath(Path.Combine(repository, "..", "shared", "vectors"));
        return Directory.Exists(path) ? path : null;
    }

    private static string? FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
            folder = folder.Parent;
        return folder?.FullName;
    }
}
