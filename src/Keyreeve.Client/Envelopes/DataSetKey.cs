using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// One data key for a set of data (a table, a bucket, a tenant): made once, kept wrapped beside the data, unlocked to work and locked
/// again. Each value is 80 bytes longer than its plaintext.
/// </summary>
/// <remarks>
/// <para>The classic flow, each step of which the key manager has in its audit trail: a key-encryption key is there (<c>keyreeve key
/// create</c>); <see cref="CreateAsync"/> has a data key made and wrapped under it; the application keeps <see cref="Wrapped"/> with the
/// data; <see cref="UnlockAsync"/> has it unwrapped; <see cref="Lock"/> wipes it.</para>
/// <para>Thread safe. Calls under way when it is locked end well; later ones throw.</para>
/// <para>To change the key-encryption key, re-wrap <see cref="Wrapped"/> (<see cref="EnvelopeReWrapper"/>); no value changes.</para>
/// </remarks>
public sealed class DataSetKey : IDisposable
{
    private static readonly EncryptionContext OfKey = EncryptionContext.Empty;

    private readonly byte[] _wrapped;
    private CommittingAead? _aead;

    private DataSetKey(Guid id, byte[] wrapped, CommittingAead aead)
    {
        Id = id;
        _wrapped = wrapped;
        _aead = aead;
    }

    /// <summary>By which the envelopes of its values name it.</summary>
    public Guid Id { get; }

    /// <summary>What is kept beside the data: the wrapped data key, in an envelope that holds <see cref="Id"/>. No secret.</summary>
    public ReadOnlyMemory<byte> Wrapped => _wrapped.ToArray();

    /// <summary>Whether it was locked.</summary>
    public bool IsLocked => Volatile.Read(ref _aead) is null;

    /// <summary>Makes a data key, unlocked.</summary>
    /// <param name="provider">Who wraps it.</param>
    /// <param name="key">Name or identifier of the key-encryption key.</param>
    /// <param name="context">What the data set is, such as its name; needed again to unlock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<DataSetKey> CreateAsync(
        IKeyProvider provider, string key, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(context);
        using var dataKey = await provider.GenerateDataKeyAsync(key, OfKey, cancellationToken).ConfigureAwait(false);
        var aead = new CommittingAead(dataKey.Plaintext);
        var id = Guid.CreateVersion7();
        return new DataSetKey(id, EnvelopeWriter.WriteWrapped(aead, dataKey.WrappedKey, context, id.ToByteArray(bigEndian: true)), aead);
    }

    /// <summary>Unlocks a data key.</summary>
    /// <param name="provider">Who wrapped it.</param>
    /// <param name="wrapped">What <see cref="Wrapped"/> was.</param>
    /// <param name="context">The same as when it was made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<DataSetKey> UnlockAsync(
        IKeyProvider provider, ReadOnlyMemory<byte> wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(context);
        if (!EnvelopeHeader.TryParse(wrapped.Span, out var header) || header.Mode != EnvelopeMode.WrappedKey)
            throw EnvelopeEncryptor.Failed();
        using var secret = await provider.UnwrapDataKeyAsync(EnvelopeEncryptor.WrappedKeyOf(header, wrapped.Span), OfKey, cancellationToken).ConfigureAwait(false);
        var aead = new CommittingAead(secret, header.Suite);
        try
        {
            var id = EnvelopeEncryptor.Open(wrapped.Span, aead, context);
            return id.Length == 16 ? new DataSetKey(new Guid(id, bigEndian: true), wrapped.ToArray(), aead) : throw EnvelopeEncryptor.Failed();
        }
        catch
        {
            aead.Dispose();
            throw;
        }
    }

    /// <summary>Encrypts a value.</summary>
    /// <param name="plaintext">The value, possibly empty.</param>
    /// <param name="context">What the value belongs to; needed again to decrypt it.</param>
    /// <exception cref="ObjectDisposedException">It was locked.</exception>
    public byte[] Encrypt(ReadOnlySpan<byte> plaintext, EncryptionContext context) => EnvelopeWriter.WriteDirect(Unlocked, Id, context, plaintext);

    /// <summary>Decrypts a value of this data set.</summary>
    /// <param name="envelope">What <see cref="Encrypt"/> gave.</param>
    /// <param name="context">The same as at encryption.</param>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.CryptographicFailure"/>, whatever was wrong.</exception>
    /// <exception cref="ObjectDisposedException">It was locked.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> envelope, EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var aead = Unlocked;
        return EnvelopeHeader.TryParse(envelope, out var header) && header.Mode == EnvelopeMode.Direct && header.UniqueIdentifier == Id
            ? EnvelopeEncryptor.Open(envelope, aead, context)
            : throw EnvelopeEncryptor.Failed();
    }

    /// <summary>Wipes the data key. What is kept beside the data stays, and unlocks it again.</summary>
    public void Lock() => Interlocked.Exchange(ref _aead, null)?.Dispose();

    /// <summary>As <see cref="Lock"/>.</summary>
    public void Dispose() => Lock();

    /// <summary>The identifier and whether it is locked, never the key.</summary>
    public override string ToString() => $"DataSetKey({Id}, {(IsLocked ? "locked" : "unlocked")})";

    private CommittingAead Unlocked
    {
        get
        {
            var aead = Volatile.Read(ref _aead);
            ObjectDisposedException.ThrowIf(aead is null, this);
            return aead;
        }
    }
}
