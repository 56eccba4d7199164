namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>Messages as lines, for transports that know where one ends by its line feed.</summary>
internal static class MessageLines
{
    public static byte[] Join(IReadOnlyList<SinkMessage> messages, string lineEnd = "\n")
    {
        var lines = new byte[messages.Sum(m => m.Bytes.Length + lineEnd.Length)];
        var position = 0;
        foreach (var (_, message) in messages)
        {
            message.CopyTo(lines, position);
            position += message.Length;
            foreach (var c in lineEnd) lines[position++] = (byte)c;
        }

        return lines;
    }
}
