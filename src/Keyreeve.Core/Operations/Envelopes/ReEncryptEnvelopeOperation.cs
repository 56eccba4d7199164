using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Asks that an envelope be encrypted anew.</summary>
/// <param name="Key">The key under whose current version it comes.</param>
/// <param name="Envelope">The ciphertext as it is; of this key or of another.</param>
/// <param name="Context">What is bound to it.</param>
/// <param name="NewContext">What is to be bound to it from now on.</param>
public sealed record ReEncryptEnvelopeRequest(
    KeySelector Key, ReadOnlyMemory<byte> Envelope, EncryptionContext Context, EncryptionContext NewContext);

/// <summary>
/// Encrypts an envelope anew, under the current version of its key or under another key; the plaintext does not leave. The
/// caller needs the right on both keys.
/// </summary>
public sealed class ReEncryptEnvelopeOperation : Operation<ReEncryptEnvelopeRequest, SealedEnvelope>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReEncrypt;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ReEncryptEnvelopeRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken)) with { Context = request.NewContext };

    /// <inheritdoc/>
    protected internal override async ValueTask<SealedEnvelope> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReEncryptEnvelopeRequest request, CancellationToken cancellationToken)
    {
        var source = await KeyEnvelope.RequireNamedAsync(scope, Name, request.Envelope, request.Context, cancellationToken);
        if (!await scope.MayTakeAsync(OperationName.ReEncrypt, source, cancellationToken, request.Context))
            throw new KeyreeveException(
                KeyreeveError.PermissionDenied, $"{scope.Call.Principal.Name} may not {Name} in key group '{source.Group.Value}', where the ciphertext's key is.");

        KeyEnvelope.Describe(scope, target.Object!, request.NewContext, request.Envelope.Length);
        using var plaintext = await KeyEnvelope.OpenAsync(scope, source, request.Envelope, request.Context, cancellationToken);
        return await KeyEnvelope.SealAsync(scope, target.Object!, request.NewContext, plaintext, cancellationToken);
    }
}
