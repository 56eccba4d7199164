using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Verifies a signature.</summary>
public sealed record SignatureVerifyRequest
{
    /// <summary>Which key, or certificate.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>What was signed; may be a slice of the caller's buffer. Null with schemes whose signature holds it.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The digest of the data, if the caller has computed it.</summary>
    public ReadOnlyMemory<byte>? DigestedData { get; init; }

    /// <summary>The signature; with a message in parts it may come with any of them.</summary>
    public ReadOnlyMemory<byte>? SignatureData { get; init; }

    /// <summary>Which part of the message it is; the whole, if nothing is said.</summary>
    public StreamPart Part { get; init; }
}

/// <summary>Whether the signature is genuine.</summary>
public sealed record SignatureVerifyResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Whether it is; null before the last part.</summary>
    public bool? IsValid { get; init; }

    /// <summary>What was signed, where the signature holds it and nobody stated it.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Verifies a signature with a public key, the public half of a private one, or a certificate.</summary>
public sealed class SignatureVerifyOperation : ObjectOperation<SignatureVerifyRequest, SignatureVerifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SignatureVerify;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(SignatureVerifyRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<SignatureVerifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SignatureVerifyRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForProcessing(found, scope.Now, CryptographicUsageMask.Verify);
        if (found.ObjectType is not (ObjectType.PublicKey or ObjectType.PrivateKey or ObjectType.Certificate))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} does not verify signatures.");
        DataUse.RequireKeyItself(found);
        if (!request.Part.IsWhole) return await VerifyPartAsync(scope, found, request, cancellationToken);

        var signature = request.SignatureData ?? throw Missing();
        var mode = scope.Engine.Modes.Of(found.Group);
        // Without anything to hold against the signature it is the signature that tells, if it can.
        var recovers = request.Data is null && request.DigestedData is null;
        var choice = SignatureChoice.Of(found, request.CryptographicParameters, mode, recovers ? 0 : request.DigestedData?.Length);
        if (request.DigestedData is { } given) Signatures.CheckDigestedData(choice, mode, given.Length);
        using var key = await TokenUse.OpenForPublicUseAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, (request.DigestedData ?? request.Data).GetValueOrDefault().Length);
        if (recovers && choice.Scheme == SignatureScheme.RsaUnhashed) return Recover(key, request.Id, signature.Span);
        if (request.DigestedData is { } digest)
            return new SignatureVerifyResponse { Id = request.Id, IsValid = Signatures.Verify(key, choice, digest.Span, signature.Span) };
        using var stream = new SignatureStream(choice);
        stream.Update(request.Data.GetValueOrDefault().Span);
        return new SignatureVerifyResponse { Id = request.Id, IsValid = stream.Verify(key, signature.Span) };
    }

    // spec: KMIP 2.1 §6.1.56 "Non-Final parts of multi-part Signature Verify operations SHALL NOT include the Validity Indicator."
    private async ValueTask<SignatureVerifyResponse> VerifyPartAsync(
        OperationScope scope, ManagedObject found, SignatureVerifyRequest request, CancellationToken cancellationToken)
    {
        if (request.DigestedData is not null)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Digested Data comes in one piece.");
        var isFirst = request.Part.IsFirstOfSeveral;
        var choice = isFirst || request.CryptographicParameters is not null
            ? SignatureChoice.Of(found, request.CryptographicParameters, scope.Engine.Modes.Of(found.Group), digestSizeInBytes: null)
            : default(SignatureChoice?);
        using var key = await TokenUse.OpenForPublicUseAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.GetValueOrDefault().Length);

        var owner = StreamOwner.Of(scope, Name, found.Id);
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, new SignatureStream(choice!.Value), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        var stream = turn.State<SignatureStream>();
        DataUse.RequireSameChoice(choice is null || choice == stream.Choice);
        if (request.SignatureData is { } signature) stream.Signature = signature.ToArray();
        stream.Update(request.Data.GetValueOrDefault().Span);
        var response = request.Part.IsLast
            ? new SignatureVerifyResponse { Id = request.Id, IsValid = stream.Verify(key, stream.Signature ?? throw Missing()) }
            : new SignatureVerifyResponse { Id = request.Id, CorrelationValue = turn.CorrelationValue };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }

    private static SignatureVerifyResponse Recover(in UsableKey key, UniqueIdentifier id, ReadOnlySpan<byte> signature)
    {
        var publicKey = SigningKeys.RsaPublic(key);
        if (publicKey.IsPssOnly) throw RsaKeys.PssOnly();
        return InsecureRsaUnhashedSignature.TryRecover(publicKey, signature, out var recovered)
            ? new SignatureVerifyResponse { Id = id, IsValid = true, Data = recovered }
            : new SignatureVerifyResponse { Id = id, IsValid = false };
    }

    private static KeyreeveException Missing() => new(KeyreeveError.MissingField, "The Signature Data is missing.");
}
