using System.IO.Pipelines;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>Encrypts and decrypts pipes.</summary>
public static class EnvelopePipes
{
    /// <summary>Encrypts what a pipe gives, to its end, under a data key of its own.</summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="source">Read to its end; completed by the caller.</param>
    /// <param name="destination">Gets the envelope; completed by the caller.</param>
    /// <param name="context">What the contents belong to; needed again to decrypt them.</param>
    /// <param name="cancellationToken">Ends the work; what was written by then is no envelope that opens.</param>
    public static async Task<EnvelopeOutcome> EncryptAsync(
        this EnvelopeEncryptor encryptor, string key, PipeReader source, PipeWriter destination, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        return await encryptor.EncryptAsync(
            key, source.AsStream(leaveOpen: true), destination.AsStream(leaveOpen: true), context, progress: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Decrypts what a pipe gives. Each chunk is passed on once it was authenticated; that the end was cut off is known only at the end:
    /// whoever reads along must wait for this method.
    /// </summary>
    /// <param name="encryptor">Does the work.</param>
    /// <param name="source">The envelope; completed by the caller.</param>
    /// <param name="destination">Gets the plaintext; completed by the caller, with an exception if this method threw one.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<EnvelopeOutcome> DecryptAsync(
        this EnvelopeEncryptor encryptor, PipeReader source, PipeWriter destination, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        return await encryptor.DecryptAsync(
            source.AsStream(leaveOpen: true), destination.AsStream(leaveOpen: true), context, progress: null, cancellationToken).ConfigureAwait(false);
    }
}
