using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// A connection to a key manager: creates and administers keys, has the server encrypt and decrypt, and obtains
/// data-encryption keys. To encrypt files and many values, see <see cref="EnvelopeEncryptor"/>.
/// </summary>
/// <remarks>Thread safe; meant to live as long as the program. Every method may throw <see cref="KeyreeveClientException"/>.</remarks>
public sealed class KeyreeveClient : IDisposable
{
    private readonly RestTransport _transport;

    /// <summary>Reads certificates and key; connects at the first request.</summary>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.InvalidOptions"/>: the message says why.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="Crypto.Files.PrivateFileException">Others may read the private key.</exception>
    public KeyreeveClient(ClientOptions options)
        : this(Connect(options))
    {
    }

    internal KeyreeveClient(RestTransport transport)
    {
        _transport = transport;
        Keys = new NamedKeys(_transport);
        Administration = new Administration(_transport);
        Tokens = new Tokens(_transport);
        Grants = new Grants(_transport);
        Policy = new PolicyAdministration(_transport);
        Tenants = new TenantAdministration(_transport);
        Approvals = new Approvals(_transport);
        Seal = new SealAdministration(_transport);
        Authorities = new Authorities(_transport);
        Audit = new AuditTrail(_transport);
    }

    internal RestTransport Transport => _transport;

    /// <summary>The keys: create, list, rotate, disable, destroy.</summary>
    public NamedKeys Keys { get; }

    /// <summary>Who may call: principals and enrolment codes.</summary>
    public Administration Administration { get; }

    /// <summary>Tokens, of one's own or of others.</summary>
    public Tokens Tokens { get; }

    /// <summary>Rights on keys in others' hands.</summary>
    public Grants Grants { get; }

    /// <summary>Who may do what.</summary>
    public PolicyAdministration Policy { get; }

    /// <summary>The tenants, for officers of the root tenant.</summary>
    public TenantAdministration Tenants { get; }

    /// <summary>What takes others to agree.</summary>
    public Approvals Approvals { get; }

    /// <summary>The server's own certificate authorities.</summary>
    public Authorities Authorities { get; }

    /// <summary>The server's root of trust.</summary>
    public SealAdministration Seal { get; }

    /// <summary>The server's audit trail.</summary>
    public AuditTrail Audit { get; }

    /// <summary>How it stands with the servers, in the order of preference, as far as this client knows.</summary>
    public IReadOnlyList<KeyServerCondition> Servers => _transport.Conditions;

    /// <summary>Has the server encrypt a small value under the current version of a key.</summary>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="plaintext">At most 64 KiB.</param>
    /// <param name="context">Bound to the ciphertext; needed again to decrypt.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerCiphertext> EncryptAsync(
        string key, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        using var body = new SecretBuffer(plaintext.Length * 4 / 3 + 1024);
        RequestBody.Write(body, writer =>
        {
            writer.WriteBase64String("plaintext", plaintext.Span);
            RequestBody.WriteContext(writer, "context", context);
        });
        return await PostAsync($"{NamedKeys.PathOf(key)}/encrypt", body.Written, ClientJson.Default.ServerCiphertext, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the server decrypt what <see cref="EncryptAsync"/> made; the ciphertext says itself which key opens it.</summary>
    /// <param name="ciphertext">The envelope.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ServerPlaintext> DecryptAsync(
        ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken = default) =>
        DecryptAtAsync("/v1/decrypt", ciphertext, context, SecretAnswer.ReadPlaintext, cancellationToken);

    /// <summary>As <see cref="DecryptAsync(ReadOnlyMemory{byte}, EncryptionContext, CancellationToken)"/>, and refuses a ciphertext that is not under <paramref name="key"/>.</summary>
    public Task<ServerPlaintext> DecryptAsync(
        string key, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken = default) =>
        DecryptAtAsync($"{NamedKeys.PathOf(key)}/decrypt", ciphertext, context, SecretAnswer.ReadPlaintext, cancellationToken);

