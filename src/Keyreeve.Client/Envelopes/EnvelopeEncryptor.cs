using System.Security.Cryptography;
using Keyreeve.Client.Envelopes;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// Encrypts on this machine, under data keys that the server made and wrapped: small values in one piece, files and streams in
/// chunks. What comes out is an envelope that says itself which key opens it.
/// </summary>
/// <remarks>
/// <para>Thread safe; meant to live as long as the program. Every method may throw <see cref="KeyreeveClientException"/>.</para>
/// <para>Every failed decryption is the same <see cref="ClientError.CryptographicFailure"/>, whatever was wrong.</para>
/// <para>
/// A file has a data key of its own, which the server wraps bound to the file's context. Small values share data keys, which are
/// kept for a while (<see cref="EnvelopeEncryptorOptions"/>); their context is bound to each value, not to the data key.
/// </para>
/// </remarks>
public sealed class EnvelopeEncryptor : IDisposable
{
    private readonly KeyreeveClient _client;
    private readonly DataKeyCache _cache;
    private readonly EnvelopeEncryptorOptions _options;

    /// <summary>Makes an encryptor that gets its keys through <paramref name="client"/>, which it does not dispose.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="EnvelopeEncryptorOptions.DataKeyMaxUses"/> is below 1.</exception>
    public EnvelopeEncryptor(KeyreeveClient client, EnvelopeEncryptorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _options = options ?? new EnvelopeEncryptorOptions();
        if (_options.DataKeyMaxUses < 1)
            throw new ArgumentOutOfRangeException(nameof(options), "A data key is used at least once.");
        _cache = new DataKeyCache(_options);
    }

