using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// Who keeps the keys that wrap data keys: Keyreeve, another vendor's key manager, a token. All that envelopes need of it.
/// </summary>
/// <remarks>
/// <para>Thread safe; lives as long as the program. Every method may throw <see cref="KeyreeveClientException"/>.</para>
/// <para>Whatever is wrong with a wrapped key, its id or its context, unwrapping it is one and the same
/// <see cref="ClientError.CryptographicFailure"/>.</para>
/// </remarks>
public interface IKeyProvider : IAsyncDisposable
{
    /// <summary>What it is called in the configuration: <c>keyreeve</c>, <c>kmip</c>, <c>pkcs11</c>.</summary>
    string Kind { get; }

    /// <summary>Makes a data key of 32 bytes, in clear and wrapped.</summary>
    /// <param name="key">Name or identifier of the key that wraps it.</param>
    /// <param name="context">Bound to the wrapped key; needed again to unwrap it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<DataKey> GenerateDataKeyAsync(string key, EncryptionContext context, CancellationToken cancellationToken = default);

    /// <summary>Wraps a data key that was unwrapped elsewhere, so that its envelopes move here.</summary>
    /// <param name="key">Name or identifier of the key that wraps it.</param>
    /// <param name="dataKey">The data key, 32 bytes; stays the caller's.</param>
    /// <param name="context">Bound to the wrapped key; needed again to unwrap it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<WrappedDataKey> WrapDataKeyAsync(string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default);

    /// <summary>Unwraps a data key; refuses one that is not wrapped under the very key and version that it names.</summary>
    /// <param name="wrapped">What was made here.</param>
    /// <param name="context">The same as when it was wrapped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<SecretBytes> UnwrapDataKeyAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default);

    /// <summary>Unwraps many data keys, in as few round trips as the provider can; null for each that cannot be unwrapped.</summary>
    /// <param name="wrapped">What was made here.</param>
    /// <param name="context">The same as when they were wrapped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    async Task<IReadOnlyList<SecretBytes?>> UnwrapDataKeysAsync(
        IReadOnlyList<WrappedDataKey> wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        var secrets = new SecretBytes?[wrapped.Count];
        for (var i = 0; i < wrapped.Count; i++)
        {
            try
            {
                secrets[i] = await UnwrapDataKeyAsync(wrapped[i], context, cancellationToken).ConfigureAwait(false);
            }
            catch (KeyreeveClientException e) when (e.Is(ClientError.CryptographicFailure))
            {
                secrets[i] = null;
            }
        }

        return secrets;
    }

    /// <summary>Says what a key is; for checks.</summary>
    /// <param name="key">Name or identifier.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ProvidedKey> FindKeyAsync(string key, CancellationToken cancellationToken = default);
}

/// <summary>A key of a key provider.</summary>
/// <param name="Id">By which envelopes name it.</param>
/// <param name="CurrentVersion">The version that wraps now; 0 where the key manager counts none.</param>
/// <param name="State">In the key manager's words, such as <c>Active</c>.</param>
public sealed record ProvidedKey(Guid Id, uint CurrentVersion, string State);
