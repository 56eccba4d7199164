using System.Text.Json;
using Keyreeve.Client.Envelopes;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>Has the server encrypt and decrypt many small values in one round trip: up to 1000 of them, or 3 MiB as JSON.</summary>
/// <remarks>Larger batches are sent in parts. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public static class ServerBatch
{
    private const int MostItems = 1000;
    private const int MostBytes = 3 * 1024 * 1024;

    /// <summary>Encrypts values under the current version of a key.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="values">The values, each at most 64 KiB and with its own context.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ciphertexts, in the order of the values.</returns>
    public static async Task<IReadOnlyList<ServerCiphertext>> EncryptManyAsync(
        this KeyreeveClient client, string key, IReadOnlyList<BoundValue> values, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(values);
        var path = $"{NamedKeys.PathOf(key)}/encrypt-batch";
        var made = new List<ServerCiphertext>(values.Count);
        foreach (var part in PartsOf(values))
        {
            using var body = BodyOf(part, "plaintext");
            var request = new RestRequest(HttpMethod.Post, path) { Body = body.Written, ChangesNothing = true };
            using var answer = await client.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
            made.AddRange(RequireAll(answer.Read(ClientJson.Default.ServerCiphertexts).Items, part.Count));
        }

        return made;
    }

    /// <summary>Decrypts values. All or nothing: where one does not decrypt, none is given out.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="ciphertexts">The envelopes, under any keys, each with its own context.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The values, in the order of the envelopes.</returns>
    public static async Task<IReadOnlyList<ServerPlaintext>> DecryptManyAsync(
        this KeyreeveClient client, IReadOnlyList<BoundValue> ciphertexts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(ciphertexts);
        var opened = await OpenAsync(client, ciphertexts, cancellationToken).ConfigureAwait(false);
        try
        {
            return [.. opened.Select(static item => item.Secret is { } secret && item.KeyId is { } id
                ? PlaintextOf(secret, id, item.Version)
                : throw new KeyreeveClientException(item.Error ?? ClientError.UnexpectedAnswer, "A value of the batch was not decrypted.", cause: null))];
        }
        finally
        {
            opened.ForEach(static item => item.Secret?.Dispose());
        }
    }

    /// <summary>Unwraps data keys; null for each that cannot be, or is not wrapped under the key and version that it says.</summary>
    /// <param name="client">The connection.</param>
    /// <param name="wrapped">What <see cref="DataKey.WrappedKey"/> was.</param>
    /// <param name="context">The same as when they were made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The data keys, in their order; the caller disposes of them.</returns>
    public static async Task<IReadOnlyList<SecretBytes?>> UnwrapDataKeysAsync(
        this KeyreeveClient client, IReadOnlyList<WrappedDataKey> wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        var values = wrapped.Select(key => new BoundValue(key.Wrapped.ToArray(), context)).ToArray();
        var opened = await OpenAsync(client, values, cancellationToken).ConfigureAwait(false);
        var secrets = new SecretBytes?[wrapped.Count];
        try
        {
            for (var i = 0; i < secrets.Length; i++)
                secrets[i] = SecretOf(opened[i], wrapped[i]);
            return secrets;
        }
        catch
        {
            opened.ForEach(static item => item.Secret?.Dispose());
            throw;
        }
    }

    private static SecretBytes? SecretOf(SecretItem item, WrappedDataKey wrapped)
    {
        if (item.Secret is { } secret && Guid.TryParse(item.KeyId, out var id) && id == wrapped.KeyId && item.Version == wrapped.KeyVersion)
            return secret;
        item.Secret?.Dispose();
        // What is no failed decryption, such as a missing right or a disabled key, is said.
        return item.Error is null || DecryptionFailure.IsNamed(item.Error)
            ? null
            : throw new KeyreeveClientException(item.Error, "A data key was not unwrapped.", cause: null);
    }

    private static async Task<List<SecretItem>> OpenAsync(KeyreeveClient client, IReadOnlyList<BoundValue> ciphertexts, CancellationToken cancellationToken)
    {
        var opened = new List<SecretItem>(ciphertexts.Count);
        try
        {
            foreach (var part in PartsOf(ciphertexts))
            {
                using var body = BodyOf(part, "ciphertext");
                var request = new RestRequest(HttpMethod.Post, "/v1/decrypt-batch") { Body = body.Written, ChangesNothing = true };
                using var answer = await client.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
                var items = SecretAnswer.ReadItems(answer.Span);
                opened.AddRange(items);
                RequireAll(items, part.Count);
            }

            return opened;
        }
        catch
        {
            opened.ForEach(static item => item.Secret?.Dispose());
            throw;
        }
    }

    private static ServerPlaintext PlaintextOf(SecretBytes secret, string keyId, int version)
    {
        using var lease = secret.Reveal();
        return new ServerPlaintext(lease.Span.ToArray(), keyId, version);
    }

    private static SecretBuffer BodyOf(IReadOnlyList<BoundValue> part, string name)
    {
        var body = new SecretBuffer(part.Sum(SizeOf) + 1024);
        RequestBody.Write(body, writer =>
        {
            writer.WriteStartArray("items");
            foreach (var value in part)
                WriteItem(writer, name, value);
            writer.WriteEndArray();
        });
        return body;
    }

    private static void WriteItem(Utf8JsonWriter writer, string name, BoundValue value)
    {
        writer.WriteStartObject();
        writer.WriteBase64String(name, value.Content.Span);
        if (value.Context.Pairs.Count > 0)
            RequestBody.WriteContext(writer, "context", value.Context);
        writer.WriteEndObject();
    }

    private static IEnumerable<IReadOnlyList<BoundValue>> PartsOf(IReadOnlyList<BoundValue> values)
    {
        var part = new List<BoundValue>();
        var size = 0;
        foreach (var value in values)
        {
            if (part.Count == MostItems || (part.Count > 0 && size + SizeOf(value) > MostBytes))
            {
                yield return part;
                part = [];
                size = 0;
            }

            part.Add(value);
            size += SizeOf(value);
        }

        if (part.Count > 0)
            yield return part;
    }

    /// <summary>As JSON, at most: every character of the context may be written as <c>\uXXXX</c>.</summary>
    private static int SizeOf(BoundValue value) => (value.Content.Length * 4 / 3) + (value.Context.CanonicalBytes.Length * 6) + 64;

    private static List<T> RequireAll<T>(List<T> items, int count) => items.Count == count ? items : throw SecretAnswer.Incomplete();
}
