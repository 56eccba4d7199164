using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// One custodian's share of the key to a seal slot, <c>kr-share-XXXX-…</c> in Crockford's base 32 with a checksum. Letters
/// that are mistaken for digits, blanks and case make no difference.
/// </summary>
/// <remarks><c>version(1) ‖ set(4) ‖ index(1) ‖ value(32) ‖ first 4 bytes of SHA-256 of all before</c></remarks>
public sealed class RecoveryShare : IDisposable
{
    /// <summary>Length of a share's value, in bytes.</summary>
    public const int ValueSizeInBytes = 32;

    /// <summary>Length of the name of a set of shares, in bytes.</summary>
    public const int SetSizeInBytes = 4;

    private const string Prefix = "kr-share-";
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const byte Version = 1;
    private const int ChecksumSizeInBytes = 4;
    private const int SizeInBytes = 1 + SetSizeInBytes + 1 + ValueSizeInBytes + ChecksumSizeInBytes;
    private const int BitsPerDigit = 5;
    private const int Digits = ((SizeInBytes * 8) + BitsPerDigit - 1) / BitsPerDigit;
    private const int GroupLength = 4;

    /// <summary>A share.</summary>
    /// <param name="set">Which set it is of, hexadecimal.</param>
    /// <param name="index">Which of the set, from 1.</param>
    /// <param name="value">Its value; disposed with it.</param>
    public RecoveryShare(string set, int index, SecretBytes value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Set = set;
        Index = index;
        Value = value;
    }

    /// <summary>Which set of shares it is of; hexadecimal.</summary>
    public string Set { get; }

    /// <summary>Which share of the set it is, from 1 to 255.</summary>
    public int Index { get; }

    /// <summary>Its value.</summary>
    public SecretBytes Value { get; }

    /// <summary>What is kept of a share to tell it from another: nothing can be guessed from it, since a share is 256 random bits.</summary>
    public string Fingerprint
    {
        get
        {
            using var lease = Value.Reveal();
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(lease.Span, hash);
            return Convert.ToHexStringLower(hash);
        }
    }

    /// <summary>Reads a share from ASCII; false if the text is not one, or was mistyped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out RecoveryShare? share)
    {
        share = null;
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            if (!TryRead(text, bytes) || bytes[0] != Version || bytes[1 + SetSizeInBytes] == 0) return false;
            SHA256.HashData(bytes[..^ChecksumSizeInBytes], hash);
            if (!CryptographicOperations.FixedTimeEquals(hash[..ChecksumSizeInBytes], bytes[^ChecksumSizeInBytes..])) return false;
            share = new RecoveryShare(
                Convert.ToHexStringLower(bytes.Slice(1, SetSizeInBytes)), bytes[1 + SetSizeInBytes],
                SecretBytes.CopyFrom(bytes.Slice(2 + SetSizeInBytes, ValueSizeInBytes)));
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The share as its custodian keeps it, in ASCII.</summary>
    public SecretBytes Write() => SecretBytes.Create(Prefix.Length + Digits + ((Digits - 1) / GroupLength), this, static (text, share) =>
    {
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        bytes[0] = Version;
        Convert.FromHexString(share.Set).CopyTo(bytes[1..]);
        bytes[1 + SetSizeInBytes] = checked((byte)share.Index);
        using (var lease = share.Value.Reveal()) lease.Span.CopyTo(bytes[(2 + SetSizeInBytes)..]);
        SHA256.HashData(bytes[..^ChecksumSizeInBytes], hash);
        hash[..ChecksumSizeInBytes].CopyTo(bytes[^ChecksumSizeInBytes..]);
        var at = Encoding.ASCII.GetBytes(Prefix, text);
        for (var digit = 0; digit < Digits; digit++)
        {
            if (digit > 0 && digit % GroupLength == 0) text[at++] = (byte)'-';
            text[at++] = (byte)Alphabet[DigitAt(bytes, digit)];
        }

        CryptographicOperations.ZeroMemory(bytes);
    });

    /// <summary>Says which share it is, never its value.</summary>
    public override string ToString() => $"RecoveryShare({Set}/{Index})";

    /// <summary>Wipes the share.</summary>
    public void Dispose() => Value.Dispose();

    private static int DigitAt(ReadOnlySpan<byte> bytes, int digit)
    {
        var value = 0;
        for (var bit = digit * BitsPerDigit; bit < (digit + 1) * BitsPerDigit; bit++)
            value = (value << 1) | (bit < bytes.Length * 8 ? (bytes[bit / 8] >> (7 - (bit % 8))) & 1 : 0);
        return value;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, Span<byte> bytes)
    {
        bytes.Clear();
        var rest = text.Trim(" \t\r\n"u8);
        if (rest.Length >= Prefix.Length && Ascii.EqualsIgnoreCase(rest[..Prefix.Length], Prefix)) rest = rest[Prefix.Length..];
        var digits = 0;
        foreach (var character in rest)
        {
            if (character is (byte)'-' or (byte)' ') continue;
            var value = char.ToUpperInvariant((char)character) switch { 'O' => 0, 'I' or 'L' => 1, var c => Alphabet.IndexOf(c, StringComparison.Ordinal) };
            if (value < 0 || digits == Digits) return false;
            for (var bit = 0; bit < BitsPerDigit; bit++)
            {
                var position = (digits * BitsPerDigit) + bit;
                var isSet = ((value >> (BitsPerDigit - 1 - bit)) & 1) != 0;
                if (position >= bytes.Length * 8)
                {
                    if (isSet) return false;
                }
                else if (isSet)
                {
                    bytes[position / 8] |= (byte)(1 << (7 - (position % 8)));
                }
            }

            digits++;
        }

        return digits == Digits;
    }
}
