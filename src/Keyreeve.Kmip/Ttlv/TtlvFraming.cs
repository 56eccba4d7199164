using System.Buffers.Binary;

namespace Keyreeve.Kmip.Ttlv;

/// <summary>Finds where a message ends in a stream of bytes.</summary>
public static class TtlvFraming
{
    /// <summary>The bytes that <see cref="TryReadLength"/> needs.</summary>
    public const int HeaderLengthInBytes = TtlvReader.HeaderLength;

    /// <summary>
    /// The length of the message that begins here, known from its first eight bytes; nothing need be allocated before.
    /// A wrong beginning (a browser, say) is refused on its first byte.
    /// </summary>
    /// <param name="buffered">What has arrived.</param>
    /// <param name="expected">The tag a message begins with: <see cref="Tag.RequestMessage"/> or <see cref="Tag.ResponseMessage"/>.</param>
    /// <param name="maximumLengthInBytes">The longest message accepted, with its header.</param>
    /// <param name="messageLengthInBytes">The message's length with its header; compare with what is buffered.</param>
    /// <returns>False while fewer than eight bytes have arrived.</returns>
    /// <exception cref="TtlvException">No such message begins here, or it is too long.</exception>
    public static bool TryReadLength(ReadOnlySpan<byte> buffered, Tag expected, int maximumLengthInBytes, out int messageLengthInBytes)
    {
        messageLengthInBytes = 0;
        Span<byte> start = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(start, ((uint)expected << 8) | (uint)TtlvType.Structure);
        var known = Math.Min(start.Length, buffered.Length);
        if (!buffered[..known].SequenceEqual(start[..known])) TtlvReader.Fail(0, $"{NameTables.DisplayName(expected)} expected");
        if (buffered.Length < HeaderLengthInBytes) return false;

        var length = BinaryPrimitives.ReadUInt32BigEndian(buffered[4..]);
        if (length > (uint)Math.Max(0, maximumLengthInBytes - HeaderLengthInBytes)) TtlvReader.Fail(4, "the message is longer than accepted");
        if (length % 8 != 0) TtlvReader.Fail(4, "the length of a structure is not a multiple of 8");
        messageLengthInBytes = HeaderLengthInBytes + (int)length;
        return true;
    }
}