    /// <summary>Encrypts a small value.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="context">What the value belongs to; needed again to decrypt it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<byte[]> EncryptAsync(
        string key, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(context);
        var dataKey = _cache.TryHold(key, forEncryption: true)
            ?? await HoldGeneratedAsync(key, cancellationToken).ConfigureAwait(false);
        try
        {
            return EnvelopeWriter.WriteWrapped(dataKey.Aead, dataKey.Wrapped, context, plaintext.Span);
        }
        finally
        {
            dataKey.Release();
        }
    }

    /// <summary>Decrypts a small value, whether it was encrypted here or by the server.</summary>
    /// <param name="envelope">The envelope.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<byte[]> DecryptAsync(
        ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!EnvelopeHeader.TryParse(envelope.Span, out var header))
            throw Failed();
        switch (header.Mode)
        {
            case EnvelopeMode.Direct:
                return await DecryptByServerAsync(envelope, context, cancellationToken).ConfigureAwait(false);
            case EnvelopeMode.WrappedKey:
                return await DecryptHereAsync(envelope, header, context, cancellationToken).ConfigureAwait(false);
            default:
                throw new KeyreeveClientException(
                    ClientError.InvalidOptions, "This is the envelope of a file or stream; decrypt it as a stream.");
        }
    }

    /// <summary>Encrypts a stream to its end under a data key of its own.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="source">Read from where it stands; stays open.</param>
    /// <param name="destination">Gets the envelope; stays open.</param>
    /// <param name="context">What the contents belong to; needed again to decrypt them.</param>
    /// <param name="progress">Told of each MiB; null for nobody.</param>
    /// <param name="cancellationToken">Ends the work; what was written by then is no envelope that opens.</param>
    public async Task<EnvelopeOutcome> EncryptAsync(
        string key, Stream source, Stream destination, EncryptionContext context,
        IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(context);
        using var dataKey = await _client.GenerateDataKeyAsync(key, context, CommittingAead.KeySizeInBytes, cancellationToken).ConfigureAwait(false);
        var wrapped = Wrapped(dataKey);
        var total = source.CanSeek ? source.Length - source.Position : (long?)null;
        var encrypting = new ChunkedEncryptingStream(destination, dataKey.Plaintext, wrapped, context, leaveOpen: true);
        await using (encrypting.ConfigureAwait(false))
        {
            var done = await OverlappedCopy.RunAsync(
                source, encrypting, bytes => progress?.Report(new FileProgress(bytes, total)), cancellationToken).ConfigureAwait(false);
            await encrypting.CompleteAsync(cancellationToken).ConfigureAwait(false);
            return new EnvelopeOutcome(done, wrapped.KeyId, wrapped.KeyVersion);
        }
    }

    /// <summary>Decrypts a stream to its end.</summary>
    /// <param name="source">The envelope of a file, a stream or a small value, from where it stands; stays open.</param>
    /// <param name="destination">
    /// Gets the plaintext; stays open. When the source can seek, nothing is written before the whole was authenticated, which
    /// means reading it twice. Otherwise each chunk is written once it was authenticated, and that the end was cut off is known
    /// only at the end: whoever reads along must wait for this method.
    /// </param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="progress">Told of each MiB written; null for nobody.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<EnvelopeOutcome> DecryptAsync(
        Stream source, Stream destination, EncryptionContext context,
        IProgress<FileProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var opened = await OpenAsync(source, context, cancellationToken).ConfigureAwait(false);
        await using (opened.Plaintext.ConfigureAwait(false))
        {
            if (!opened.Plaintext.CanSeek)
                return await opened.CopyToAsync(destination, progress, cancellationToken).ConfigureAwait(false);
            await opened.CopyToAsync(Stream.Null, null, cancellationToken).ConfigureAwait(false);
            opened.Plaintext.Position = 0;
            return await opened.CopyToAsync(destination, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens an envelope for reading; only authenticated bytes come out, and seeking decrypts no more than is read.</summary>
    /// <param name="source">The envelope, from where it stands; stays open and is not moved by others meanwhile.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the wait for the data key.</param>
    /// <returns>A stream that throws <see cref="CryptographicException"/> where the envelope was altered or cut short.</returns>
    public async Task<Stream> OpenReadAsync(Stream source, EncryptionContext context, CancellationToken cancellationToken = default) =>
        (await OpenAsync(source, context, cancellationToken).ConfigureAwait(false)).Plaintext;

    /// <summary>Wipes the data keys.</summary>
    public void Dispose() => _cache.Dispose();

    internal Task<OpenedEnvelope> OpenAsync(Stream source, EncryptionContext context, CancellationToken cancellationToken) =>
        OpenedEnvelope.OpenAsync(_client, this, source, context, cancellationToken);

    internal static KeyreeveClientException Failed(Exception? cause = null) =>
        new(
            ClientError.CryptographicFailure,
            "Decryption failed: the key or the context is another, or the envelope was altered or cut short.",
            (cause as KeyreeveClientException)?.Status,
            (cause as KeyreeveClientException)?.CorrelationId,
            cause);

    /// <summary>Has the server unwrap a data key. What it does not know looks like what it cannot decrypt: ids may be altered too.</summary>
    internal static async Task<SecretBytes> UnwrapAsync(
        KeyreeveClient client, ReadOnlyMemory<byte> wrapped, EncryptionContext context, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await client.UnwrapDataKeyAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
            if (secret.LengthInBytes == CommittingAead.KeySizeInBytes)
                return secret;
            secret.Dispose();
            throw Failed();
        }
        catch (KeyreeveClientException e) when (IsFailedDecryption(e))
        {
            throw Failed(e);
        }
    }

    private static bool IsFailedDecryption(KeyreeveClientException e) =>
        e.Is(ClientError.CryptographicFailure) || e.Is(ClientError.ItemNotFound) || e.Is("InvalidField");

    private static WrappedDataKey Wrapped(DataKey dataKey) =>
        Guid.TryParse(dataKey.KeyId, out var id)
            ? new WrappedDataKey(id, (uint)dataKey.Version, dataKey.Wrapped)
            : throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server named the key by something else than a UUID.");

    // Others may wait for the same data key: one caller's cancellation does not end the fetch, only the client's time limit does.
    private ValueTask<CachedDataKey> HoldGeneratedAsync(string key, CancellationToken cancellationToken) =>
        _cache.HoldAsync(key, forEncryption: true, () => GenerateAsync(key), cancellationToken);

    private ValueTask<CachedDataKey> HoldUnwrappedAsync(
        string name, ReadOnlyMemory<byte> envelope, EnvelopeHeader header, CancellationToken cancellationToken) =>
        _cache.HoldAsync(name, forEncryption: false, () => UnwrapAsync(envelope, header), cancellationToken);

    private async Task<CachedDataKey> GenerateAsync(string key)
    {
        using var dataKey = await _client.GenerateDataKeyAsync(key, EncryptionContext.Empty).ConfigureAwait(false);
        var wrapped = Wrapped(dataKey);
        var cached = new CachedDataKey(new CommittingAead(dataKey.Plaintext), wrapped, _options.TimeProvider.GetTimestamp());
        _cache.AddAlias(NameOf(wrapped.Wrapped), cached);
        return cached;
    }

    private async Task<byte[]> DecryptByServerAsync(ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken)
    {
        try
        {
            return (await _client.DecryptAsync(envelope, context, cancellationToken).ConfigureAwait(false)).Plaintext;
        }
        catch (KeyreeveClientException e) when (IsFailedDecryption(e))
        {
            throw Failed(e);
        }
    }

    private async Task<byte[]> DecryptHereAsync(
        ReadOnlyMemory<byte> envelope, EnvelopeHeader header, EncryptionContext context, CancellationToken cancellationToken)
    {
        var name = NameOf(header.WrappedKeyIn(envelope.Span));
        var dataKey = _cache.TryHold(name, forEncryption: false)
            ?? await HoldUnwrappedAsync(name, envelope, header, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!EnvelopeReader.TryGetPlaintextLength(envelope.Span, out var length))
                throw Failed();
            var plaintext = new byte[length];
            return EnvelopeReader.TryOpen(envelope.Span, dataKey.Aead, context, plaintext, out _) ? plaintext : throw Failed();
        }
        finally
        {
            dataKey.Release();
        }
    }

    private async Task<CachedDataKey> UnwrapAsync(ReadOnlyMemory<byte> envelope, EnvelopeHeader header)
    {
        var wrapped = new WrappedDataKey(header.UniqueIdentifier, header.KeyVersion, header.WrappedKeyIn(envelope.Span));
        using var secret = await UnwrapAsync(_client, wrapped.Wrapped.ToArray(), EncryptionContext.Empty, CancellationToken.None).ConfigureAwait(false);
        return new CachedDataKey(new CommittingAead(secret, header.Suite), wrapped, _options.TimeProvider.GetTimestamp());
    }

    /// <summary>What a wrapped key is called in the cache; a blank keeps it apart from the names of keys.</summary>
    private static string NameOf(ReadOnlySpan<byte> wrapped) => " " + Convert.ToBase64String(SHA256.HashData(wrapped));
}
