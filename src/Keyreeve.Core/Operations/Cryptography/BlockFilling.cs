using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Paddings of block modes that OpenSSL does not have, put around a cipher without any. KMIP 2.1 §11.37.</summary>
internal static class BlockFilling
{
    /// <summary>Fills the message up to whole blocks.</summary>
    public static byte[] Fill(in CipherInput input, int blockSizeInBytes)
    {
        var length = input.Data.Length;
        var room = blockSizeInBytes - (length % blockSizeInBytes);
        if (input.Choice.Padding == PaddingMethod.Zeros && room == blockSizeInBytes) room = 0;
        var filled = new byte[length + room];
        input.Data.CopyTo(filled);
        if (room == 0) return filled;
        if (input.Choice.Padding is PaddingMethod.ISO10126 or PaddingMethod.SSL3) CryptoRandom.Fill(filled.AsSpan(length, room - 1));
        if (input.Choice.Padding == PaddingMethod.PKCS5) filled.AsSpan(length, room).Fill((byte)room);
        filled[^1] = input.Choice.Padding switch
        {
            PaddingMethod.ANSIX923 or PaddingMethod.ISO10126 or PaddingMethod.PKCS5 => (byte)room,
            // Its length does not count itself. RFC 6101 §5.2.3.2
            PaddingMethod.SSL3 => (byte)(room - 1),
            _ => 0,
        };
        return filled;
    }

    /// <summary>Takes the filling away; null if it is none. The filled message is wiped.</summary>
    public static byte[]? TryStrip(in CipherInput input, byte[] filled, int blockSizeInBytes)
    {
        var room = RoomOf(input.Choice.Padding, filled, blockSizeInBytes);
        var stripped = room < 0 ? null : filled[..^room];
        CryptographicOperations.ZeroMemory(filled);
        return stripped;
    }

    private static int RoomOf(PaddingMethod padding, byte[] filled, int blockSizeInBytes)
    {
        if (padding == PaddingMethod.Zeros)
        {
            var zeros = 0;
            while (zeros < filled.Length && zeros < blockSizeInBytes - 1 && filled[^(zeros + 1)] == 0) zeros++;
            return zeros;
        }

        if (filled.Length == 0) return -1;
        var room = padding == PaddingMethod.SSL3 ? filled[^1] + 1 : filled[^1];
        if (room < 1 || room > blockSizeInBytes) return -1;
        if (padding == PaddingMethod.PKCS5) return filled.AsSpan(filled.Length - room).ContainsAnyExcept((byte)room) ? -1 : room;
        return padding == PaddingMethod.ANSIX923 && filled.AsSpan(filled.Length - room, room - 1).ContainsAnyExcept((byte)0) ? -1 : room;
    }
}
