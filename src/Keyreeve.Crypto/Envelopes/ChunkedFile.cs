using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>
/// Chunked envelopes from file to file on several processors: what <see cref="ChunkedEncryptingStream"/> and
/// <see cref="ChunkedDecryptingStream"/> do for streams, for files whose length is known.
/// </summary>
/// <remarks>
/// Each thread reads a piece of the source, encrypts or decrypts it and writes it to its place, so pieces arrive in no order. A
/// destination is worth something only once the method has ended: before that and after a failure it has holes, and, decrypting,
/// says nothing of the chunks that were not reached. Calls on different files may run at once.
/// </remarks>
public static class ChunkedFile
{
    private const int ChunkSize = ChunkedEncryption.ChunkSizeInBytes;
    private const int SealedChunkSize = ChunkedEncryption.SealedChunkSizeInBytes;

    /// <summary>A quarter MiB: plaintext and ciphertext of it fit into half a processor's own cache, with room for what the kernel copies.</summary>
    private const int PieceInChunks = 16;

    /// <summary>Encrypts a file.</summary>
    /// <param name="files">The plaintext and where the envelope goes. What is added to the source meanwhile is not encrypted.</param>
    /// <param name="dataKey">The data key, 32 bytes.</param>
    /// <param name="wrappedKey">The same data key, wrapped.</param>
    /// <param name="context">What the contents belong to; <see cref="EncryptionContext.Empty"/> is said in so many words.</param>
    /// <param name="cancellationToken">Ends the work; what was written by then is no envelope that opens.</param>
    /// <returns>Length of the envelope in bytes.</returns>
    /// <exception cref="ArgumentException">The data key does not have 32 bytes.</exception>
    /// <exception cref="IOException">The source became shorter meanwhile, or reading or writing failed.</exception>
    public static async Task<long> EncryptAsync(
        FileToFile files, SecretBytes dataKey, WrappedDataKey wrappedKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(wrappedKey);
        ArgumentNullException.ThrowIfNull(context);
        var header = ChunkedEnvelopeHeader.For(wrappedKey);
        var bodyLength = ChunkedEncryption.CiphertextLength(files.SourceLengthInBytes);
        var start = new byte[header.LengthInBytes + ChunkedEncryption.PrefixSizeInBytes];
        header.Bytes.CopyTo(start);
        using var message = ChunkedEncryption.Start(AeadAlgorithm.Aes256Gcm, dataKey, header.BindTo(context), start.AsSpan(header.LengthInBytes));
        await RandomAccess.WriteAsync(files.Destination, start, files.DestinationOffsetInBytes, cancellationToken).ConfigureAwait(false);
        var chunks = new ChunkRange(
            files.SourceOffsetInBytes, files.SourceLengthInBytes, ChunkSize, files.DestinationOffsetInBytes + start.Length, SealedChunkSize);
        await FilePieces.RunAsync(files, chunks, PieceInChunks, (index, plaintext, destination) =>
        {
            message.EncryptChunk(index, plaintext, destination[..(plaintext.Length + ChunkedEncryption.TagSizeInBytes)]);
            return plaintext.Length + ChunkedEncryption.TagSizeInBytes;
        }, cancellationToken).ConfigureAwait(false);
        return header.LengthInBytes + bodyLength;
    }

    /// <summary>Decrypts a file, whose source begins behind the header and goes to the end of the envelope.</summary>
    /// <param name="files">The envelope without its header, and where the plaintext goes.</param>
    /// <param name="header">The header, as <see cref="ChunkedEnvelopeHeader.ReadAsync"/> gave it.</param>
    /// <param name="dataKey">The unwrapped data key, 32 bytes.</param>
    /// <param name="context">The context given when the envelope was written.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Length of the plaintext in bytes.</returns>
    /// <exception cref="CryptographicException">
    /// The envelope was altered or cut short, or its key or context is another: what was written by then is to be thrown away.
    /// </exception>
    /// <exception cref="ArgumentException">The data key does not have 32 bytes.</exception>
    /// <exception cref="IOException">The source became shorter meanwhile, or reading or writing failed.</exception>
    public static async Task<long> DecryptAsync(
        FileToFile files, ChunkedEnvelopeHeader header, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(context);
        if (!ChunkedEncryption.TryGetPlaintextLength(files.SourceLengthInBytes, out var length))
            throw Failed();
        var prefix = new byte[ChunkedEncryption.PrefixSizeInBytes];
        FilePieces.ReadExactly(files.Source, prefix, files.SourceOffsetInBytes);
        if (!ChunkedEncryption.TryOpen(AeadAlgorithm.Aes256Gcm, dataKey, header.BindTo(context), prefix, out var message))
            throw Failed();
        using (message)
        {
            var chunks = new ChunkRange(
                files.SourceOffsetInBytes + prefix.Length, files.SourceLengthInBytes - prefix.Length, SealedChunkSize,
                files.DestinationOffsetInBytes, ChunkSize);

            // The length tells which chunk is the last one, and only that is shorter: so nothing can be cut off or added unseen.
            await FilePieces.RunAsync(files, chunks, PieceInChunks, (index, sealedChunk, destination) =>
            {
                var count = sealedChunk.Length - ChunkedEncryption.TagSizeInBytes;
                return message.TryDecryptChunk(index, sealedChunk, destination[..count]) ? count : throw Failed();
            }, cancellationToken).ConfigureAwait(false);
        }

        return length;
    }

    private static CryptographicException Failed() => new("The encrypted file was altered or cut short, or its key or context is another.");
}
