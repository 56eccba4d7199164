using System.Collections.Concurrent;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11;

namespace Keyreeve.Client.Pkcs11;

/// <summary>
/// Keys of a token of this machine: data keys are made here, and wrapped and unwrapped by the token with AES-256-GCM. The key stays in
/// the token; it is an AES key, named by its label, that may encrypt and decrypt.
/// </summary>
/// <remarks>Thread safe. One process owns a token: where several programs need it, put a key server before it.</remarks>
public sealed class TokenProvider : IKeyProvider
{
    private readonly HsmToken _token;
    private readonly bool _ownsToken;
    private readonly ConcurrentDictionary<Guid, byte[]> _ids = new();

    /// <summary>Wraps by a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="ownsToken">Whether it is disposed of with the provider.</param>
    public TokenProvider(HsmToken token, bool ownsToken = true)
    {
        ArgumentNullException.ThrowIfNull(token);
        _token = token;
        _ownsToken = ownsToken;
    }

    /// <inheritdoc/>
    public string Kind => "pkcs11";

    /// <summary>Opens the token that a configuration names: <c>settings.OpenProvider(TokenProvider.Open)</c>.</summary>
    public static IKeyProvider Open(TokenSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = new HsmOptions { ModulePath = settings.ModulePath, TokenLabel = settings.TokenLabel, PinFile = settings.PinFile };
        return new TokenProvider(new HsmToken(options, TimeProvider.System, static _ => { }));
    }

    /// <inheritdoc/>
    public async Task<DataKey> GenerateDataKeyAsync(string key, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        var plaintext = SecretBytes.Random(CommittingAead.KeySizeInBytes);
        try
        {
            return new DataKey(plaintext, await WrapDataKeyAsync(key, plaintext, context, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            plaintext.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<WrappedDataKey> WrapDataKeyAsync(
        string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(context);
        var found = await FindAsync(key, cancellationToken).ConfigureAwait(false);
        return await RunAsync(session => TokenWrappedKey.Wrap(session, found.Id, found.TokenId, dataKey, context), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<SecretBytes> UnwrapDataKeyAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        if (!_ids.TryGetValue(wrapped.KeyId, out var tokenId))
        {
            foreach (var known in await RunAsync(TokenWrappedKey.List, cancellationToken).ConfigureAwait(false))
                _ids[known.Id] = known.TokenId;
            if (!_ids.TryGetValue(wrapped.KeyId, out tokenId))
                throw Failed();
        }

        return await RunAsync(session => TokenWrappedKey.TryUnwrap(session, tokenId, wrapped, context), cancellationToken).ConfigureAwait(false) ?? throw Failed();
    }

    /// <inheritdoc/>
    public async Task<ProvidedKey> FindKeyAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return new ProvidedKey((await FindAsync(key, cancellationToken).ConfigureAwait(false)).Id, 0, "Active");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_ownsToken)
            _token.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(Guid Id, byte[] TokenId)> FindAsync(string label, CancellationToken cancellationToken)
    {
        var found = await RunAsync(session => TokenWrappedKey.Find(session, label), cancellationToken).ConfigureAwait(false);
        return found.Count switch
        {
            1 => found[0],
            0 => throw new KeyreeveClientException(ClientError.ItemNotFound, $"The token has no AES key labelled '{label}' with a CKA_ID.", cause: null),
            _ => throw new KeyreeveClientException(ClientError.InvalidOptions, $"The token has {found.Count} AES keys labelled '{label}'.", cause: null),
        };
    }

    private async Task<T> RunAsync<T>(Func<TokenSession, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await _token.RunAsync(work, isRepeatable: true, cancellationToken).ConfigureAwait(false);
        }
        catch (HsmException e)
        {
            var error = e.State is HsmState.PinRefused ? ClientError.AuthenticationFailed : e.State is HsmState.Failing ? ClientError.PermissionDenied : ClientError.ServerUnreachable;
            throw new KeyreeveClientException(error, e.Message, e);
        }
    }

    private static KeyreeveClientException Failed() => new(
        ClientError.CryptographicFailure, "Decryption failed: the key or the context is another, or the envelope was altered or cut short.", cause: null);
}
