using System.Buffers.Binary;
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
    private readonly DataKeyCache _cache;
    private readonly EnvelopeEncryptorOptions _options;

    /// <summary>Makes an encryptor that gets its keys from <paramref name="provider"/>, which it does not dispose.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="PlatformNotSupportedException">The suite is XChaCha20-Poly1305 and libsodium is not installed.</exception>
    public EnvelopeEncryptor(IKeyProvider provider, EnvelopeEncryptorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        Provider = provider;
        _options = options ?? new EnvelopeEncryptorOptions();
        _options.Check();
        if (_options.Suite == EnvelopeSuite.XChaCha20Poly1305 && !AeadAlgorithm.XChaCha20Poly1305.IsAvailable)
            throw new PlatformNotSupportedException("XChaCha20-Poly1305 needs libsodium.");
        _cache = new DataKeyCache(_options);
    }

    /// <summary>Makes an encryptor that gets its keys through <paramref name="client"/>, which it does not dispose.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public EnvelopeEncryptor(KeyreeveClient client, EnvelopeEncryptorOptions? options = null)
        : this(new KeyreeveProvider(client, ownsClient: false), options)
    {
    }

    /// <summary>Who keeps the keys.</summary>
    public IKeyProvider Provider { get; }

    /// <summary>Encrypts a small value under the key that <see cref="EnvelopeEncryptorOptions.Key"/> names.</summary>
    /// <inheritdoc cref="EncryptAsync(string, ReadOnlyMemory{byte}, EncryptionContext, CancellationToken)"/>
    public ValueTask<byte[]> EncryptAsync(ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken = default) =>
        EncryptAsync(DefaultKey, plaintext, context, cancellationToken);

    /// <summary>Encrypts a small value.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="context">What the value belongs to; needed again to decrypt it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<byte[]> EncryptAsync(
        string key, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var dataKey = await HoldForEncryptionAsync(key, 1, plaintext.Length, cancellationToken).ConfigureAwait(false);
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
                var dataKey = await HoldForDecryptionAsync(WrappedKeyOf(header, envelope.Span), header.Suite, cancellationToken).ConfigureAwait(false);
                try
                {
                    return Open(envelope.Span, dataKey.WithSuite(header.Suite), context);
                }
                finally
                {
                    dataKey.Release();
                }

            default:
                throw new KeyreeveClientException(
                    ClientError.InvalidOptions, "This is the envelope of a file or stream; decrypt it as a stream.");
        }
    }

    /// <summary>Encrypts a stream to its end under a data key of its own; from file to file on several processors.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="source">Read from where it stands; stays open. What is added to a file meanwhile is not encrypted.</param>
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
        if (WholeFile.Between(source, destination) is { } files)
            return await files.EncryptAsync(this, key, context, progress, cancellationToken).ConfigureAwait(false);
        var total = source.CanSeek ? source.Length - source.Position : (long?)null;
        var (encrypting, wrapped) = await BeginAsync(key, destination, context, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Begins an envelope that is written to; <see cref="ChunkedEncryptingStream.CompleteAsync"/> ends it.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="destination">Gets the envelope; stays open.</param>
    /// <param name="context">What the contents belong to; needed again to decrypt them.</param>
    /// <param name="cancellationToken">Ends the wait for the data key.</param>
    public async Task<ChunkedEncryptingStream> OpenWriteAsync(
        string key, Stream destination, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(context);
        return (await BeginAsync(key, destination, context, cancellationToken).ConfigureAwait(false)).Encrypting;
    }

    /// <summary>Wipes at once all data keys that a key wrapped, here; to be called when it was disabled or destroyed.</summary>
    /// <param name="keyId">Identifier of the key.</param>
    public void Forget(Guid keyId) => _cache.Forget(keyId);

    /// <summary>Wipes the data keys.</summary>
    public void Dispose() => _cache.Dispose();

    internal string DefaultKey => _options.Key ?? throw new KeyreeveClientException(
        ClientError.InvalidOptions, "No key is named: say which in the call, or by 'key = NAME' in the section [client] of the configuration.");

    internal Task<OpenedEnvelope> OpenAsync(Stream source, EncryptionContext context, CancellationToken cancellationToken) =>
        OpenedEnvelope.OpenAsync(this, source, context, cancellationToken);

    internal static KeyreeveClientException Failed(Exception? cause = null) => DecryptionFailure.Create(cause);

    internal static WrappedDataKey WrappedKeyOf(EnvelopeHeader header, ReadOnlySpan<byte> envelope) =>
        new(header.UniqueIdentifier, header.KeyVersion, header.WrappedKeyIn(envelope));

    internal static byte[] Open(ReadOnlySpan<byte> envelope, CommittingAead dataKey, EncryptionContext context)
    {
        if (!EnvelopeReader.TryGetPlaintextLength(envelope, out var length))
            throw Failed();
        var plaintext = new byte[length];
        return EnvelopeReader.TryOpen(envelope, dataKey, context, plaintext, out _) ? plaintext : throw Failed();
    }

    // Others may wait for the same data key: one caller's cancellation does not end the fetch, only the provider's time limit does.
    internal ValueTask<CachedDataKey> HoldForEncryptionAsync(string key, int values, long bytes, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var use = new DataKeyUse(key, values, bytes);
        if (_cache.TryHold(use) is not { } held)
            return HoldGeneratedAsync(use, cancellationToken);
        if (_cache.IsDue(held))
            RefreshGenerated(key);
        return new ValueTask<CachedDataKey>(held);
    }

    internal ValueTask<CachedDataKey> HoldForDecryptionAsync(WrappedDataKey wrapped, EnvelopeSuite suite, CancellationToken cancellationToken)
    {
        var use = DataKeyUse.Decryption(NameOf(wrapped));
        if (_cache.TryHold(use) is not { } held)
            return HoldUnwrappedAsync(use, wrapped, suite, cancellationToken);
        if (_cache.IsDue(held))
            RefreshUnwrapped(use.Name, wrapped, suite);
        return new ValueTask<CachedDataKey>(held);
    }

    /// <summary>Holds the data keys of many envelopes; those that are not in the cache are asked for together.</summary>
    internal Task<HeldDataKeys> HoldManyAsync(IReadOnlyList<BoundValue> envelopes, CancellationToken cancellationToken) =>
        new DataKeyBatch(Provider, _cache, _options).HoldAsync(envelopes, cancellationToken);

    /// <summary>Unwraps the data key of a file or stream, which is used once and not kept.</summary>
    internal async Task<SecretBytes> UnwrapOnceAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken)
    {
        SecretBytes secret;
        try
        {
            secret = await Provider.UnwrapDataKeyAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Error is ClientError.CryptographicFailure)
        {
            // Whose failure it is, the provider's or the envelope's, would say what was wrong.
            throw Failed(e);
        }

        if (secret.LengthInBytes == CommittingAead.KeySizeInBytes)
            return secret;
        secret.Dispose();
        throw Failed();
    }

    /// <summary>A data key for one file or stream, bound to its context.</summary>
    internal async Task<DataKey> GenerateOnceAsync(string key, EncryptionContext context, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        var dataKey = await Provider.GenerateDataKeyAsync(key, context, cancellationToken).ConfigureAwait(false);
        try
        {
            CheckVersion(dataKey.WrappedKey);
            return dataKey;
        }
        catch
        {
            dataKey.Dispose();
            throw;
        }
    }

    private async Task<(ChunkedEncryptingStream Encrypting, WrappedDataKey Wrapped)> BeginAsync(
        string key, Stream destination, EncryptionContext context, CancellationToken cancellationToken)
    {
        using var dataKey = await GenerateOnceAsync(key, context, cancellationToken).ConfigureAwait(false);
        return (new ChunkedEncryptingStream(destination, dataKey.Plaintext, dataKey.WrappedKey, context, leaveOpen: true), dataKey.WrappedKey);
    }

    // Apart from those who find a key in the cache, who so pay for no closure.
    private void RefreshGenerated(string key) => _cache.Refresh(key, () => GenerateAsync(key));

    private void RefreshUnwrapped(string name, WrappedDataKey wrapped, EnvelopeSuite suite) => _cache.Refresh(name, () => UnwrapAsync(wrapped, suite));

    private ValueTask<CachedDataKey> HoldUnwrappedAsync(DataKeyUse use, WrappedDataKey wrapped, EnvelopeSuite suite, CancellationToken cancellationToken) =>
        _cache.HoldAsync(use, () => UnwrapAsync(wrapped, suite), cancellationToken);

    private ValueTask<CachedDataKey> HoldGeneratedAsync(DataKeyUse use, CancellationToken cancellationToken) =>
        _cache.HoldAsync(use, () => GenerateAsync(use.Name), cancellationToken);

    private async Task<CachedDataKey> GenerateAsync(string key)
    {
        using var dataKey = await Provider.GenerateDataKeyAsync(key, EncryptionContext.Empty).ConfigureAwait(false);
        CheckVersion(dataKey.WrappedKey);
        return new CachedDataKey(dataKey.Plaintext.Clone(), _options.Suite, dataKey.WrappedKey, _options.TimeProvider.GetTimestamp()) { Alias = NameOf(dataKey.WrappedKey) };
    }

    private async Task<CachedDataKey> UnwrapAsync(WrappedDataKey wrapped, EnvelopeSuite suite)
    {
        var secret = await UnwrapOnceAsync(wrapped, EncryptionContext.Empty, CancellationToken.None).ConfigureAwait(false);
        return new CachedDataKey(secret, suite, wrapped, _options.TimeProvider.GetTimestamp());
    }

    private async Task<byte[]> DecryptByServerAsync(ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken)
    {
        if (Provider is not KeyreeveProvider keyreeve)
            throw Failed();
        try
        {
            return (await keyreeve.Client.DecryptAsync(envelope, context, cancellationToken).ConfigureAwait(false)).Plaintext;
        }
        catch (KeyreeveClientException e) when (DecryptionFailure.Is(e))
        {
            throw Failed(e);
        }
    }

    private void CheckVersion(WrappedDataKey wrapped)
    {
        if (_options.KeyVersion is { } wanted && wrapped.KeyVersion != wanted)
        {
            throw new KeyreeveClientException(
                ClientError.InvalidOptions, $"Version {wrapped.KeyVersion} of the key is the current one, and the configuration allows version {wanted} alone.");
        }
    }

    /// <summary>What a wrapped key is called in the cache; a blank keeps it apart from the names of keys.</summary>
    internal static string NameOf(WrappedDataKey wrapped)
    {
        Span<byte> key = stackalloc byte[16 + sizeof(uint) + SHA256.HashSizeInBytes];
        wrapped.KeyId.TryWriteBytes(key, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(key[16..], wrapped.KeyVersion);
        SHA256.HashData(wrapped.Wrapped, key[20..]);
        return " " + Convert.ToBase64String(key);
    }
}
