using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Keyreeve.Tests.Crypto;

/// <summary>
/// Makes a ciphertext and tag that AES-GCM accepts under two keys with a zero nonce: the attack (Dodis, Grubbs,
/// Ristenpart, Woodage 2018) that a key commitment is there to stop. Two blocks, no associated data.
/// </summary>
internal sealed class GcmCollision
{
    public required byte[] Ciphertext { get; init; }

    public required byte[] Tag { get; init; }

    public static GcmCollision Find(byte[] firstKey, byte[] secondKey)
    {
        // tag = c1*H^3 + c2*H^2 + len*H + E(J0) for both keys. With c1 = 0 and the two tags set equal:
        // c2 * (H^2 + K^2) = len*(H + K) + E(J0) + F(J0)
        var (h, mask) = Subkeys(firstKey);
        var (k, otherMask) = Subkeys(secondKey);
        UInt128 length = 256; // bits of ciphertext, in the low half of the block
        var right = Multiply(length, h ^ k) ^ mask ^ otherMask;
        var left = Multiply(h, h) ^ Multiply(k, k);
        var block = Multiply(right, Invert(left));
        var tag = Multiply(block, Multiply(h, h)) ^ Multiply(length, h) ^ mask;

        var ciphertext = new byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(ciphertext.AsSpan(16), block);
        var tagBytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(tagBytes, tag);
        return new GcmCollision { Ciphertext = ciphertext, Tag = tagBytes };
    }

    private static (UInt128 HashKey, UInt128 TagMask) Subkeys(byte[] key)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        Span<byte> counter = stackalloc byte[16];
        counter[15] = 1;
        return (
            BinaryPrimitives.ReadUInt128BigEndian(aes.EncryptEcb(new byte[16], PaddingMode.None)),
            BinaryPrimitives.ReadUInt128BigEndian(aes.EncryptEcb(counter, PaddingMode.None)));
    }

    /// <summary>Multiplication in GCM's field, whose bit 0 is the leftmost (NIST SP 800-38D §6.3).</summary>
    private static UInt128 Multiply(UInt128 x, UInt128 y)
    {
        var reduction = (UInt128)0xE1 << 120;
        UInt128 product = 0;
        for (var i = 127; i >= 0; i--)
        {
            if ((x >> i & 1) == 1)
                product ^= y;
            var carry = (y & 1) == 1;
            y >>= 1;
            if (carry)
                y ^= reduction;
        }

        return product;
    }

    /// <summary>x^(2^128 - 2), which is 1/x.</summary>
    private static UInt128 Invert(UInt128 x)
    {
        var result = (UInt128)1 << 127;
        for (var i = 0; i < 127; i++)
        {
            x = Multiply(x, x);
            result = Multiply(result, x);
        }

        return result;
    }
}
