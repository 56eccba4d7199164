using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// A key for each person, document or whatever your data is about, made by the server when it is first needed. Destroying it erases all
/// that was encrypted for that subject, wherever copies of it are: in backups, exports, queues.
/// </summary>
/// <remarks>
/// <para>Thread safe. The caller needs the rights to create, use and, to erase, to destroy keys of the group; each of these steps is
/// in the server's audit trail under the key's name.</para>
/// <para>The association of subject and key is the key's name, which is made of the subject's id: see <see cref="NameOf"/>.</para>
/// </remarks>
public sealed class SubjectKeys
{
    private readonly KeyreeveClient _client;
    private readonly EnvelopeEncryptor _encryptor;
    private readonly string _kind;
    private readonly string? _group;

    /// <summary>Keys of one kind of subject.</summary>
    /// <param name="client">The connection by which keys are made and destroyed.</param>
    /// <param name="encryptor">Encrypts under them.</param>
    /// <param name="kind">What the subjects are, such as <c>customer</c>: the names of their keys begin so.</param>
    /// <param name="group">The key group; null takes the server's default.</param>
    /// <exception cref="ArgumentException">The kind has other characters than letters, digits and hyphens, or more than 32.</exception>
    public SubjectKeys(KeyreeveClient client, EnvelopeEncryptor encryptor, string kind, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        if (kind.Length > 32 || !char.IsAsciiLetterOrDigit(kind[0]) || !kind.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'))
            throw new ArgumentException("A kind has 1 to 32 letters, digits and hyphens, and begins with a letter or digit.", nameof(kind));
        _client = client;
        _encryptor = encryptor;
        _kind = kind;
        _group = group;
    }

    /// <summary>
    /// The name of a subject's key: the kind, a dot, and 40 hexadecimal digits of SHA-256 over kind and id. So ids of any form have a
    /// name, and lists of keys and the audit trail do not show them; whoever has an id finds its key.
    /// </summary>
    public string NameOf(string subjectId)
    {
        ArgumentException.ThrowIfNullOrEmpty(subjectId);
        return $"{_kind}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"keyreeve.subject-key.v1\0{_kind}\0{subjectId}")).AsSpan(0, 20))}";
    }

    /// <summary>Encrypts a value for a subject, whose key is made if there is none.</summary>
    /// <param name="subjectId">Your id of the subject.</param>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="context">What the value belongs to; needed again to decrypt it. The subject is bound in any case.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> EncryptAsync(
        string subjectId, ReadOnlyMemory<byte> plaintext, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        var name = NameOf(subjectId);
        var bound = Bind(name, context);
        try
        {
            return await _encryptor.EncryptAsync(name, plaintext, bound, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ItemNotFound))
        {
            await CreateAsync(name, cancellationToken).ConfigureAwait(false);
            return await _encryptor.EncryptAsync(name, plaintext, bound, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Decrypts a subject's value. Of one who was erased nothing decrypts any more, and that looks like any other failure.</summary>
    /// <param name="subjectId">Your id of the subject.</param>
    /// <param name="envelope">What <see cref="EncryptAsync"/> gave.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> DecryptAsync(
        string subjectId, ReadOnlyMemory<byte> envelope, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _encryptor.DecryptAsync(envelope, Bind(NameOf(subjectId), context), cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is("ObjectDestroyed"))
        {
            throw EnvelopeEncryptor.Failed(e);
        }
    }

    /// <summary>
    /// Destroys a subject's key, at once and for good. Here its data keys are wiped with it; other processes that have decrypted for the
    /// subject lose theirs when their caches ask again (<see cref="EnvelopeEncryptorOptions.DataKeyLifetime"/>).
    /// </summary>
    /// <returns>False when the subject has no key.</returns>
    public async Task<bool> EraseAsync(string subjectId, CancellationToken cancellationToken = default)
    {
        var name = NameOf(subjectId);
        try
        {
            var key = await _client.Keys.GetAsync(name, cancellationToken).ConfigureAwait(false);
            await _client.Keys.DestroyAsync(name, cancellationToken).ConfigureAwait(false);
            if (Guid.TryParse(key.Id, out var id))
                _encryptor.Forget(id);
            return true;
        }
        catch (KeyreeveClientException e) when (e.Is(ClientError.ItemNotFound))
        {
            return false;
        }
    }

    private async Task CreateAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _client.Keys.CreateAsync(new NewKey { Name = name, Group = _group }, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Is("NonUniqueName"))
        {
            // Somebody else made it a moment ago: that is the one.
        }
    }

    private static EncryptionContext Bind(string name, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return EncryptionContext.Create(context.Pairs.Append(KeyValuePair.Create("keyreeve.subject", name)));
    }
}