    /// <summary>
    /// Has the server decrypt a value, its own or one of <see cref="EnvelopeEncryptor"/>, and give the mask alone that its configuration has
    /// for the value's data class. The caller needs the role MaskedReader, and no right to decrypt.
    /// </summary>
    /// <param name="ciphertext">The envelope of a small value, or of a file of at most 64 KiB.</param>
    /// <param name="context">The same as at encryption; its pair <c>class</c> says the data class.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<MaskedValue> DecryptMaskedAsync(
        ReadOnlyMemory<byte> ciphertext, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        using var body = new SecretBuffer(ciphertext.Length * 4 / 3 + 1024);
        RequestBody.Write(body, writer =>
        {
            writer.WriteBase64String("ciphertext", ciphertext.Span);
            RequestBody.WriteContext(writer, "context", context);
        });
        return await PostAsync("/v1/decrypt-masked", body.Written, ClientJson.Default.MaskedValue, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Opens a wrapped data-encryption key, and refuses one that is not wrapped under the key and version that
    /// <paramref name="wrapped"/> says: from that on, what an envelope says of its key is authentic. Other than with
    /// <c>DecryptAsync</c>, no copy stays in managed memory.
    /// </summary>
    /// <param name="wrapped">What <see cref="DataKey.WrappedKey"/> was.</param>
    /// <param name="context">The same as when it was made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SecretBytes> UnwrapDataKeyAsync(
        WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(wrapped);
        var opened = await DecryptAtAsync("/v1/decrypt", wrapped.Wrapped.ToArray(), context, SecretAnswer.ReadDataKeyOf, cancellationToken).ConfigureAwait(false);
        if (opened.KeyId == wrapped.KeyId && opened.Version == wrapped.KeyVersion)
            return opened.Secret;
        opened.Secret.Dispose();
        throw Envelopes.DecryptionFailure.Create();
    }

