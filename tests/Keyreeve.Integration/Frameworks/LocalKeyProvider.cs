using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Keys in this process, for tests that are not about key managers. It counts what it is asked.</summary>
internal sealed class LocalKeyProvider : IKeyProvider
{
    private readonly CommittingAead _key;

    private int _asked;

    public LocalKeyProvider()
    {
        using var secret = SecretBytes.Random(CommittingAead.KeySizeInBytes);
        _key = new CommittingAead(secret);
    }

    public string Kind => "local";

    public Guid Id { get; } = Guid.NewGuid();

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>What every question is answered with, while it is set.</summary>
    public KeyreeveClientException? Failure { get; set; }

    public async Task<DataKey> GenerateDataKeyAsync(string key, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        var secret = SecretBytes.Random(CommittingAead.KeySizeInBytes);
        return new DataKey(secret, await WrapDataKeyAsync(key, secret, context, cancellationToken));
    }

    public Task<WrappedDataKey> WrapDataKeyAsync(string key, SecretBytes dataKey, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        Ask();
        var wrapped = new byte[CommittingAead.KeySizeInBytes + CommittingAead.OverheadInBytes];
        using var lease = dataKey.Reveal();
        _key.Seal(context.CanonicalBytes, lease.Span, wrapped);
        return Task.FromResult(new WrappedDataKey(Id, 1, wrapped));
    }

    public Task<SecretBytes> UnwrapDataKeyAsync(WrappedDataKey wrapped, EncryptionContext context, CancellationToken cancellationToken = default)
    {
        Ask();
        var plain = new byte[CommittingAead.KeySizeInBytes];
        return wrapped.Wrapped.Length == plain.Length + CommittingAead.OverheadInBytes && _key.TryOpen(context.CanonicalBytes, wrapped.Wrapped, plain, out _)
            ? Task.FromResult(SecretBytes.CopyFrom(plain))
            : throw new KeyreeveClientException(ClientError.CryptographicFailure, "Decryption failed.", null);
    }

    public Task<ProvidedKey> FindKeyAsync(string key, CancellationToken cancellationToken = default)
    {
        Ask();
        return Task.FromResult(new ProvidedKey(Id, 1, "Active"));
    }

    public ValueTask DisposeAsync()
    {
        _key.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Ask()
    {
        Interlocked.Increment(ref _asked);
        if (Failure is not null)
            throw Failure;
    }
}
