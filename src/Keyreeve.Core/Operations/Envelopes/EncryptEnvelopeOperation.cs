using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks that a small value be encrypted under a key. Not a record: what it holds must not be printed.</summary>
/// <param name="key">Which key.</param>
/// <param name="plaintext">The value; stays the caller's.</param>
/// <param name="context">What is bound to the ciphertext.</param>
/// <param name="expectedVersion">The version that the caller believes to be current; null if it does not matter.</param>
public sealed class EncryptEnvelopeRequest(KeySelector key, SecretBytes plaintext, EncryptionContext context, int? expectedVersion = null)
{
    /// <summary>Which key.</summary>
    public KeySelector Key { get; } = key;

    /// <summary>The value.</summary>
    public SecretBytes Plaintext { get; } = plaintext;

    /// <summary>What is bound to the ciphertext.</summary>
    public EncryptionContext Context { get; } = context;

    /// <summary>The version that the caller believes to be current.</summary>
    public int? ExpectedVersion { get; } = expectedVersion;
}

/// <summary>Encrypts a small value under the current version of a key, into an envelope.</summary>
public sealed class EncryptEnvelopeOperation : Operation<EncryptEnvelopeRequest, SealedEnvelope>
{
    /// <summary>Largest value, in bytes.</summary>
    public const int LargestPlaintextInBytes = KeyEnvelope.LargestPlaintextInBytes;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Encrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, EncryptEnvelopeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken)) with { Context = request.Context };

    /// <inheritdoc/>
    protected internal override ValueTask<SealedEnvelope> ExecuteAsync(
        OperationScope scope, OperationTarget target, EncryptEnvelopeRequest request, CancellationToken cancellationToken)
    {
        var current = target.Object!;
        if (request.Plaintext.LengthInBytes > LargestPlaintextInBytes)
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"The server encrypts at most {LargestPlaintextInBytes} bytes; for more, take a data key.");
        if (request.ExpectedVersion is { } expected && expected != current.KeyVersion)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Only the current version encrypts; that is {current.KeyVersion}, not {expected}.");

        KeyEnvelope.Describe(scope, current, request.Context, request.Plaintext.LengthInBytes);
        return KeyEnvelope.SealAsync(scope, current, request.Context, request.Plaintext, cancellationToken);
    }
}
