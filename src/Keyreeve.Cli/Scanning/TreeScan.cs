using System.Collections.Concurrent;
using System.Text;

namespace Keyreeve.Cli.Scanning;

/// <summary>What a scan went through, and what it found.</summary>
internal sealed record ScanAccount(long Files, long Bytes, IReadOnlyList<ScanFinding> Findings);

/// <summary>Scans files and folders.</summary>
internal static class TreeScan
{
    private const int LargestFileInBytes = 16 * 1024 * 1024;
    private const int ProbeInBytes = 8 * 1024;

    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = false, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    /// <summary>Scans paths; what is binary or larger than 16 MiB counts by its name alone. Links are not followed.</summary>
    public static ScanAccount Run(SecretScanner scanner, IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var findings = new ConcurrentBag<ScanFinding>();
        var (files, bytes) = (0L, 0L);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        Parallel.ForEach(Partitioner.Create(paths.SelectMany(FilesIn), EnumerablePartitionerOptions.NoBuffering), options, path =>
        {
            foreach (var finding in scanner.ScanPath(path))
                findings.Add(finding);
            var text = Read(path);
            Interlocked.Increment(ref files);
            if (text is null)
                return;
            Interlocked.Add(ref bytes, text.Length);
            foreach (var finding in scanner.Scan(text, path, static line => line + 1))
                findings.Add(finding);
        });
        var ordered = findings.OrderBy(static finding => finding.Path, StringComparer.Ordinal).ThenBy(static finding => finding.Line).ThenBy(static finding => finding.Rule, StringComparer.Ordinal);
        return new ScanAccount(files, bytes, [.. ordered]);
    }

    private static IEnumerable<string> FilesIn(string path)
    {
        if (File.Exists(path))
        {
            yield return path;
            yield break;
        }

        if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no '{path}'.", path);
        var folders = new Stack<string>([path]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Everything))
            {
                var name = path is "." ? Path.GetRelativePath(".", entry.FullName) : Path.Combine(folder, entry.Name);
                if (entry.LinkTarget is not null)
                    continue;
                if (entry is FileInfo)
                    yield return name;
                else if (entry.Name is not ".git")
                    folders.Push(name);
            }
        }
    }

    /// <summary>The file, each byte as one character; null for one that is no text.</summary>
    private static string? Read(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(file);
            if (length is 0 or > LargestFileInBytes)
                return null;
            var content = GC.AllocateUninitializedArray<byte>((int)length);
            var count = 0;
            while (count < content.Length && RandomAccess.Read(file, content.AsSpan(count), count) is > 0 and var read)
                count += read;
            return content.AsSpan(0, Math.Min(count, ProbeInBytes)).Contains((byte)0) ? null : Encoding.Latin1.GetString(content, 0, count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What this user cannot read, or is no file that ends, is nobody's leak here.
            return null;
        }
    }
}
