using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Keyreeve.Client.IdentityModel;

/// <summary>Signatures on curves, from one form into the other.</summary>
internal static class EcdsaSignature
{
    /// <summary>SEQUENCE { r INTEGER, s INTEGER } as r || s, each as long as the curve's order.</summary>
    /// <exception cref="CryptographicException">It is no signature of this curve.</exception>
    public static byte[] ToConcatenation(byte[] signature, int curveSizeInBits)
    {
        var size = (curveSizeInBits + 7) / 8;
        var joined = new byte[2 * size];
        try
        {
            var sequence = new AsnReader(signature, AsnEncodingRules.DER).ReadSequence();
            Put(sequence.ReadIntegerBytes().Span, joined.AsSpan(0, size));
            Put(sequence.ReadIntegerBytes().Span, joined.AsSpan(size));
            sequence.ThrowIfNotEmpty();
            return joined;
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The server's signature is malformed.", e);
        }
    }

    private static void Put(ReadOnlySpan<byte> number, Span<byte> field)
    {
        number = number.TrimStart((byte)0);
        if (number.Length > field.Length)
            throw new CryptographicException("The server's signature is of another curve.");
        number.CopyTo(field[^number.Length..]);
    }
}
