using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Keyreeve.Core.Audit;

/// <summary>
/// A point of a trail up to which it has been verified. Whoever keeps it can verify what comes later without reading, or
/// having, what came before.
/// </summary>
/// <param name="Size">The number of records.</param>
/// <param name="LastHash">SHA-256 of the last record's line.</param>
/// <param name="Roots">The roots of the hash tree's perfect subtrees, the largest first.</param>
public sealed record AuditPosition(long Size, ReadOnlyMemory<byte> LastHash, ImmutableArray<ReadOnlyMemory<byte>> Roots)
{
    /// <summary>Before the first record.</summary>
    public static AuditPosition Start { get; } = From(new ChainState());

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AuditPosition? position)
    {
        ArgumentNullException.ThrowIfNull(text);
        position = null;
        var parts = text.Split(':');
        if (parts.Length < 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)) return false;
        if (parts.Skip(1).Any(part => part.Length != 2 * MerkleRange.HashSizeInBytes || !part.All(char.IsAsciiHexDigitLower))) return false;
        if (parts.Length - 2 != long.PopCount(size)) return false;
        ReadOnlyMemory<byte>[] hashes = [.. parts.Skip(1).Select(part => (ReadOnlyMemory<byte>)Convert.FromHexString(part))];
        position = new AuditPosition(size, hashes[0], [.. hashes[1..]]);
        return true;
    }

    /// <summary>Size, last hash and roots, separated by colons, the hashes in hexadecimal.</summary>
    public override string ToString() => string.Join(
        ':', [Size.ToString(CultureInfo.InvariantCulture), Convert.ToHexStringLower(LastHash.Span), .. Roots.Select(root => Convert.ToHexStringLower(root.Span))]);

    internal static AuditPosition From(ChainState state) => new(state.Size, state.LastHash.ToArray(), state.Tree.Roots);

    internal ChainState ToState() => ChainState.Restore(MerkleRange.Restore(Size, Roots), LastHash.Span);
}
