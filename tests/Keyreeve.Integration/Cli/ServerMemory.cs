using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>The memory of a running process, as <c>/proc</c> shows it to root; this is what core files are made of.</summary>
internal static class ServerMemory
{
    private const int PieceInBytes = 4 << 20;
    private const long ArenaInBytes = 64 << 20;

    /// <summary>Whether this user may look at another process's memory here.</summary>
    public static void Require(int processId) =>
        Assert.SkipUnless(CanRead(processId), "reading the memory of another process needs root, and a kernel that lets it");

    /// <summary>The mappings that hold anything and can be read.</summary>
    public static List<Mapping> MappingsOf(int processId)
    {
        var mappings = new List<Mapping>();
        Mapping? current = null;
        var native = (Start: 0L, End: 0L);
        foreach (var line in File.ReadLines(Path(processId, "smaps")))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':'))
            {
                var ends = words[0].Split('-');
                current = new Mapping(Parse(ends[0]), Parse(ends[1]), words[1], words.Length > 5 ? words[5] : "");
                // glibc's first arena, or another: each begins at a multiple of 64 MiB, and may be of several mappings.
                if (current.Name == "[heap]" || (current.Name.Length == 0 && current.Start % ArenaInBytes == 0)) native = (current.Start, current.Start + ArenaInBytes);
                current.IsNativeHeap = current.Name == "[heap]" || (current.Name.Length == 0 && current.Start >= native.Start && current.End <= native.End);
            }
            else if (words[0] is "Rss:" or "Swap:")
            {
                current!.ResidentKilobytes += long.Parse(words[1], CultureInfo.InvariantCulture);
            }
            else if (words[0] == "VmFlags:")
            {
                current!.IsLeftOutOfDumps = words.Contains("dd");
                if (current.Permissions[0] == 'r' && current.ResidentKilobytes > 0 && !current.Name.StartsWith("[v", StringComparison.Ordinal)) mappings.Add(current);
            }
        }

        return mappings;
    }

    /// <summary>What is in a mapping; what went away meanwhile is left out.</summary>
    public static byte[] Read(int processId, Mapping mapping)
    {
        using var memory = Open(processId);
        var content = new byte[mapping.End - mapping.Start];
        for (var at = 0; at < content.Length; at += PieceInBytes)
        {
            var piece = content.AsSpan(at, Math.Min(PieceInBytes, content.Length - at));
            if (ReadAt(memory, piece, mapping.Start + at) < piece.Length) break;
        }

        return content;
    }

    private static int ReadAt(SafeFileHandle memory, Span<byte> buffer, long address)
    {
        try
        {
            return RandomAccess.Read(memory, buffer, address);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool CanRead(int processId)
    {
        try
        {
            using var memory = Open(processId);
            var mapping = MappingsOf(processId)[0];
            return RandomAccess.Read(memory, new byte[16], mapping.Start) == 16;
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            return false;
        }
    }

    private static SafeFileHandle Open(int processId) => File.OpenHandle(Path(processId, "mem"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    private static string Path(int processId, string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/{file}");

    private static long Parse(string address) => long.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

/// <summary>One mapping of a process.</summary>
internal sealed record Mapping(long Start, long End, string Permissions, string Name)
{
    public long ResidentKilobytes { get; set; }

    /// <summary>Marked by <c>MADV_DONTDUMP</c>: the memory for keys.</summary>
    public bool IsLeftOutOfDumps { get; set; }

    /// <summary>Memory that native code got by <c>malloc</c>.</summary>
    public bool IsNativeHeap { get; set; }

    public override string ToString() => $"{Start:x} {Permissions} {Name}".TrimEnd();
}
