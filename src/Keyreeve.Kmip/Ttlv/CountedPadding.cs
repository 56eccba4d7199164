using System.Buffers.Binary;

namespace Keyreeve.Kmip.Ttlv;

/// <summary>
/// A tolerance, off unless asked for: a client of IBM Db2 counts the padding of a text in the text's length, so that texts end in
/// zero bytes. spec: KMIP 1.4 §9.1.1.4 "There SHALL NOT be null-termination at the end of such strings".
/// </summary>
public static class CountedPadding
{
    /// <summary>
    /// Corrects the lengths of such texts in place. The message keeps its length, for what was counted is padding all the same; and
    /// every decoder after it stays strict.
    /// </summary>
    /// <param name="message">One whole message.</param>
    /// <returns>How many texts were corrected.</returns>
    /// <exception cref="TtlvException">The message is not valid in other ways, either.</exception>
    public static int Remove(Span<byte> message) => Remove(message, 0, 0);

    private static int Remove(Span<byte> items, int offset, int depth)
    {
        if (depth > TtlvReader.MaximumDepth) TtlvReader.Fail(offset, "structures are nested too deep");
        var corrected = 0;
        var position = 0;
        while (position < items.Length)
        {
            var reader = new TtlvReader(items[position..], offset + position, depth);
            var value = reader.ReadAny(out _, out var type, out var valueOffset);
            var start = valueOffset - offset;
            if (type == TtlvType.Structure) corrected += Remove(items.Slice(start, value.Length), valueOffset, depth + 1);
            else if (type == TtlvType.TextString) corrected += Shorten(items.Slice(start - TtlvReader.HeaderLength, TtlvReader.HeaderLength), value);
            position = reader.Offset - offset;
        }

        return corrected;
    }

    private static int Shorten(Span<byte> header, ReadOnlySpan<byte> value)
    {
        var text = value.TrimEnd((byte)0);
        var counted = value.Length - text.Length;
        if (value.Length % 8 != 0 || counted is 0 or > 7) return 0;
        BinaryPrimitives.WriteInt32BigEndian(header[4..], text.Length);
        return 1;
    }
}