    /// <summary>Has the server decrypt and encrypt anew under the current version of <paramref name="key"/>; the plaintext never leaves it.</summary>
    /// <param name="key">Name or identifier of the key to encrypt under; the source key is the envelope's.</param>
    /// <param name="ciphertext">The envelope.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="newContext">What the new ciphertext is bound to; null keeps <paramref name="context"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ServerCiphertext> ReencryptAsync(
        string key,
        ReadOnlyMemory<byte> ciphertext,
        EncryptionContext context,
        EncryptionContext? newContext = null,
        CancellationToken cancellationToken = default)
    {
        using var body = new SecretBuffer(ciphertext.Length * 4 / 3 + 1024);
        RequestBody.Write(body, writer =>
        {
            writer.WriteBase64String("ciphertext", ciphertext.Span);
            RequestBody.WriteContext(writer, "context", context);
            if (newContext is not null)
                RequestBody.WriteContext(writer, "newContext", newContext);
        });
        return await PostAsync($"{NamedKeys.PathOf(key)}/reencrypt", body.Written, ClientJson.Default.ServerCiphertext, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Obtains a new data-encryption key, in clear and wrapped.</summary>
    /// <param name="key">Name or identifier of the key that wraps it.</param>
    /// <param name="context">Bound to the wrapped key; needed again to unwrap it.</param>
    /// <param name="lengthInBytes">Length of the new key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<DataKey> GenerateDataKeyAsync(
        string key, EncryptionContext context, int lengthInBytes = 32, CancellationToken cancellationToken = default)
    {
        using var body = DataKeyBody(context, lengthInBytes);
        var request = new RestRequest(HttpMethod.Post, $"{NamedKeys.PathOf(key)}/datakey") { Body = body.Written, ChangesNothing = true };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return SecretAnswer.ReadDataKey(answer.Span);
    }

    /// <summary>Obtains a new data-encryption key, wrapped only: for whoever prepares keys that others will use.</summary>
    /// <inheritdoc cref="GenerateDataKeyAsync"/>
    public async Task<ServerCiphertext> GenerateWrappedDataKeyAsync(
        string key, EncryptionContext context, int lengthInBytes = 32, CancellationToken cancellationToken = default)
    {
        using var body = DataKeyBody(context, lengthInBytes);
        return await PostAsync($"{NamedKeys.PathOf(key)}/datakey/wrapped", body.Written, ClientJson.Default.ServerCiphertext, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has the server wrap a data-encryption key that was made or unwrapped elsewhere.</summary>
    /// <param name="key">Name or identifier of the key that wraps it.</param>
    /// <param name="dataKey">The data-encryption key; stays the caller's.</param>
    /// <param name="context">Bound to the wrapped key; needed again to unwrap it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<WrappedDataKey> WrapDataKeyAsync(
        string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataKey);
        using var body = new SecretBuffer(1024);
        RequestBody.Write(body, writer =>
        {
            using (var lease = dataKey.Reveal())
                writer.WriteBase64String("plaintext", lease.Span);
            RequestBody.WriteContext(writer, "context", context);
        });
        var wrapped = await PostAsync($"{NamedKeys.PathOf(key)}/encrypt", body.Written, ClientJson.Default.ServerCiphertext, cancellationToken).ConfigureAwait(false);
        return Guid.TryParse(wrapped.KeyId, out var id)
            ? new WrappedDataKey(id, (uint)wrapped.Version, wrapped.Ciphertext)
            : throw SecretAnswer.Incomplete();
    }

    /// <summary>Random bytes from the server's generator.</summary>
    /// <param name="lengthInBytes">1 to 1024.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> GetRandomAsync(int lengthInBytes, CancellationToken cancellationToken = default)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/v1/random?bytes={lengthInBytes}");
        var answer = await _transport.GetAsync(path, ClientJson.Default.RandomBytes, cancellationToken).ConfigureAwait(false);
        return answer.Bytes;
    }

    /// <summary>Whether the server lives. Answered without a certificate too.</summary>
    public async Task<string> GetHealthAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("/v1/health", ClientJson.Default.ServerStatus, cancellationToken).ConfigureAwait(false)).Status;

    /// <summary>Whether the server serves requests; a refusal says why it does not. Answered without a certificate too.</summary>
    public async Task<string> GetReadinessAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("/v1/ready", ClientJson.Default.ServerStatus, cancellationToken).ConfigureAwait(false)).Status;

    /// <summary>Which library computes at the server, and whether its answers are right.</summary>
    public Task<ServerCryptography> GetCryptographyAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/cryptography", ClientJson.Default.ServerCryptography, cancellationToken);

    /// <summary>Has the server compute known answers of every algorithm now. The caller needs the role SecurityOfficer.</summary>
    public async Task<ServerSelfTest> RunSelfTestAsync(CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, "/v1/self-test"), cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ServerSelfTest);
    }

    /// <summary>What the server says of itself. Answered without a certificate too.</summary>
    public Task<ServerVersion> GetVersionAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/version", ClientJson.Default.ServerVersion, cancellationToken);

    /// <summary>
    /// Renews the certificates that are due now, which otherwise happens of itself while the client lives; a program that is short-lived
    /// calls this before it ends.
    /// </summary>
    /// <param name="evenIfNotDue">Whether a certificate that holds for long yet is renewed too.</param>
    /// <param name="cancellationToken">Ends the wait; the files stay whole.</param>
    /// <returns>What was done with each certificate of this client; nothing if it shows none.</returns>
    /// <exception cref="IOException">The files cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public Task<IReadOnlyList<CertificateRenewal>> RenewCertificatesAsync(bool evenIfNotDue = false, CancellationToken cancellationToken = default) =>
        _transport.RenewCertificatesAsync(evenIfNotDue, cancellationToken);

    /// <summary>As whom the server knows the caller.</summary>
    public Task<ClientPrincipal> WhoAmIAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("/v1/whoami", ClientJson.Default.ClientPrincipal, cancellationToken);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _transport.Dispose();

    private static RestTransport Connect(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return new RestTransport(options, TimeProvider.System);
    }

    private static SecretBuffer DataKeyBody(EncryptionContext context, int lengthInBytes)
    {
        var body = new SecretBuffer(1024);
        RequestBody.Write(body, writer =>
        {
            RequestBody.WriteContext(writer, "context", context);
            writer.WriteNumber("lengthInBytes", lengthInBytes);
        });
        return body;
    }

    private async Task<T> DecryptAtAsync<T>(
        string path, ReadOnlyMemory<byte> ciphertext, EncryptionContext context, SecretReader<T> read, CancellationToken cancellationToken)
    {
        using var body = new SecretBuffer(ciphertext.Length * 4 / 3 + 1024);
        RequestBody.Write(body, writer =>
        {
            writer.WriteBase64String("ciphertext", ciphertext.Span);
            RequestBody.WriteContext(writer, "context", context);
        });
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, path) { Body = body.Written, ChangesNothing = true }, cancellationToken).ConfigureAwait(false);
        return read(answer.Span);
    }

    private async Task<T> PostAsync<T>(
        string path, ReadOnlyMemory<byte> body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Post, path) { Body = body, ChangesNothing = true }, cancellationToken).ConfigureAwait(false);
        return answer.Read(type);
    }
}
