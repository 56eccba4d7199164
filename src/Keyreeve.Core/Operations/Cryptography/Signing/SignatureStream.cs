using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A message on its way to a signature or its verification: digested as it comes, or kept if the scheme needs it whole.</summary>
internal sealed class SignatureStream(SignatureChoice choice) : DataStream
{
    private readonly StreamingDigest? _digest = choice.Digest == DigestAlgorithm.None ? null : new StreamingDigest(choice.Digest);
    private readonly HeldMessage _message = new();

    /// <summary>How.</summary>
    public SignatureChoice Choice { get; } = choice;

    /// <summary>The signature to verify; may come with any part.</summary>
    public byte[]? Signature { get; set; }

    /// <inheritdoc/>
    public override int HeldInBytes => _message.LengthInBytes;

    /// <summary>Takes a part.</summary>
    public void Update(ReadOnlySpan<byte> data)
    {
        if (_digest is null) _message.Add(data);
        else _digest.Update(data);
    }

    /// <summary>Signs all parts.</summary>
    public byte[] Sign(in UsableKey key)
    {
        if (_digest is not null) return Signatures.Sign(key, Choice, _digest.Final());
        using var message = _message.Take();
        using var lease = message.Reveal();
        return Signatures.Sign(key, Choice, lease.Span);
    }

    /// <summary>Signs all parts, in the token if the key lives there.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="found">The key's object.</param>
    /// <param name="key">The key, opened; none if it lives in the token.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<byte[]> SignAsync(OperationScope scope, ManagedObject found, UsableKey key, CancellationToken cancellationToken) =>
        found.IsInToken ? await TokenUse.SignAsync(scope, found, Choice, _digest?.Final() ?? default, cancellationToken) : Sign(key);

    /// <summary>Verifies the signature of all parts.</summary>
    public bool Verify(in UsableKey key, ReadOnlySpan<byte> signature)
    {
        if (_digest is not null) return Signatures.Verify(key, Choice, _digest.Final(), signature);
        using var message = _message.Take();
        using var lease = message.Reveal();
        return Signatures.Verify(key, Choice, lease.Span, signature);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _digest?.Dispose();
        _message.Dispose();
    }
}
