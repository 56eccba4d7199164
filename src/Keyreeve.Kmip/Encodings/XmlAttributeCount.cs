namespace Keyreeve.Kmip.Encodings;

/// <summary>
/// Looks over a document before the XML reader sees it: the reader makes an object of some 200 bytes of every attribute of an
/// element, and compares each with all others, before it can be asked whether there are too many.
/// </summary>
internal static class XmlAttributeCount
{
    /// <summary>An item has four at most; the rest is for namespaces and hints about schemas.</summary>
    private const int Most = 16;

    /// <summary>Whether some element has more attributes than any message needs. What is not well-formed is left to the reader.</summary>
    public static bool IsExceeded(ReadOnlySpan<byte> xml)
    {
        while (true)
        {
            var start = xml.IndexOf((byte)'<');
            if (start < 0) return false;
            xml = xml[start..];
            // Within these, quotes and angle brackets mean nothing.
            if (xml.StartsWith("<!--"u8)) xml = Behind(xml, "-->"u8);
            else if (xml.StartsWith("<![CDATA["u8)) xml = Behind(xml, "]]>"u8);
            else if (xml.StartsWith("<?"u8)) xml = Behind(xml, "?>"u8);
            else if (xml.StartsWith("<!"u8)) return false; // a document type: the reader refuses it
            else if (CountsTooMany(ref xml)) return true;
        }
    }

    // Every value of an attribute stands between quotes, and the quote itself cannot stand in it.
    private static bool CountsTooMany(ref ReadOnlySpan<byte> xml)
    {
        for (var count = 0; count <= Most; count++)
        {
            var next = xml.IndexOfAny((byte)'"', (byte)'\'', (byte)'>');
            if (next < 0 || xml[next] == '>')
            {
                xml = next < 0 ? default : xml[(next + 1)..];
                return false;
            }

            var quote = xml[next];
            xml = xml[(next + 1)..];
            var end = xml.IndexOf(quote);
            xml = end < 0 ? default : xml[(end + 1)..];
        }

        return true;
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> xml, ReadOnlySpan<byte> mark)
    {
        var at = xml.IndexOf(mark);
        return at < 0 ? default : xml[(at + mark.Length)..];
    }
}
