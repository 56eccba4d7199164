using System.Diagnostics;
using System.Text;

namespace Keyreeve.Integration.Cli;

/// <summary>Secrets that must lie nowhere, and the search for them in every spelling that a careless program would use.</summary>
internal sealed class Markers
{
    private readonly List<(string Name, byte[] Pattern)> _patterns = [];

    public void Add(string name, ReadOnlySpan<byte> secret)
    {
        _patterns.Add((name, secret.ToArray()));
        _patterns.Add(($"{name}, hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret))));
        _patterns.Add(($"{name}, HEXADECIMAL", Encoding.ASCII.GetBytes(Convert.ToHexString(secret))));
        _patterns.Add(($"{name}, UTF-16", Encoding.Unicode.GetBytes(Encoding.Latin1.GetString(secret))));
        // Inside a longer text, base64 looks different for each position modulo three; the ends depend on the neighbours.
        for (var shift = 0; shift < 3; shift++)
        {
            var text = Convert.ToBase64String([.. new byte[shift], .. secret]);
            _patterns.Add(($"{name}, base64", Encoding.ASCII.GetBytes(text[(shift == 0 ? 0 : 4)..^4])));
        }
    }

    /// <summary>What of it stands in those bytes.</summary>
    public IEnumerable<string> FindIn(string place, byte[] content)
    {
        foreach (var (name, pattern) in _patterns)
        {
            if (content.AsSpan().IndexOf(pattern) >= 0)
                yield return $"{name} in {place}";
        }
    }

    /// <summary>What of it stands in a great many bytes, and where: one pass for all patterns.</summary>
    /// <remarks>Named as it was added; a spelling stands behind a comma.</remarks>
    public List<(string Name, int Offset)> Search(ReadOnlySpan<byte> content)
    {
        var byFirstBytes = _patterns.ToLookup(static pattern => (pattern.Pattern[0] << 8) | pattern.Pattern[1]);
        var begins = new bool[1 << 16];
        foreach (var first in byFirstBytes) begins[first.Key] = true;
        var found = new List<(string, int)>();
        for (var at = 0; at + 1 < content.Length; at++)
        {
            var first = (content[at] << 8) | content[at + 1];
            if (!begins[first]) continue;
            foreach (var (name, pattern) in byFirstBytes[first])
                if (content[at..].StartsWith(pattern)) found.Add((name, at));
        }

        return found;
    }

    /// <summary>What of it stands in the files below a folder.</summary>
    public IEnumerable<string> FindBelow(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).SelectMany(path => FindIn(path, Read(path)));

    private static byte[] Read(string path)
    {
        // .NET respects the lock that the server has on some of its files; a thief would not.
        using var cat = Process.Start(new ProcessStartInfo("cat", [path]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        using var content = new MemoryStream();
        cat.StandardOutput.BaseStream.CopyTo(content);
        cat.WaitForExit();
        return content.ToArray();
    }
}
