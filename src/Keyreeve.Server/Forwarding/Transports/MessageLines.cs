namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>Messages as lines, for transports that know where one ends by its line feed.</summary>
internal static class MessageLines
{
    public static byte[] Join(IReadOnlyList<byte[]> messages)
    {
        var lines = new byte[messages.Sum(static m => m.Length + 1)];
        var position = 0;
        foreach (var message in messages)
        {
            message.CopyTo(lines, position);
            position += message.Length;
            lines[position++] = (byte)'\n';
        }

        return lines;
    }
}
