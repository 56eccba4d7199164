using System.Formats.Tar;

namespace Keyreeve.Cli.Commands;

/// <summary>A folder as a tar stream, and back.</summary>
internal static class FolderArchive
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    /// <summary>How many bytes the files of a folder have.</summary>
    public static long SizeOf(string folder) => Entries(folder, "").Sum(static entry => entry.Info is FileInfo { LinkTarget: null } file ? file.Length : 0);

    /// <summary>Writes all that is in a folder. When it fails, nothing more is written: not the end, either, that would make it look whole.</summary>
    public static async Task WriteAsync(string folder, Stream destination, CancellationToken cancellationToken)
    {
        var writer = new TarWriter(destination, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (info, name) in Entries(folder, ""))
            await writer.WriteEntryAsync(info.FullName, name, cancellationToken);
        await writer.DisposeAsync();
    }

    /// <summary>
    /// Unpacks into a folder that is empty. Nothing is written outside of it: neither what is named so, nor through a symbolic link,
    /// as links are made last. They may lead wherever they led.
    /// </summary>
    /// <exception cref="IOException">An entry lies outside, or cannot be written.</exception>
    public static async Task ExtractAsync(Stream source, string folder, CancellationToken cancellationToken)
    {
        var links = new List<(string Path, string Target)>();
        var modes = new List<(string Path, UnixFileMode Mode)>();
        await using var reader = new TarReader(source, leaveOpen: true);
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                continue;
            var path = Within(folder, entry.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    modes.Add((path, entry.Mode));
                    break;
                case TarEntryType.SymbolicLink:
                    links.Add((path, entry.LinkName));
                    break;
                case TarEntryType.HardLink:
                    File.Copy(Within(folder, entry.LinkName), path);
                    break;
                default:
                    await entry.ExtractToFileAsync(path, overwrite: false, cancellationToken);
                    break;
            }
        }

        foreach (var (path, target) in links)
            File.CreateSymbolicLink(path, target);
        // Last, and from below: a folder may be closed to writing.
        if (OperatingSystem.IsWindows())
            return;
        foreach (var (path, mode) in modes.OrderByDescending(static one => one.Path.Length))
            File.SetUnixFileMode(path, mode);
    }

    private static IEnumerable<(FileSystemInfo Info, string Name)> Entries(string folder, string prefix)
    {
        foreach (var info in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything).OrderBy(static info => info.Name, StringComparer.Ordinal))
        {
            // What a link leads to is not in the folder.
            var isFolder = info is DirectoryInfo { LinkTarget: null };
            yield return (info, prefix + info.Name + (isFolder ? "/" : ""));
            if (!isFolder)
                continue;
            foreach (var below in Entries(info.FullName, $"{prefix}{info.Name}/"))
                yield return below;
        }
    }

    private static string Within(string folder, string name)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(folder, name)));
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || (path.Equals(folder, StringComparison.Ordinal) && name.Trim('.', '/').Length == 0)
            ? path
            : throw new IOException($"The archive names '{name}', which lies outside of the folder.");
    }
}
