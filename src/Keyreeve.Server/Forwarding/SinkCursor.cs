using System.Globalization;
using System.Text;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Server.Forwarding;

/// <summary>
/// How far a sink has come, in a file of its own: <c>segment offset serial</c>. Without the file a sink is new, and begins with the
/// first record that there is. Kept behind rather than ahead of the truth: after a crash records come twice, never not at all.
/// </summary>
internal sealed class SinkCursor(string directory, string name)
{
    private string Path => System.IO.Path.Combine(directory, name + ".cursor");

    /// <summary>How far it has come; null if there never was such a sink.</summary>
    /// <exception cref="IOException">The file cannot be read, or is not a cursor.</exception>
    public AuditPlace? Read()
    {
        try
        {
            var parts = Encoding.ASCII.GetString(PrivateFile.Read(Path)).Trim().Split(' ');
            if (parts.Length == 3
                && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var segment)
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
                return new AuditPlace(segment, offset, sequence);
            throw new IOException($"'{Path}' is not a cursor; delete it to pass the whole trail on again.");
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void Write(AuditPlace place)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private files need Unix modes.");
        Directory.CreateDirectory(directory, PrivateFile.DirectoryMode);
        PrivateFile.Write(Path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place.Segment} {place.Offset} {place.Sequence}\n")));
    }
}
