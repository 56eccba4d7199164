using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>HKDF (RFC 5869), the key derivation of every format here.</summary>
public static class Hkdf
{
    /// <summary>Makes a pseudorandom key of an input key that is not uniformly random, such as a shared secret.</summary>
    /// <param name="algorithm">The hash.</param>
    /// <param name="inputKey">Input keying material of any length.</param>
    /// <param name="salt">Not secret; may be empty.</param>
    public static HmacKey Extract(DigestAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> salt)
    {
        ArgumentNullException.ThrowIfNull(inputKey);

        // spec: RFC 5869 §2.2 "PRK = HMAC-Hash(salt, IKM)"
        using var saltBytes = SecretBytes.CopyFrom(salt);
        using var saltKey = new HmacKey(algorithm, saltBytes);
        using var input = inputKey.Reveal();
        using var pseudorandomKey = SecretBytes.Create(
            saltKey.MacSizeInBytes,
            new Message(saltKey, input.Span),
            static (bytes, message) => message.Key.Compute(message.Text, bytes));
        return new HmacKey(algorithm, pseudorandomKey);
    }

    /// <summary>Derives bytes from a pseudorandom key.</summary>
    /// <param name="pseudorandomKey">
    /// Uniformly random. RFC 5869 asks for the hash's length; C2SP chunked-encryption and our envelope give 16 or 32 bytes,
    /// which HMAC takes as well and whose strength is then that of the key.
    /// </param>
    /// <param name="info">Says what the bytes are for.</param>
    /// <param name="output">Takes the bytes, at most 255 times the hash's size. The caller wipes it when it is secret.</param>
    /// <exception cref="ArgumentException">The output is too long.</exception>
    public static void Expand(HmacKey pseudorandomKey, ReadOnlySpan<byte> info, Span<byte> output) =>
        Expand(pseudorandomKey, info, default, output);

    /// <summary>Extracts and expands in one.</summary>
    /// <exception cref="ArgumentException">The output is too long.</exception>
    public static SecretBytes Derive(
        DigestAlgorithm algorithm, SecretBytes inputKey, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, int lengthInBytes)
    {
        using var pseudorandomKey = Extract(algorithm, inputKey, salt);
        return SecretBytes.Create(
            lengthInBytes,
            new Message(pseudorandomKey, info),
            static (bytes, message) => Expand(message.Key, message.Text, bytes));
    }

    /// <summary>Expands with an info in two parts taken as one.</summary>
    internal static void Expand(HmacKey pseudorandomKey, ReadOnlySpan<byte> info, ReadOnlySpan<byte> moreInfo, Span<byte> output)
    {
        ArgumentNullException.ThrowIfNull(pseudorandomKey);
        var macSize = pseudorandomKey.MacSizeInBytes;
        if (output.Length > 255 * macSize)
            throw new ArgumentException("HKDF gives at most 255 blocks.", nameof(output));

        // spec: RFC 5869 §2.3 "T(i) = HMAC-Hash(PRK, T(i-1) | info | i)"
        Span<byte> block = stackalloc byte[DigestAlgorithmFacts.MaxDigestSizeInBytes];
        block = block[..macSize];
        Span<byte> counter = [0];
        for (var done = 0; done < output.Length; done += macSize)
        {
            counter[0]++;
            pseudorandomKey.Compute(done == 0 ? default : block, info, moreInfo, counter, block);
            var rest = output[done..];
            block[..Math.Min(macSize, rest.Length)].CopyTo(rest);
        }

        CryptographicOperations.ZeroMemory(block);
    }

    private readonly ref struct Message(HmacKey key, ReadOnlySpan<byte> text)
    {
        public HmacKey Key { get; } = key;

        public ReadOnlySpan<byte> Text { get; } = text;
    }
}
