using System.Collections.Concurrent;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client;

/// <summary>
/// Brings envelopes under another key, the current version of their own, or another key provider, without touching what is encrypted:
/// the data key is unwrapped by the one and wrapped by the other, and nothing else changes.
/// </summary>
/// <remarks>
/// <para>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>.</para>
/// <para>Envelopes of version 1 are bound to their wrapped key: they have to be decrypted and encrypted anew, and are refused.</para>
/// </remarks>
/// <param name="from">Who wrapped the data keys.</param>
/// <param name="to">Who shall wrap them; may be the same.</param>
/// <param name="key">Name or identifier of the key there.</param>
public sealed class EnvelopeReWrapper(IKeyProvider from, IKeyProvider to, string key)
{
    private const int LargestHeaderInBytes = 26 + ushort.MaxValue;

    // Many small values share a data key: it is wrapped anew once. What is kept is wrapped, and so no secret.
    private readonly ConcurrentDictionary<string, WrappedDataKey> _wrapped = new(StringComparer.Ordinal);

    /// <summary>Whether an envelope is under the key, and its current version, already.</summary>
    /// <param name="start">The envelope, or its start with the whole header.</param>
    /// <param name="target">The key, as <see cref="FindTargetAsync"/> found it.</param>
    public static bool IsUnder(ReadOnlySpan<byte> start, ProvidedKey target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return EnvelopeHeader.TryParse(start, out var header) && header.Mode != EnvelopeMode.Direct
            && header.UniqueIdentifier == target.Id && header.KeyVersion == target.CurrentVersion;
    }

    /// <summary>The key that envelopes are brought under.</summary>
    public Task<ProvidedKey> FindTargetAsync(CancellationToken cancellationToken = default) => to.FindKeyAsync(key, cancellationToken);

    /// <summary>Re-wraps the envelope of a small value; its context is not needed.</summary>
    /// <returns>The new envelope.</returns>
    public async Task<byte[]> ReWrapAsync(ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken = default)
    {
        var header = Require(envelope.Span, EnvelopeMode.WrappedKey);
        var wrapped = EnvelopeEncryptor.WrappedKeyOf(header, envelope.Span);
        var name = EnvelopeEncryptor.NameOf(wrapped);
        if (!_wrapped.TryGetValue(name, out var replacement))
            _wrapped[name] = replacement = await ReWrapAsync(wrapped, EncryptionContext.Empty, cancellationToken).ConfigureAwait(false);
        return EnvelopeWriter.ReplaceWrappedKey(envelope.Span, replacement);
    }

    /// <summary>Re-wraps an encrypted file in its place: whole or not at all, even when the process is killed.</summary>
    /// <param name="path">The envelope.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the work; the file stays as it was.</param>
    /// <exception cref="IOException">The file cannot be read or replaced.</exception>
    public async Task ReWrapFileAsync(string path, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(context);
        var source = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, Options = FileOptions.SequentialScan });
        await using (source.ConfigureAwait(false))
        {
            var start = new byte[LargestHeaderInBytes];
            var count = await source.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            var header = Require(start.AsSpan(0, count), mode: null);
            // A small value's data key serves values with different contexts, so it is bound to none.
            var bound = header.Mode == EnvelopeMode.Chunked ? context : EncryptionContext.Empty;
            var replacement = await ReWrapAsync(EnvelopeEncryptor.WrappedKeyOf(header, start.AsSpan(0, count)), bound, cancellationToken).ConfigureAwait(false);
            using var destination = PendingFile.Create(path);
            await destination.Stream.WriteAsync(EnvelopeWriter.ReplaceWrappedKey(start.AsSpan(0, count), replacement), cancellationToken).ConfigureAwait(false);
            await source.CopyToAsync(destination.Stream, cancellationToken).ConfigureAwait(false);
            destination.Commit(overwrite: true);
        }
    }

    private async Task<WrappedDataKey> ReWrapAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken)
    {
        using var dataKey = await from.UnwrapDataKeyAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        return await to.WrapDataKeyAsync(key, dataKey, context, cancellationToken).ConfigureAwait(false);
    }

    private static EnvelopeHeader Require(ReadOnlySpan<byte> start, EnvelopeMode? mode)
    {
        if (!EnvelopeHeader.TryParse(start, out var header) || (mode is not null && header.Mode != mode && header.Mode != EnvelopeMode.Direct))
            throw EnvelopeEncryptor.Failed();
        return header.CanReWrap
            ? header
            : throw new KeyreeveClientException(
                ClientError.InvalidOptions,
                header.Mode == EnvelopeMode.Direct
                    ? "This envelope has no data key of its own: the server re-encrypts it (ReencryptAsync)."
                    : "This envelope is of version 1, whose body is bound to its wrapped key: decrypt it and encrypt it anew.",
                cause: null);
    }
}
