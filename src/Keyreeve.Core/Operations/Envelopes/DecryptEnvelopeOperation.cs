using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks that an envelope be decrypted.</summary>
/// <param name="Envelope">The ciphertext; it names the version of the key.</param>
/// <param name="Context">What was bound to it.</param>
/// <param name="Key">The key that it has to be of; null if any will do.</param>
public sealed record DecryptEnvelopeRequest(ReadOnlyMemory<byte> Envelope, EncryptionContext Context, KeySelector? Key = null);

/// <summary>What was encrypted. Dispose it when it has been sent.</summary>
public sealed class OpenedEnvelope(SecretBytes plaintext, UniqueIdentifier keyId, int keyVersion) : IDisposable
{
    /// <summary>The value.</summary>
    public SecretBytes Plaintext { get; } = plaintext;

    /// <summary>The key that opened it.</summary>
    public UniqueIdentifier KeyId { get; } = keyId;

    /// <summary>The version of the key.</summary>
    public int KeyVersion { get; } = keyVersion;

    /// <inheritdoc/>
    public void Dispose() => Plaintext.Dispose();
}

/// <summary>
/// Decrypts an envelope under whichever version of a key it names. That nothing has the identifier in it, that the key is
/// of another tenant or hidden from the caller, that a bit or the context is wrong: all is one refusal.
/// </summary>
public sealed class DecryptEnvelopeOperation : Operation<DecryptEnvelopeRequest, OpenedEnvelope>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Decrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DecryptEnvelopeRequest request, CancellationToken cancellationToken)
    {
        if (request.Key is not { } key) return TargetOf(await KeyEnvelope.RequireNamedAsync(scope, Name, request.Envelope, request.Context, cancellationToken), request);

        var asked = await KeyVersions.RequireCurrentAsync(scope, key, cancellationToken);
        // Whoever may not know of the key he names learns that by its absence, not by what is wrong with his envelope.
        if (!scope.May(OperationName.Decrypt, asked, request.Context)) return TargetOf(asked, request);
        var named = await KeyEnvelope.RequireNamedAsync(scope, Name, request.Envelope, request.Context, cancellationToken);
        return named.KeyIdentifier == asked.KeyIdentifier ? TargetOf(named, request) : throw KeyEnvelope.Failed();
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<OpenedEnvelope> ExecuteAsync(
        OperationScope scope, OperationTarget target, DecryptEnvelopeRequest request, CancellationToken cancellationToken)
    {
        var named = target.Object!;
        KeyEnvelope.Describe(scope, named, request.Context, request.Envelope.Length);
        var plaintext = await KeyEnvelope.OpenAsync(scope, named, request.Envelope, request.Context, cancellationToken);
        return new OpenedEnvelope(plaintext, named.KeyIdentifier, named.KeyVersion);
    }

    private static OperationTarget TargetOf(ManagedObject named, DecryptEnvelopeRequest request) => OperationTarget.Of(named) with { Context = request.Context };
}
