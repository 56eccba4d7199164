using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Keyreeve.Core.Audit;

/// <summary>
/// One line of the trail, <c>{"event":{…},"prev":"…","seq":n}</c>, taken apart: <c>prev</c> is the SHA-256 of the line
/// before it (without its newline) in lower-case hexadecimal, <c>seq</c> counts from 1.
/// </summary>
internal readonly ref struct AuditLine
{
    public const int HashSizeInBytes = SHA256.HashSizeInBytes;

    /// <summary>Longer lines are not ours.</summary>
    public const int MaxSizeInBytes = 256 * 1024;

    /// <summary>What is added around an event, at most.</summary>
    public const int FrameSizeInBytes = 9 + 9 + (2 * HashSizeInBytes) + 8 + 16 + 1 + 1;

    private const int MaxDigits = 16;

    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdef"u8);

    private AuditLine(long sequence, ReadOnlySpan<byte> previousHash, ReadOnlySpan<byte> @event)
    {
        Sequence = sequence;
        PreviousHash = previousHash;
        Event = @event;
    }

    public long Sequence { get; }

    /// <summary>The hash of the line before, hexadecimal.</summary>
    public ReadOnlySpan<byte> PreviousHash { get; }

    /// <summary>The event's JSON.</summary>
    public ReadOnlySpan<byte> Event { get; }

    /// <summary>Writes a line with its newline.</summary>
    /// <returns>Its length, the newline included.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> @event, ReadOnlySpan<byte> previousHash, long sequence)
    {
        var rest = destination;
        Put("{\"event\":"u8, ref rest);
        Put(@event, ref rest);
        Put(",\"prev\":\""u8, ref rest);
        if (!Convert.TryToHexStringLower(previousHash, rest, out var hexLength) || hexLength != 2 * HashSizeInBytes)
            throw new ArgumentException("The destination is too small.", nameof(destination));
        rest = rest[hexLength..];
        Put("\",\"seq\":"u8, ref rest);
        if (!Utf8Formatter.TryFormat(sequence, rest, out var digits))
            throw new ArgumentException("The destination is too small.", nameof(destination));
        rest = rest[digits..];
        Put("}\n"u8, ref rest);
        return destination.Length - rest.Length;
    }

    /// <summary>Takes a line apart; false unless it is canonical and of this shape. The newline is not part of it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out AuditLine parsed) => TryParseFrame(line, out parsed) && CanonicalJson.IsCanonicalObject(parsed.Event);

    /// <summary>Takes a line apart whose event may be anything; false unless it is of this shape.</summary>
    public static bool TryParseFrame(ReadOnlySpan<byte> line, out AuditLine parsed)
    {
        parsed = default;
        var rest = line;
        if (!rest.StartsWith("{\"event\":"u8) || !CutEnd(ref rest, "}"u8)) return false;
        rest = rest[9..];

        var digits = rest.Length - (rest.LastIndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1);
        if (digits is 0 or > MaxDigits || rest[^digits] == '0') return false;
        if (!Utf8Parser.TryParse(rest[^digits..], out long sequence, out _)) return false;
        rest = rest[..^digits];

        if (!CutEnd(ref rest, "\",\"seq\":"u8) || rest.Length < 2 * HashSizeInBytes) return false;
        var previous = rest[^(2 * HashSizeInBytes)..];
        rest = rest[..^(2 * HashSizeInBytes)];
        if (previous.ContainsAnyExcept(Hexadecimal) || !CutEnd(ref rest, ",\"prev\":\""u8)) return false;

        parsed = new AuditLine(sequence, previous, rest);
        return true;
    }

    private static void Put(ReadOnlySpan<byte> bytes, ref Span<byte> rest)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static bool CutEnd(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> ending)
    {
        if (!rest.EndsWith(ending)) return false;
        rest = rest[..^ending.Length];
        return true;
    }
}
