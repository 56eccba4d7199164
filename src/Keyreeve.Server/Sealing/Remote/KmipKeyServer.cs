using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Sealing.Remote;

/// <summary>
/// The other key manager, for as long as one slot is sealed or opened: creates the slot's key there, and has a secret enciphered and
/// deciphered by it. What may be repeated is, after a connection was lost.
/// </summary>
internal sealed class KmipKeyServer(KmipSlotOptions options) : IAsyncDisposable
{
    /// <summary>How the secret was enciphered there, as the seal file says it.</summary>
    public const string Gcm = "aes-gcm";

    /// <summary>Where the other server has no GCM, or speaks a version without its fields.</summary>
    public const string Cbc = "aes-cbc";

    private const int KeySizeInBits = 256;
    private const int TagSizeInBytes = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly KmipClient _client = new(OptionsOf(options));

    /// <summary>Whether the other server enciphers and deciphers itself.</summary>
    public async Task<bool> CanEncryptAsync(CancellationToken cancellationToken)
    {
        if (await RepeatAsync(_client.GetVersionAsync, cancellationToken) < ProtocolVersion.Kmip12) return false;
        var operations = (await RepeatAsync(ct => new ValueTask<QueryResponse>(_client.QueryAsync([QueryFunction.QueryOperations], ct)), cancellationToken)).Operations;
        return operations.Contains(Operation.Encrypt) && operations.Contains(Operation.Decrypt);
    }

