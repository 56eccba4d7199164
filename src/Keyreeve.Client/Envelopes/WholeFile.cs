using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>A file on its way into another one, on several processors.</summary>
/// <remarks>Both streams stand behind what was read and written once the work is done, as they would after a copy.</remarks>
internal sealed class WholeFile(FileToFile files, Stream source, Stream destination)
{
    /// <summary>Below this a thread costs more than it does.</summary>
    private const int SmallestInBytes = 1024 * 1024;

    /// <summary>Null for what is not two files, or small.</summary>
    public static WholeFile? Between(Stream source, Stream destination) =>
        FileToFile.Between(source, destination) is { SourceLengthInBytes: >= SmallestInBytes } files ? new WholeFile(files, source, destination) : null;

    public async Task<EnvelopeOutcome> EncryptAsync(
        EnvelopeEncryptor encryptor, string key, EncryptionContext context, IProgress<FileProgress>? progress, CancellationToken cancellationToken)
    {
        using var dataKey = await encryptor.GenerateOnceAsync(key, context, cancellationToken).ConfigureAwait(false);
        var written = await ChunkedFile.EncryptAsync(
            Told(files, files.SourceLengthInBytes, progress), dataKey.Plaintext, dataKey.WrappedKey, context, cancellationToken).ConfigureAwait(false);
        Move(written);
        return new EnvelopeOutcome(files.SourceLengthInBytes, dataKey.WrappedKey.KeyId, dataKey.WrappedKey.KeyVersion);
    }

    /// <summary>Null, and nothing done, when the file is not the envelope of a file or stream.</summary>
    /// <exception cref="KeyreeveClientException">The server refused, or the envelope does not open: what was written is to be thrown away.</exception>
    public async Task<EnvelopeOutcome?> TryDecryptAsync(
        EnvelopeEncryptor encryptor, EncryptionContext context, IProgress<FileProgress>? progress, CancellationToken cancellationToken)
    {
        if (await ChunkedEnvelopeHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false) is not { } header)
        {
            source.Position = files.SourceOffsetInBytes;
            return null;
        }

        var wrapped = header.WrappedKey;
        using var dataKey = await encryptor.UnwrapOnceAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        var body = files with
        {
            SourceOffsetInBytes = files.SourceOffsetInBytes + header.LengthInBytes,
            SourceLengthInBytes = files.SourceLengthInBytes - header.LengthInBytes,
        };
        try
        {
            _ = ChunkedEncryption.TryGetPlaintextLength(body.SourceLengthInBytes, out var total);
            var written = await ChunkedFile.DecryptAsync(Told(body, total, progress), header, dataKey, context, cancellationToken).ConfigureAwait(false);
            Move(written);
            return new EnvelopeOutcome(written, wrapped.KeyId, wrapped.KeyVersion);
        }
        catch (CryptographicException e)
        {
            throw EnvelopeEncryptor.Failed(e);
        }
    }

    private static FileToFile Told(FileToFile files, long total, IProgress<FileProgress>? progress) =>
        progress is null ? files : files with { Progress = done => progress.Report(new FileProgress(done, total)) };

    private void Move(long written)
    {
        source.Position = files.SourceOffsetInBytes + files.SourceLengthInBytes;
        destination.Position = files.DestinationOffsetInBytes + written;
    }
}
