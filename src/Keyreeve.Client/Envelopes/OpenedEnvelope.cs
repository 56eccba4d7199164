using System.Security.Cryptography;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Envelopes;

/// <summary>An envelope whose data key is at hand: its plaintext as a stream.</summary>
internal sealed record OpenedEnvelope(Stream Plaintext, long? LengthInBytes, Guid KeyId, long KeyVersion)
{
    /// <summary>A header has at most 26 + 65,535 bytes.</summary>
    private const int LargestHeaderInBytes = 26 + ushort.MaxValue;

    /// <summary>Small envelopes are small: more than this is taken for no envelope, rather than read into memory.</summary>
    private const int LargestSmallInBytes = 64 * 1024 * 1024;

    public static async Task<OpenedEnvelope> OpenAsync(
        EnvelopeEncryptor encryptor, Stream source, EncryptionContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(context);
        var origin = source.CanSeek ? source.Position : 0;
        var start = new byte[LargestHeaderInBytes];
        var count = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        var head = start.AsMemory(0, count);
        if (!EnvelopeHeader.TryParse(head.Span, out var fields))
            throw EnvelopeEncryptor.Failed();
        if (fields.Mode != EnvelopeMode.Chunked)
            return await OpenSmallAsync(encryptor, new PrefixedStream(head, source), fields, context, cancellationToken).ConfigureAwait(false);

        if (source.CanSeek)
            source.Position = origin;
        var rest = source.CanSeek ? source : new PrefixedStream(head, source);
        var header = await ChunkedEnvelopeHeader.ReadAsync(rest, cancellationToken).ConfigureAwait(false) ?? throw EnvelopeEncryptor.Failed();
        var wrapped = header.WrappedKey;
        using var dataKey = await encryptor.UnwrapOnceAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        var length = source.CanSeek && ChunkedEncryption.TryGetPlaintextLength(source.Length - source.Position, out var plaintext) ? plaintext : (long?)null;
        return new OpenedEnvelope(
            new ChunkedDecryptingStream(rest, header, dataKey, context, leaveOpen: true), length, wrapped.KeyId, wrapped.KeyVersion);
    }

    /// <summary>Writes the plaintext from where it stands; whatever is wrong with the envelope is one and the same failure.</summary>
    public async Task<EnvelopeOutcome> CopyToAsync(Stream destination, IProgress<FileProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var done = await OverlappedCopy.RunAsync(
                Plaintext, destination, bytes => progress?.Report(new FileProgress(bytes, LengthInBytes)), cancellationToken).ConfigureAwait(false);
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            return new EnvelopeOutcome(done, KeyId, KeyVersion);
        }
        catch (CryptographicException e)
        {
            throw EnvelopeEncryptor.Failed(e);
        }
    }

    private static async Task<OpenedEnvelope> OpenSmallAsync(
        EnvelopeEncryptor encryptor, Stream source, EnvelopeHeader fields, EncryptionContext context, CancellationToken cancellationToken)
    {
        using var envelope = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (envelope.Length + read > LargestSmallInBytes)
                throw EnvelopeEncryptor.Failed();
            await envelope.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }

        var plaintext = await encryptor.DecryptAsync(envelope.ToArray(), context, cancellationToken).ConfigureAwait(false);
        return new OpenedEnvelope(new MemoryStream(plaintext, writable: false), plaintext.Length, fields.UniqueIdentifier, fields.KeyVersion);
    }
}
