using System.Security.Cryptography;

namespace Keyreeve.Crypto;

//
//  Propagating Cipher Block Chaining (PCBC), over any block cipher
//
//  References
//      Menezes, van Oorschot, Vanstone: Handbook of Applied Cryptography, §7.2.2; Kerberos version 4
//
//  Sizes
//      IV      one block
//
//  What was meant to spread errors to the end does not: two neighbouring blocks that are swapped go unnoticed after them.
//

/// <summary>PCBC, built on single blocks of a cipher in ECB without padding. Thread safe.</summary>
internal static class InsecurePcbc
{
    /// <summary>Encrypts whole blocks: C(i) = E(P(i) ⊕ P(i-1) ⊕ C(i-1)), and the IV before the first.</summary>
    /// <param name="blocks">The cipher in ECB without padding, begun for encryption; disposed of.</param>
    /// <param name="iv">One block.</param>
    /// <param name="plaintext">Whole blocks.</param>
    /// <exception cref="ArgumentException">A length is not one of whole blocks.</exception>
    public static byte[] Encrypt(StreamingCipher blocks, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plaintext)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        using (blocks)
        {
            var size = Check(blocks, iv, plaintext);
            var ciphertext = new byte[plaintext.Length];
            Span<byte> chain = stackalloc byte[size];
            Span<byte> mixed = stackalloc byte[size];
            Span<byte> result = stackalloc byte[blocks.MaxOutputSizeInBytes(size)];
            iv.CopyTo(chain);
            for (var at = 0; at < plaintext.Length; at += size)
            {
                var block = plaintext.Slice(at, size);
                Xor(block, chain, mixed);
                Transform(blocks, mixed, result);
                result[..size].CopyTo(ciphertext.AsSpan(at));
                Xor(block, result, chain);
            }

            CryptographicOperations.ZeroMemory(chain);
            CryptographicOperations.ZeroMemory(mixed);
            return ciphertext;
        }
    }

    /// <summary>Decrypts whole blocks: P(i) = D(C(i)) ⊕ P(i-1) ⊕ C(i-1), and the IV before the first.</summary>
    /// <param name="blocks">The cipher in ECB without padding, begun for decryption; disposed of.</param>
    /// <param name="iv">One block.</param>
    /// <param name="ciphertext">Whole blocks.</param>
    /// <exception cref="ArgumentException">A length is not one of whole blocks.</exception>
    public static byte[] Decrypt(StreamingCipher blocks, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> ciphertext)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        using (blocks)
        {
            var size = Check(blocks, iv, ciphertext);
            var plaintext = new byte[ciphertext.Length];
            Span<byte> chain = stackalloc byte[size];
            Span<byte> result = stackalloc byte[blocks.MaxOutputSizeInBytes(size)];
            iv.CopyTo(chain);
            for (var at = 0; at < ciphertext.Length; at += size)
            {
                var block = ciphertext.Slice(at, size);
                Transform(blocks, block, result);
                var opened = plaintext.AsSpan(at, size);
                Xor(result, chain, opened);
                Xor(block, opened, chain);
            }

            CryptographicOperations.ZeroMemory(chain);
            CryptographicOperations.ZeroMemory(result);
            return plaintext;
        }
    }

    private static int Check(StreamingCipher blocks, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> message)
    {
        var size = blocks.BlockSizeInBytes;
        ModeCore.RequireIv(iv, size);
        return message.Length % size == 0 ? size : throw new ArgumentException("The message is not a whole number of blocks.", nameof(message));
    }

    private static void Transform(StreamingCipher blocks, ReadOnlySpan<byte> block, Span<byte> result)
    {
        if (blocks.Update(block, result) != block.Length) throw new ArgumentException("The cipher pads.", nameof(blocks));
    }

    private static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = (byte)(left[i] ^ right[i]);
    }
}
