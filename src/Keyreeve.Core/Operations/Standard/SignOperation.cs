using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Signs data.</summary>
public sealed record SignRequest : KeyDataRequest
{
    /// <summary>The digest of the data, if the caller has computed it.</summary>
    public ReadOnlyMemory<byte>? DigestedData { get; init; }
}

/// <summary>The signature.</summary>
public sealed record SignResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The signature; null before the last part.</summary>
    public ReadOnlyMemory<byte>? SignatureData { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Signs data with a private key that stays here.</summary>
public sealed class SignOperation : KeyDataOperation<SignRequest, SignResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Sign;

    /// <inheritdoc/>
    protected internal override async ValueTask<SignResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, SignRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForProtection(found, scope.Now, CryptographicUsageMask.Sign);
        if (found.ObjectType != ObjectType.PrivateKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} does not sign.");
        DataUse.RequireKeyItself(found);
        if (!request.Part.IsWhole) return await SignPartAsync(scope, found, request, cancellationToken);

        var mode = scope.Engine.Modes.Of(found.Group);
        var choice = SignatureChoice.Of(found, request.CryptographicParameters, mode, request.DigestedData?.Length);
        if (request.DigestedData is { } given) Signatures.CheckDigestedData(choice, mode, given.Length);
        DataUse.Spend(scope, found, (request.DigestedData ?? request.Data).Length, isLaterPart: false);
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, (request.DigestedData ?? request.Data).Length);
        if (request.DigestedData is { } digest)
        {
            return new SignResponse
            {
                Id = request.Id,
                SignatureData = found.IsInToken
                    ? await TokenUse.SignAsync(scope, found, choice, digest, cancellationToken)
                    : Signatures.Sign(key, choice, digest.Span),
            };
        }

        using var stream = new SignatureStream(choice);
        stream.Update(request.Data.Span);
        return new SignResponse { Id = request.Id, SignatureData = await stream.SignAsync(scope, found, key, cancellationToken) };
    }

    private async ValueTask<SignResponse> SignPartAsync(
        OperationScope scope, ManagedObject found, SignRequest request, CancellationToken cancellationToken)
    {
        if (request.DigestedData is not null)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Digested Data comes in one piece.");
        var isFirst = request.Part.IsFirstOfSeveral;
        var mode = scope.Engine.Modes.Of(found.Group);
        var choice = isFirst || request.CryptographicParameters is not null
            ? SignatureChoice.Of(found, request.CryptographicParameters, mode, digestSizeInBytes: null)
            : default(SignatureChoice?);
        DataUse.Spend(scope, found, request.Data.Length, isLaterPart: !isFirst);
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);

        var owner = StreamOwner.Of(scope, Name, found.Id);
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, new SignatureStream(choice!.Value), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        if (turn.EarlierAnswer<SignResponse>(scope, request) is { } earlier) return earlier;
        var stream = turn.State<SignatureStream>();
        DataUse.RequireSameChoice(choice is null || choice == stream.Choice);
        stream.Update(request.Data.Span);
        var response = request.Part.IsLast
            ? new SignResponse { Id = request.Id, SignatureData = await stream.SignAsync(scope, found, key, cancellationToken) }
            : new SignResponse { Id = request.Id, CorrelationValue = turn.CorrelationValue };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }
}
