using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Client.Connecting;
using Keyreeve.Client.Envelopes;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Client;

/// <summary>
/// Keys of any KMIP server from version 1.4 on that encrypts with AES-GCM: data keys are made here, and wrapped and unwrapped by the
/// server, which never gives its key away.
/// </summary>
/// <remarks>A key is an AES key that is Active and may Encrypt and Decrypt, named by its Name or its Unique Identifier.</remarks>
public sealed class KmipProvider : IKeyProvider
{
    private const int TagSizeInBytes = 16;

    private static readonly ImmutableArray<ProtocolVersion> Versions = [ProtocolVersion.Kmip21, ProtocolVersion.Kmip20, ProtocolVersion.Kmip14];

    private readonly ImmutableArray<KmipClient> _clients;
    private readonly ServerRing<KmipClient> _ring;

    /// <summary>Reads certificates and keys; connects at the first request.</summary>
    /// <param name="options">Servers are given as <c>kmip://host:port</c>. A purpose is sent as Keyreeve takes it over KMIP; other servers pass it over.</param>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.InvalidOptions"/>: the message says why.</exception>
    public KmipProvider(ClientOptions options)
        : this(Check(options), [.. options.Servers.Select(server => Connect(options, options.Complete(server)))])
    {
    }

    /// <summary>Reaches servers as <paramref name="servers"/> says, in their order; the time limits are those of <paramref name="options"/>.</summary>
    public KmipProvider(ClientOptions options, ImmutableArray<KmipClientOptions> servers)
    {
        ArgumentNullException.ThrowIfNull(options);
        _clients = [.. servers.Select(server => new KmipClient(server.Versions.Length == 1 ? server : server with { Versions = Versions }))];
        var names = servers.Select(static server => $"{server.Host}:{server.Port}").ToArray();
        _ring = new ServerRing<KmipClient>(
            [.. _clients.Select((client, i) => (names[i], For(options.Purpose, client)))], options.LimitsWith(TimeProvider.System), static (client, token) =>
                AskAsync(client, async (c, t) => await c.QueryAsync([QueryFunction.QueryServerInformation], t).ConfigureAwait(false), token));
    }

    /// <inheritdoc/>
    public string Kind => "kmip";

