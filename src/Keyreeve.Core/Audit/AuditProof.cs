using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A proof that stands alone: whoever has it and the trail's public key needs neither the trail nor the server. Either that a
/// record is among those that a checkpoint signs for, or that a checkpoint's trail begins with all of an earlier one's.
/// </summary>
/// <param name="Checkpoint">The signed note.</param>
/// <param name="Record">The record's line; null in a proof of growth.</param>
/// <param name="Earlier">The earlier signed note; null in a proof of a record.</param>
/// <param name="Path">The subtrees' roots, in the order of RFC 6962.</param>
public sealed record AuditProof(string Checkpoint, string? Record, string? Earlier, ImmutableArray<ReadOnlyMemory<byte>> Path)
{
    private const string Format = "keyreeve-audit-proof 1";

    /// <summary>The proof as text, to be kept or handed on.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteString("format", Format);
            if (Record is not null) writer.WriteString("record", Record);
            if (Earlier is not null) writer.WriteString("earlier", Earlier);
            writer.WriteString("checkpoint", Checkpoint);
            writer.WriteStartArray("path");
            foreach (var node in Path) writer.WriteStringValue(Convert.ToBase64String(node.Span));
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    /// <summary>Reads what <see cref="ToJson"/> writes; false if it is not that.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AuditProof? proof)
    {
        proof = null;
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (!string.Equals(root.GetProperty("format").GetString(), Format, StringComparison.Ordinal)) return false;
            proof = new AuditProof(
                root.GetProperty("checkpoint").GetString()!,
                root.TryGetProperty("record", out var record) ? record.GetString() : null,
                root.TryGetProperty("earlier", out var earlier) ? earlier.GetString() : null,
                [.. root.GetProperty("path").EnumerateArray().Select(static node => (ReadOnlyMemory<byte>)node.GetBytesFromBase64())]);
            return proof.Record is null != proof.Earlier is null;
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            proof = null;
            return false;
        }
    }

    /// <summary>Verifies.</summary>
    /// <returns>What is wrong, in words; null if nothing is.</returns>
    public string? FindFault(AuditVerifierKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (AuditCheckpoint.Open(Checkpoint, key) is not { } head) return "the checkpoint is malformed, of another trail, or not signed by the trail's key";
        if (Record is not null) return FindFaultOfRecord(head);
        if (AuditCheckpoint.Open(Earlier!, key) is not { } before) return "the earlier checkpoint is malformed, of another trail, or not signed by the trail's key";
        return MerkleProof.VerifyConsistency(before.Size, before.Root.Span, head.Size, head.Root.Span, Path)
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the trail of {head.Size} records is not that of {before.Size} records, grown: it was written anew");
    }

    private string? FindFaultOfRecord(AuditCheckpoint head)
    {
        var line = System.Text.Encoding.UTF8.GetBytes(Record!);
        if (!AuditLine.TryParse(line, out var parsed)) return "the record is not a canonical record";
        var leaf = new byte[MerkleRange.HashSizeInBytes];
        MerkleRange.HashLeaf(line, leaf);
        return MerkleProof.VerifyInclusion(parsed.Sequence - 1, head.Size, leaf, Path, head.Root.Span)
            ? null
            : "the record is not the one that the checkpoint signs for";
    }
}
