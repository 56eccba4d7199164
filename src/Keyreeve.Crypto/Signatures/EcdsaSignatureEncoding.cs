using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>Turns ECDSA signatures from one format into the other. Each signature has exactly one encoding in each.</summary>
internal static class EcdsaSignatureEncoding
{
    private const byte SequenceTag = 0x30;
    private const byte IntegerTag = 0x02;

    /// <summary>
    /// Reads a signature and writes it as canonical DER. False when it is malformed, when it is not canonical, or when one
    /// of its numbers is not between zero and the order.
    /// </summary>
    public static bool TryNormalize(EllipticCurve curve, ReadOnlySpan<byte> signature, EcdsaSignatureFormat format, out byte[] der)
    {
        var group = CurveGroup.Of(curve);
        var size = group.Facts.FieldSizeInBytes;
        der = [];
        ReadOnlySpan<byte> r, s;
        if (format == EcdsaSignatureFormat.P1363)
        {
            if (signature.Length != 2 * size)
                return false;
            r = signature[..size];
            s = signature[size..];
        }
        else if (!TrySplitDer(signature, out r, out s))
        {
            return false;
        }

        if (r.Length > size + 1 || s.Length > size + 1)
            return false;
        using var rNumber = BigNumber.From(r);
        using var sNumber = BigNumber.From(s);
        if (!group.IsPrivateScalar(rNumber) || !group.IsPrivateScalar(sNumber))
            return false;
        der = ToDer(r, s);
        // The lenient reading above forgives signs, leading zeros and long lengths; comparing takes the pardon back.
        return format == EcdsaSignatureFormat.P1363 || signature.SequenceEqual(der);
    }

    /// <summary>Writes a canonical DER signature as P1363.</summary>
    public static byte[] ToP1363(EllipticCurve curve, ReadOnlySpan<byte> der)
    {
        if (!TrySplitDer(der, out var r, out var s))
            throw new ArgumentException("Not a signature in DER.", nameof(der));
        var size = EllipticCurveFacts.Of(curve).FieldSizeInBytes;
        var signature = new byte[2 * size];
        CopyRight(r, signature.AsSpan(0, size));
        CopyRight(s, signature.AsSpan(size));
        return signature;
    }

    private static void CopyRight(ReadOnlySpan<byte> number, Span<byte> destination)
    {
        number = number.TrimStart((byte)0);
        number.CopyTo(destination[(destination.Length - number.Length)..]);
    }

    private static byte[] ToDer(ReadOnlySpan<byte> r, ReadOnlySpan<byte> s)
    {
        byte[] content = [.. ToInteger(r), .. ToInteger(s)];
        return content.Length < 0x80
            ? [SequenceTag, (byte)content.Length, .. content]
            : [SequenceTag, 0x81, (byte)content.Length, .. content];
    }

    private static byte[] ToInteger(ReadOnlySpan<byte> number)
    {
        number = number.TrimStart((byte)0);
        return number.IsEmpty || (number[0] & 0x80) != 0
            ? [IntegerTag, (byte)(number.Length + 1), 0, .. number]
            : [IntegerTag, (byte)number.Length, .. number];
    }

    private static bool TrySplitDer(ReadOnlySpan<byte> der, out ReadOnlySpan<byte> r, out ReadOnlySpan<byte> s)
    {
        r = s = default;
        return TryTake(der, SequenceTag, out var content, out var afterSequence)
            && afterSequence.IsEmpty
            && TryTake(content, IntegerTag, out r, out var afterFirst)
            && TryTake(afterFirst, IntegerTag, out s, out var afterSecond)
            && afterSecond.IsEmpty;
    }

    // Lengths up to 255 suffice: a signature over P-521 has at most 139 bytes.
    private static bool TryTake(
        ReadOnlySpan<byte> bytes, byte tag, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> rest)
    {
        content = rest = default;
        if (bytes.Length < 2 || bytes[0] != tag)
            return false;
        var (start, length) = bytes[1] switch
        {
            < 0x80 => (2, (int)bytes[1]),
            0x81 when bytes.Length > 2 => (3, (int)bytes[2]),
            _ => (0, -1),
        };
        if (length < 0 || length > bytes.Length - start)
            return false;
        content = bytes.Slice(start, length);
        rest = bytes[(start + length)..];
        return true;
    }
}
