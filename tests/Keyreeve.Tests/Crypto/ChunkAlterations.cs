using Keyreeve.Crypto;

namespace Keyreeve.Tests.Crypto;

/// <summary>What an attacker without the key can do to the chunks of a message: line 41 of the attacks.</summary>
internal sealed record ChunkAlterations(string Name, byte[] Message)
{
    private const int Chunk = ChunkedEncryption.ChunkSizeInBytes;
    private const int Sealed = Chunk + 16;
    private const int Prefix = ChunkedEncryption.PrefixSizeInBytes;

    /// <summary>All of them, done to messages of three and a half and of exactly three chunks.</summary>
    public static IEnumerable<ChunkAlterations> Of(SecretBytes key, byte[] context)
    {
        foreach (var length in new[] { 3 * Chunk + Chunk / 2, 3 * Chunk })
        {
            var plaintext = new byte[length];
            for (var i = 0; i < plaintext.Length; i++)
                plaintext[i] = (byte)(i / Chunk + 1);
            var message = ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, context, plaintext);
            var other = ChunkedEncryption.Encrypt(AeadAlgorithm.Aes256Gcm, key, context, plaintext);
            byte[] prefix = message[..Prefix];
            byte[][] chunks =
            [
                message[Prefix..(Prefix + Sealed)],
                message[(Prefix + Sealed)..(Prefix + 2 * Sealed)],
                message[(Prefix + 2 * Sealed)..(Prefix + 3 * Sealed)],
                message[(Prefix + 3 * Sealed)..],
            ];

            ChunkAlterations Make(string name, params byte[][] parts) =>
                new($"{name}, of {length} bytes", [.. parts.SelectMany(static p => p)]);

            foreach (var cut in new[] { 0, 1, 24, 55, 56, 57, 71, 72, Prefix + Sealed - 1, Prefix + Sealed, Prefix + Sealed + 15, Prefix + Sealed + 16, Prefix + 3 * Sealed, Prefix + 3 * Sealed + 1, message.Length - 16, message.Length - 1 })
            {
                if (cut < message.Length)
                    yield return Make($"cut at {cut}", message[..cut]);
            }

            yield return Make("first chunk left out", prefix, chunks[1], chunks[2], chunks[3]);
            yield return Make("middle chunk left out", prefix, chunks[0], chunks[2], chunks[3]);
            yield return Make("last chunk left out", prefix, chunks[0], chunks[1], chunks[2]);
            yield return Make("two chunks in each other's place", prefix, chunks[1], chunks[0], chunks[2], chunks[3]);
            yield return Make("a chunk repeated", prefix, chunks[0], chunks[0], chunks[1], chunks[2], chunks[3]);
            yield return Make("a chunk instead of its neighbour", prefix, chunks[0], chunks[0], chunks[2], chunks[3]);
            yield return Make("last chunk repeated", message, chunks[3]);
            yield return Make("a full chunk appended", message, chunks[0]);
            yield return Make("a byte appended", message, [0]);
            yield return Make("sixteen bytes appended", message, new byte[16]);
            yield return Make("a chunk of zeros appended", message, new byte[Sealed]);
            yield return Make("another message appended", message, other);
            yield return Make("another message's chunk", prefix, other[Prefix..(Prefix + Sealed)], chunks[1], chunks[2], chunks[3]);
            yield return Make("another message's end", message[..(Prefix + 3 * Sealed)], other[(Prefix + 3 * Sealed)..]);
            yield return Make("another message's prefix", other[..Prefix], message[Prefix..]);
            yield return Make("the end cut and closed with an empty tag", prefix, chunks[0], new byte[16]);
            yield return Make("only the last chunk", prefix, chunks[3]);
        }
    }
}