    /// <summary>Creates and activates an AES-256 key there. Not repeated, so that none is left behind.</summary>
    public async Task<string> CreateKeyAsync(string name, bool staysThere, CancellationToken cancellationToken)
    {
        ImmutableArray<KmipAttribute> common =
        [
            KmipAttribute.Name(name),
            KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
            KmipAttribute.CryptographicLength(KeySizeInBits),
            KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt),
        ];
        var key = staysThere && await _client.GetVersionAsync(cancellationToken) >= ProtocolVersion.Kmip14
            ? await TryCreateAsync([.. common, KmipAttribute.Sensitive(true), KmipAttribute.Extractable(false)], cancellationToken)
            : null;
        var created = key ?? await _client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(common), cancellationToken);
        await _client.ActivateAsync(created, cancellationToken);
        return created.ToString();
    }

    /// <summary>Has a secret enciphered.</summary>
    public async Task<RemoteCiphertext> EncryptAsync(string key, SecretBytes secret, CancellationToken cancellationToken)
    {
        if (await RepeatAsync(_client.GetVersionAsync, cancellationToken) >= ProtocolVersion.Kmip14)
        {
            try
            {
                var enciphered = await EncryptAsync(key, Gcm, secret, cancellationToken);
                if (enciphered is { Nonce.Length: > 0, Tag.Length: TagSizeInBytes }) return enciphered;
            }
            catch (KmipException)
            {
                // Not GCM, then; if it is something else, CBC is refused for the same reason, which is told.
            }
        }

        return await EncryptAsync(key, Cbc, secret, cancellationToken);
    }

    /// <summary>Has a secret deciphered. Whether it is the right one is for the caller to see.</summary>
    public async Task<SecretBytes> DecryptAsync(string key, RemoteCiphertext ciphertext, CancellationToken cancellationToken)
    {
        var request = new DecryptRequest
        {
            UniqueIdentifier = UniqueIdentifier.From(key),
            CryptographicParameters = ParametersOf(ciphertext.Mechanism, randomNonce: null),
            Data = DataReference.From(ciphertext.Bytes),
            IVCounterNonce = ciphertext.Nonce,
            AuthenticatedEncryptionTag = ciphertext.Tag.Length == 0 ? null : new ReadOnlyMemory<byte>(ciphertext.Tag),
        };
        return await RepeatAsync(
            async ct =>
            {
                using var response = await _client.SendAsync(request, ct);
                return SecretBytes.CopyFrom(response.Payload.Data is { } data ? data.Span : default);
            },
            cancellationToken);
    }

    /// <summary>Fetches the key itself.</summary>
    public Task<SecretBytes> FetchAsync(string key, CancellationToken cancellationToken) => RepeatAsync(
        async ct =>
        {
            using var response = await _client.GetAsync(UniqueIdentifier.From(key), KeyFormatType.Raw, ct);
            var material = response.Payload.Object.KeyBlock.KeyValue is { Wrapped: null } value ? value.KeyMaterial.Encoded : default;
            return SecretBytes.CopyFrom(material.Span);
        },
        cancellationToken);

    /// <summary>Destroys a key; one that is not there any more is well.</summary>
    public async Task DestroyAsync(string key, CancellationToken cancellationToken)
    {
        var identifier = UniqueIdentifier.From(key);
        try
        {
            await _client.RevokeAsync(identifier, new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation }, cancellationToken: cancellationToken);
        }
        catch (KmipException refused) when (refused.ResultReason is not null)
        {
            // It is deactivated, or gone, which every version and server says in a word of its own. Destroy says what counts.
        }

        try
        {
            await _client.DestroyAsync(identifier, cancellationToken);
        }
        catch (KmipException gone) when (gone.ResultReason is ResultReason.ItemNotFound or ResultReason.ObjectDestroyed)
        {
            // What was wanted is so.
        }
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private static KmipClientOptions OptionsOf(KmipSlotOptions slot)
    {
        var options = new KmipClientOptions
        {
            Host = slot.Endpoint!.Host,
            Port = slot.Endpoint.Port,
            Tls = KmipSlotTls.OptionsFor(slot),
            MaximumConnections = 1,
            ConnectTimeout = slot.TimeLimit,
            RequestTimeout = slot.TimeLimit,
            MaximumResponseLengthInBytes = 1 << 20,
        };
        return slot.Versions is { } versions ? options with { Versions = versions } : options;
    }

    private async Task<UniqueIdentifier?> TryCreateAsync(ImmutableArray<KmipAttribute> attributes, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(attributes), cancellationToken);
        }
        catch (KmipException)
        {
            return null; // a server that does not know these attributes; a better reason is told by the next try
        }
    }

    private async Task<RemoteCiphertext> EncryptAsync(string key, string mechanism, SecretBytes secret, CancellationToken cancellationToken)
    {
        var plaintext = GC.AllocateUninitializedArray<byte>(secret.LengthInBytes, pinned: true);
        try
        {
            using (var lease = secret.Reveal()) lease.Span.CopyTo(plaintext);
            var request = new EncryptRequest
            {
                UniqueIdentifier = UniqueIdentifier.From(key),
                CryptographicParameters = ParametersOf(mechanism, randomNonce: true),
                Data = DataReference.From(plaintext),
            };
            return await RepeatAsync(
                async ct =>
                {
                    using var response = await _client.SendAsync(request, ct);
                    var payload = response.Payload;
                    return new RemoteCiphertext(
                        mechanism, payload.Data?.ToArray() ?? [], payload.IVCounterNonce?.ToArray() ?? [], payload.AuthenticatedEncryptionTag?.ToArray() ?? []);
                },
                cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static CryptographicParameters ParametersOf(string mechanism, bool? randomNonce) => mechanism is Gcm
        ? new CryptographicParameters
        {
            CryptographicAlgorithm = CryptographicAlgorithm.AES, BlockCipherMode = BlockCipherMode.GCM, TagLength = TagSizeInBytes, RandomIV = randomNonce,
        }
        : new CryptographicParameters
        {
            CryptographicAlgorithm = CryptographicAlgorithm.AES, BlockCipherMode = BlockCipherMode.CBC, PaddingMethod = PaddingMethod.PKCS5, RandomIV = randomNonce,
        };

    private ValueTask<ProtocolVersion> RepeatAsync(Func<CancellationToken, ValueTask<ProtocolVersion>> work, CancellationToken cancellationToken) =>
        new(RepeatAsync<ProtocolVersion>(work, cancellationToken));

    private async Task<T> RepeatAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work(cancellationToken);
            }
            catch (Exception lost) when (attempt < options.Attempts && lost is IOException or SocketException or TimeoutException)
            {
                await Task.Delay(Pause * attempt, cancellationToken);
            }
        }
    }
}

/// <summary>What the other key manager made of a slot's secret.</summary>
/// <param name="Mechanism">How.</param>
/// <param name="Bytes">The ciphertext.</param>
/// <param name="Nonce">Its nonce or initialization vector.</param>
/// <param name="Tag">Its tag; empty if the mode has none.</param>
internal sealed record RemoteCiphertext(string Mechanism, byte[] Bytes, byte[] Nonce, byte[] Tag);
