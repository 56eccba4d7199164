using System.IO.Compression;
using Keyreeve.Server.Logs;

namespace Keyreeve.Cli.Commands;

/// <summary>The files of a log as <c>logrotate</c> leaves them: compressed or not, and named so that a shell lists them in another order than they were written in.</summary>
internal static class RotatedLog
{
    private const string SerialSuffix = ".serial";

    /// <summary>The files in the order in which they were written, without the one in which the server keeps the last serial number.</summary>
    public static IEnumerable<string> InOrder(IReadOnlyCollection<string> files) =>
        files
            .Where(file => !(file.EndsWith(SerialSuffix, StringComparison.Ordinal) && files.Contains(file[..^SerialSuffix.Length], StringComparer.Ordinal)))
            .OrderBy(FirstSerialOf);

    /// <summary>The lines of a file.</summary>
    /// <exception cref="InvalidDataException">It is compressed, and damaged.</exception>
    public static IEnumerable<string> LinesOf(string file)
    {
        using var stream = File.OpenRead(file);
        // spec: RFC 1952 §2.3.1 "These have the fixed values ID1 = 31 (0x1f, \037), ID2 = 139 (0x8b, \213)"
        var isCompressed = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = 0;
        using Stream content = isCompressed ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var reader = new StreamReader(content);
        while (reader.ReadLine() is { } line) yield return line;
    }

    // What says nothing of its place stands last, where it is found to be no log.
    private static long FirstSerialOf(string file)
    {
        try
        {
            foreach (var line in LinesOf(file))
                if (LogLine.TryRead(line, out var serial, out _)) return serial;
        }
        catch (InvalidDataException)
        {
            return long.MaxValue;
        }

        return long.MaxValue;
    }
}
