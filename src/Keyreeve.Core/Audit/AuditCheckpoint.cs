using System.Globalization;
using System.Text;

namespace Keyreeve.Core.Audit;

/// <summary>
/// What the server signs for: that its trail had these records, no others, in this order. A C2SP <i>checkpoint</i>, made a
/// <i>signed note</i> by the lines of its signatures.
/// </summary>
/// <param name="Origin">The trail's name.</param>
/// <param name="Size">The number of records.</param>
/// <param name="Root">The root of the hash tree (RFC 6962) over their lines.</param>
public sealed record AuditCheckpoint(string Origin, long Size, ReadOnlyMemory<byte> Root)
{
    /// <summary>The file in the trail's directory that holds the latest.</summary>
    public const string FileName = "checkpoint";

    /// <summary>The file in the trail's directory that holds earlier ones, one note after another.</summary>
    public const string HistoryFileName = "checkpoints";

    // U+2014, blank
    internal const string SignaturePrefix = "\u2014 ";

    /// <summary>Opens a signed note.</summary>
    /// <returns>The checkpoint; null unless the note is well formed, of this trail, and signed by this key.</returns>
    // spec: C2SP signed-note "Clients MUST ignore unknown signatures": lines of other keys, such as witnesses', may stand there too.
    public static AuditCheckpoint? Open(string note, AuditVerifierKey key)
    {
        ArgumentNullException.ThrowIfNull(note);
        ArgumentNullException.ThrowIfNull(key);
        var end = note.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || Parse(note[..(end + 1)]) is not { } checkpoint) return null;
        if (!string.Equals(checkpoint.Origin, key.Name, StringComparison.Ordinal)) return null;
        var text = Encoding.UTF8.GetBytes(note[..(end + 1)]);
        var prefix = SignaturePrefix + key.Name + " ";
        var signatures = note[(end + 2)..].TrimEnd('\n').Split('\n');
        // What is no signature was put there by somebody.
        if (!Array.TrueForAll(signatures, static line => line.StartsWith(SignaturePrefix, StringComparison.Ordinal))) return null;
        return signatures.Any(line => IsSignature(line, prefix, text, key)) ? checkpoint : null;
    }

    /// <summary>The text that is signed: origin, size and root, a line each.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root.Span)}\n");

    /// <summary>Takes a file of notes apart. A note that the file ends in the middle of is left out.</summary>
    internal static IEnumerable<string> Split(IEnumerable<string> lines)
    {
        var note = new StringBuilder();
        var isSigned = false;
        foreach (var line in lines)
        {
            var isSignature = line.StartsWith(SignaturePrefix, StringComparison.Ordinal);
            if (isSigned && !isSignature)
            {
                yield return note.ToString();
                note.Clear();
            }

            isSigned = isSignature;
            note.Append(line).Append('\n');
        }

        if (isSigned) yield return note.ToString();
    }

    private static AuditCheckpoint? Parse(string text)
    {
        var lines = text.Split('\n');
        var root = new byte[MerkleRange.HashSizeInBytes];
        return lines.Length >= 4
            && long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && Convert.TryFromBase64String(lines[2], root, out var written) && written == root.Length
            ? new AuditCheckpoint(lines[0], size, root)
            : null;
    }

    private static bool IsSignature(string line, string prefix, ReadOnlySpan<byte> text, AuditVerifierKey key)
    {
        if (!line.StartsWith(prefix, StringComparison.Ordinal)) return false;
        Span<byte> value = stackalloc byte[AuditVerifierKey.KeyIdSizeInBytes + 64];
        return Convert.TryFromBase64String(line[prefix.Length..], value, out var written) && written == value.Length
            && value[..AuditVerifierKey.KeyIdSizeInBytes].SequenceEqual(key.KeyId.Span)
            && key.Verify(text, value[AuditVerifierKey.KeyIdSizeInBytes..]);
    }
}
