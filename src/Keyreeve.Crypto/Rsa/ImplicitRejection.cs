using System.Buffers.Binary;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// The plaintext that a ciphertext with wrong padding gets (draft-irtf-cfrg-rsa-guidance §7; OpenSSL 3.2 and NSS do the same,
/// bit for bit). Nothing here branches on, or looks up by, a secret value.
/// </summary>
internal static class ImplicitRejection
{
    private const int HeaderSizeInBytes = 2;
    private const int MinPaddingSizeInBytes = 8;
    private const int LengthCandidates = 128;

    /// <summary>The synthetic plaintext of a ciphertext, right-aligned in a block as long as the modulus.</summary>
    public readonly ref struct Synthetic(SecretBytes block, int start) : IDisposable
    {
        public SecretBytes Block { get; } = block;

        public int Start { get; } = start;

        public void Dispose() => Block.Dispose();
    }

    /// <summary>Derives the synthetic plaintext from the private key and the ciphertext.</summary>
    public static Synthetic Derive(RsaPrivateKey key, ReadOnlySpan<byte> ciphertext)
    {
        Span<byte> derivationKey = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> candidates = stackalloc byte[2 * LengthCandidates];
        try
        {
            DeriveKey(key, ciphertext, derivationKey);
            var block = SecretBytes.Create(
                ciphertext.Length, derivationKey, static (destination, k) => Generate(k, "message"u8, destination));
            Generate(derivationKey, "length"u8, candidates);
            return new Synthetic(block, ciphertext.Length - ChooseLength(candidates, ciphertext.Length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derivationKey);
            CryptographicOperations.ZeroMemory(candidates);
        }
    }

    /// <summary>Takes the message out of an encoded block, or the synthetic one, in the same number of steps.</summary>
    public static SecretBytes Select(SecretBytes encoded, Synthetic synthetic, out bool isPaddingRight)
    {
        using var block = encoded.Reveal();
        using var other = synthetic.Block.Reveal();
        var right = CheckPadding(block.Span, out var messageStart);
        var start = Choose(right, messageStart, synthetic.Start);
        isPaddingRight = right != 0;
        return SecretBytes.Create(
            block.Span.Length - start, new Selection(block.Span, other.Span, start, right), static (bytes, s) => s.CopyTo(bytes));
    }

    // KDK = HMAC-SHA-256(SHA-256(d), C), with d as long as the modulus
    private static void DeriveKey(RsaPrivateKey key, ReadOnlySpan<byte> ciphertext, Span<byte> derivationKey)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        using var number = NativeKey.GetNumber(key.Handle, "d");
        using var exponent = number.ToSecret(ciphertext.Length);
        using var lease = exponent.Reveal();
        SHA256.HashData(lease.Span, hash);
        HMACSHA256.HashData(hash, ciphertext, derivationKey);
        CryptographicOperations.ZeroMemory(hash);
    }

    // PRF: blocks HMAC-SHA-256(KDK, counter ‖ label ‖ length in bits), counter and length in two bytes
    private static void Generate(ReadOnlySpan<byte> derivationKey, ReadOnlySpan<byte> label, Span<byte> output)
    {
        Span<byte> input = stackalloc byte[2 + label.Length + 2];
        Span<byte> block = stackalloc byte[SHA256.HashSizeInBytes];
        label.CopyTo(input[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(input[(2 + label.Length)..], (ushort)(output.Length * 8));
        for (var counter = 0; counter * block.Length < output.Length; counter++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(input, (ushort)counter);
            HMACSHA256.HashData(derivationKey, input, block);
            var rest = output[(counter * block.Length)..];
            block[..Math.Min(block.Length, rest.Length)].CopyTo(rest);
        }

        CryptographicOperations.ZeroMemory(block);
    }

    // The last of the candidates that is short enough.
    private static int ChooseLength(ReadOnlySpan<byte> candidates, int modulusSize)
    {
        var limit = modulusSize - HeaderSizeInBytes - MinPaddingSizeInBytes;
        var mask = (int)(uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((uint)limit));
        var length = 0;
        for (var i = 0; i < candidates.Length; i += 2)
        {
            var candidate = BinaryPrimitives.ReadUInt16BigEndian(candidates[i..]) & mask;
            length = Choose(IfLess(candidate, limit), candidate, length);
        }

        return length;
    }

    // EM = 00 ‖ 02 ‖ at least eight bytes that are not zero ‖ 00 ‖ M
    private static int CheckPadding(ReadOnlySpan<byte> encoded, out int messageStart)
    {
        var right = IfZero(encoded[0]) & IfZero(encoded[1] ^ 2);
        var found = 0;
        var separator = 0;
        for (var i = HeaderSizeInBytes; i < encoded.Length; i++)
        {
            var isZero = IfZero(encoded[i]);
            separator = Choose(~found & isZero, i, separator);
            found |= isZero;
        }

        messageStart = separator + 1;
        return right & found & ~IfLess(separator, HeaderSizeInBytes + MinPaddingSizeInBytes);
    }

    // All bits set for yes, none for no.
    private static int IfZero(int value) => unchecked(~((value | -value) >> 31));

    private static int IfLess(int left, int right) => unchecked((left - right) >> 31);

    private static int Choose(int condition, int yes, int no) => (condition & yes) | (~condition & no);

    private readonly ref struct Selection(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> synthetic, int start, int right)
    {
        private readonly ReadOnlySpan<byte> _encoded = encoded;
        private readonly ReadOnlySpan<byte> _synthetic = synthetic;

        // Both blocks are read in full whichever is taken. Length and start are told to the caller anyhow.
        public void CopyTo(Span<byte> destination)
        {
            for (var i = 0; i < destination.Length; i++)
                destination[i] = (byte)(Choose(right, _encoded[start + i], _synthetic[start + i]) & 0xff);
        }
    }
}
