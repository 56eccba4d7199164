using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Core.Sealing;

/// <summary>Reads Bech32, in which age writes its keys. References: BIP 173, whose limit of 90 characters age does not have.</summary>
internal static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;
    private const int BitsPerDigit = 5;

    private static readonly uint[] Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

    /// <summary>Reads it; false if the checksum, the part before the separator or the padding is wrong.</summary>
    public static bool TryDecode(string text, string humanReadablePart, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        // spec: BIP 173 "Decoders MUST NOT accept strings where some characters are uppercase and some are lowercase"; age writes
        // recipients in lower case.
        if (!text.StartsWith(humanReadablePart + "1", StringComparison.Ordinal)) return false;
        var digits = new List<int>();
        foreach (var character in text.AsSpan(humanReadablePart.Length + 1))
        {
            var digit = Alphabet.IndexOf(character, StringComparison.Ordinal);
            if (digit < 0) return false;
            digits.Add(digit);
        }

        if (digits.Count < ChecksumLength || !HasChecksum(humanReadablePart, digits)) return false;
        bytes = ToBytes(digits[..^ChecksumLength]);
        return bytes is not null;
    }

    private static bool HasChecksum(string humanReadablePart, List<int> digits)
    {
        var state = 1u;
        foreach (var character in humanReadablePart) state = Step(state, (uint)character >> BitsPerDigit);
        state = Step(state, 0);
        foreach (var character in humanReadablePart) state = Step(state, character & 31u);
        foreach (var digit in digits) state = Step(state, (uint)digit);
        return state == 1;
    }

    private static uint Step(uint state, uint value)
    {
        var top = state >> 25;
        state = ((state & 0x1ffffff) << BitsPerDigit) ^ value;
        for (var i = 0; i < Generator.Length; i++)
            if (((top >> i) & 1) != 0) state ^= Generator[i];
        return state;
    }

    // spec: BIP 173 "the incomplete group at the end MUST be 4 bits or less, MUST be all zeroes"
    private static byte[]? ToBytes(List<int> digits)
    {
        var bytes = new List<byte>();
        var (bits, count) = (0, 0);
        foreach (var digit in digits)
        {
            bits = ((bits << BitsPerDigit) | digit) & 0xFFF;
            count += BitsPerDigit;
            if (count < 8) continue;
            count -= 8;
            bytes.Add((byte)((bits >> count) & 0xFF));
        }

        return count < BitsPerDigit && (bits & ((1 << count) - 1)) == 0 ? [.. bytes] : null;
    }
}