    /// <summary>How it stands with the servers, in the order of preference.</summary>
    public IReadOnlyList<KeyServerCondition> Servers => _ring.Conditions;

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
    public Task<WrappedDataKey> WrapDataKeyAsync(string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(dataKey);
        ArgumentNullException.ThrowIfNull(context);
        return RunAsync(async (client, token) =>
        {
            var identifier = await LocateAsync(client, key, token).ConfigureAwait(false);
            var keyId = KmipWrappedKey.IdOf(identifier);
            // The request is pinned and wiped; the copy in the message is wiped with the message.
            var plaintext = GC.AllocateUninitializedArray<byte>(dataKey.LengthInBytes, pinned: true);
            try
            {
                using (var lease = dataKey.Reveal())
                    lease.Span.CopyTo(plaintext);
                using var answer = await client.SendAsync(
                    new EncryptRequest
                    {
                        UniqueIdentifier = UniqueIdentifier.From(identifier),
                        CryptographicParameters = Gcm with { RandomIV = true },
                        Data = DataReference.From(plaintext),
                        AuthenticatedEncryptionAdditionalData = KmipWrappedKey.AssociatedData(keyId, context),
                    },
                    token).ConfigureAwait(false);
                return KmipWrappedKey.Write(identifier, answer.Payload);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(plaintext);
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SecretBytes> UnwrapDataKeyAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        if (!KmipWrappedKey.TryRead(wrapped, out var parts))
            throw DecryptionFailure.Create();
        try
        {
            return await RunAsync(async (client, token) =>
            {
                using var answer = await client.SendAsync(Decryption(parts, wrapped.KeyId, context), token).ConfigureAwait(false);
                return ReadSecret(answer.Payload);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (DecryptionFailure.Is(e))
        {
            throw DecryptionFailure.Create(e);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SecretBytes?>> UnwrapDataKeysAsync(
        IReadOnlyList<WrappedDataKey> wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        ArgumentNullException.ThrowIfNull(context);
        return await RunAsync(async (client, token) =>
        {
            var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Continue };
            var items = new KmipBatchItem<DecryptResponse>?[wrapped.Count];
            for (var i = 0; i < wrapped.Count; i++)
                items[i] = KmipWrappedKey.TryRead(wrapped[i], out var parts) ? batch.Add(Decryption(parts, wrapped[i].KeyId, context)) : null;
            var secrets = new SecretBytes?[wrapped.Count];
            if (batch.Count == 0)
                return secrets;
            using var answer = await client.SendAsync(batch, token).ConfigureAwait(false);
            for (var i = 0; i < wrapped.Count; i++)
                secrets[i] = items[i] is { } item ? TryGet(answer, item) : null;
            return secrets;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<ProvidedKey> FindKeyAsync(string key, CancellationToken cancellationToken = default) => RunAsync(async (client, token) =>
    {
        var identifier = await LocateAsync(client, key, token).ConfigureAwait(false);
        var attributes = await client.GetAttributesAsync(UniqueIdentifier.From(identifier), [Tag.State], token).ConfigureAwait(false);
        return new ProvidedKey(KmipWrappedKey.IdOf(identifier), 0, attributes.Find(Tag.State) is { } state ? state.AsEnumeration<State>().ToString() : "Unknown");
    }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _ring.Dispose();
        foreach (var client in _clients)
            await client.DisposeAsync().ConfigureAwait(false);
    }

    // docs/policy.md: a Message Extension of the vendor Keyreeve. Not critical, so that a server that has no purposes is none the wiser.
    private static KmipClient For(string? purpose, KmipClient client) => purpose is null ? client : client.With(new KmipRequestOptions
    {
        MessageExtensions =
        [
            new MessageExtension
            {
                VendorIdentification = "Keyreeve",
                VendorExtension = KmipValue.Structure(new KmipField(Tag.AttributeName, KmipValue.Text("purpose")), new KmipField(Tag.AttributeValue, KmipValue.Text(purpose))),
            },
        ],
    });

    private static CryptographicParameters Gcm => new()
    {
        BlockCipherMode = BlockCipherMode.GCM, CryptographicAlgorithm = CryptographicAlgorithm.AES, TagLength = TagSizeInBytes,
    };

    private static ClientOptions Check(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check("kmip");
        return options;
    }

    private static KmipClientOptions Connect(ClientOptions options, KeyServer server) => new()
    {
        Host = server.Address.Host.Trim('[', ']'),
        Port = server.Address.Port,
        Tls = ClientTls.Create(server),
        Versions = Versions,
        Authentication = server.User is { } user ? AuthenticationOf(user, server.Password) : null,
        ConnectTimeout = options.ConnectTimeLimit,
        RequestTimeout = options.RequestTimeLimit,
    };

    private static Authentication AuthenticationOf(string user, SecretReference? password)
    {
        using var secret = password?.Read();
        var credential = new UsernameAndPasswordCredential { Username = user };
        if (secret is not null)
        {
            // The credential is made once and sent with every request, for as long as the client lives.
            using var lease = secret.Reveal();
            credential = credential with { Password = lease.Span.ToArray() };
        }

        return new Authentication { Credentials = [Credential.From(credential)] };
    }

    private Task<T> RunAsync<T>(Func<KmipClient, CancellationToken, Task<T>> request, CancellationToken cancellationToken) =>
        _ring.RunAsync((client, token) => AskAsync(client, request, token), isRepeatable: true, cancellationToken);

    private static async Task<T> AskAsync<T>(KmipClient client, Func<KmipClient, CancellationToken, Task<T>> request, CancellationToken cancellationToken)
    {
        try
        {
            return await request(client, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (AttemptFailedException or OperationCanceledException))
        {
            if (KmipFailures.TryTranslate(e) is { } failure)
                throw failure;
            throw;
        }
    }

    /// <summary>The one Active key of a name; or the object of an identifier, where no object has the name.</summary>
    private static async Task<string> LocateAsync(KmipClient client, string key, CancellationToken cancellationToken)
    {
        var found = await client.LocateAsync(
            new AttributeList(KmipAttribute.Name(key), KmipAttribute.ObjectType(ObjectType.SymmetricKey), KmipAttribute.State(State.Active)),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        return found.Length switch
        {
            0 => key,
            1 => found[0].ToString(),
            _ => throw new KeyreeveClientException(ClientError.InvalidOptions, $"{found.Length} active keys have the name '{key}'; give the Unique Identifier of one.", cause: null),
        };
    }

    private static DecryptRequest Decryption(KmipWrappedKey parts, Guid keyId, EncryptionContext context) => new()
    {
        UniqueIdentifier = UniqueIdentifier.From(parts.Identifier),
        CryptographicParameters = Gcm,
        Data = DataReference.From(parts.Ciphertext),
        IVCounterNonce = parts.Nonce,
        AuthenticatedEncryptionAdditionalData = KmipWrappedKey.AssociatedData(keyId, context),
        AuthenticatedEncryptionTag = parts.Tag,
    };

    private static SecretBytes ReadSecret(DecryptResponse payload) =>
        payload.Data is { Length: CommittingAead.KeySizeInBytes } bytes ? SecretBytes.CopyFrom(bytes.Span) : throw DecryptionFailure.Create();

    private static SecretBytes? TryGet(KmipBatchResponse answer, KmipBatchItem<DecryptResponse> item)
    {
        try
        {
            return ReadSecret(answer.Get(item));
        }
        catch (KmipException e) when (KmipFailures.IsFailedDecryption(e))
        {
            return null;
        }
    }
}
