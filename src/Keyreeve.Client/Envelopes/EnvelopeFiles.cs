using Keyreeve.Client.Envelopes;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client;

/// <summary>
/// Encrypts and decrypts files. The output comes into being whole or not at all, even when the process is killed, and only its
/// owner may read it.
/// </summary>
public static class EnvelopeFiles
{
    /// <summary>Encrypts a file into a new one.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="sourcePath">The file to encrypt; stays as it is.</param>
    /// <param name="destinationPath">The envelope. May be the source's path when overwriting is allowed.</param>
    /// <param name="context">What the contents belong to; needed again to decrypt them.</param>
    /// <param name="overwrite">Whether a file at the destination is replaced.</param>
    /// <param name="progress">Told of each MiB; null for nobody.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind.</param>
    /// <exception cref="KeyreeveClientException">The server refused.</exception>
    /// <exception cref="IOException">A file stands at the destination, or reading or writing failed.</exception>
    public static Task<EnvelopeOutcome> EncryptFileAsync(
        this EnvelopeEncryptor encryptor, string key, string sourcePath, string destinationPath, EncryptionContext context,
        bool overwrite = false, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        return RunAsync(
            sourcePath, destinationPath, overwrite,
            (source, destination) => encryptor.EncryptAsync(key, source, destination, context, progress, cancellationToken));
    }

    /// <summary>Decrypts a file into a new one.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="sourcePath">The envelope; stays as it is.</param>
    /// <param name="destinationPath">The plaintext. May be the source's path when overwriting is allowed.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="overwrite">Whether a file at the destination is replaced.</param>
    /// <param name="progress">Told of each MiB; null for nobody.</param>
    /// <param name="cancellationToken">Ends the work; nothing is left behind.</param>
    /// <exception cref="KeyreeveClientException">The server refused, or the envelope does not open.</exception>
    /// <exception cref="IOException">A file stands at the destination, or reading or writing failed.</exception>
    public static Task<EnvelopeOutcome> DecryptFileAsync(
        this EnvelopeEncryptor encryptor, string sourcePath, string destinationPath, EncryptionContext context,
        bool overwrite = false, IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        return RunAsync(sourcePath, destinationPath, overwrite, async (source, destination) =>
        {
            // Nothing is seen of the output before it is whole, so one reading is enough.
            if (WholeFile.Between(source, destination) is { } files
                && await files.TryDecryptAsync(encryptor, context, progress, cancellationToken).ConfigureAwait(false) is { } outcome)
            {
                return outcome;
            }

            var opened = await encryptor.OpenAsync(source, context, cancellationToken).ConfigureAwait(false);
            await using (opened.Plaintext.ConfigureAwait(false))
                return await opened.CopyToAsync(destination, progress, cancellationToken).ConfigureAwait(false);
        });
    }

    private static async Task<EnvelopeOutcome> RunAsync(
        string sourcePath, string destinationPath, bool overwrite, Func<Stream, Stream, Task<EnvelopeOutcome>> work)
    {
        ArgumentException.ThrowIfNullOrEmpty(sourcePath);
        ArgumentException.ThrowIfNullOrEmpty(destinationPath);
        // Asked again when the file gets its name; asked here so that nobody waits for a gigabyte first.
        if (!overwrite && Path.Exists(destinationPath))
            throw new IOException($"'{destinationPath}' exists already.");
        var options = new FileStreamOptions
        {
            Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.SequentialScan,
        };
        var source = new FileStream(sourcePath, options);
        await using (source.ConfigureAwait(false))
        {
            using var destination = PendingFile.Create(destinationPath);
            var outcome = await work(source, destination.Stream).ConfigureAwait(false);
            destination.Commit(overwrite);
            return outcome;
        }
    }
}
