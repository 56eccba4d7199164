using Keyreeve.Client.Envelopes;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>Keys of a Keyreeve server, over REST.</summary>
/// <param name="client">The connection.</param>
/// <param name="ownsClient">Whether it is disposed of with the provider.</param>
public sealed class KeyreeveProvider(KeyreeveClient client, bool ownsClient = true) : IKeyProvider
{
    /// <inheritdoc/>
    public string Kind => "keyreeve";

    /// <summary>The connection: creates and administers keys, and has the server encrypt and decrypt.</summary>
    public KeyreeveClient Client { get; } = client ?? throw new ArgumentNullException(nameof(client));

    /// <inheritdoc/>
    public async Task<DataKey> GenerateDataKeyAsync(string key, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Client.GenerateDataKeyAsync(key, context, CommittingAead.KeySizeInBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ItemNotFound))
        {
            // Which of a program's keys it is, is the first that whoever reads this wants to know.
            throw new KeyreeveClientException(e.Error, $"There is no key '{key}', or this client may not know of it.", e.Status, e.CorrelationId, e);
        }
    }

    /// <inheritdoc/>
    public Task<WrappedDataKey> WrapDataKeyAsync(
        string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default) =>
        Client.WrapDataKeyAsync(key, dataKey, context, cancellationToken);

    /// <inheritdoc/>
    public async Task<SecretBytes> UnwrapDataKeyAsync(
        WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Client.UnwrapDataKeyAsync(wrapped, context, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (DecryptionFailure.Is(e))
        {
            throw DecryptionFailure.Create(e);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SecretBytes?>> UnwrapDataKeysAsync(
        IReadOnlyList<WrappedDataKey> wrapped, EncryptionContext context, CancellationToken cancellationToken = default) =>
        Client.UnwrapDataKeysAsync(wrapped, context, cancellationToken);

    /// <inheritdoc/>
    public async Task<ProvidedKey> FindKeyAsync(string key, CancellationToken cancellationToken = default)
    {
        var found = await Client.Keys.GetAsync(key, cancellationToken).ConfigureAwait(false);
        return Guid.TryParse(found.Id, out var id)
            ? new ProvidedKey(id, (uint)found.CurrentVersion, found.Enabled ? found.State : "Disabled")
            : throw SecretAnswer.Incomplete();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (ownsClient)
            Client.Dispose();
        return ValueTask.CompletedTask;
    }
}
