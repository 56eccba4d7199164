using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Checks an authentication code.</summary>
public sealed record MacVerifyRequest : KeyDataRequest
{
    /// <summary>The code, whole; with a message in parts it may come with any of them.</summary>
    public ReadOnlyMemory<byte>? MacData { get; init; }
}

/// <summary>Whether the code is genuine.</summary>
public sealed record MacVerifyResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Whether it is; null before the last part.</summary>
    public bool? IsValid { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Checks an authentication code with a key that stays here. A cut code is none.</summary>
public sealed class MacVerifyOperation : KeyDataOperation<MacVerifyRequest, MacVerifyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.MACVerify;

    /// <inheritdoc/>
    // spec: KMIP 2.1 §6.1.33 "Non-Final parts of multi-part MAC Verify operations SHALL NOT include the Validity Indicator."
    protected internal override async ValueTask<MacVerifyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, MacVerifyRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForProcessing(found, scope.Now, CryptographicUsageMask.MACVerify);
        MacOperation.RequireSharedKey(found);
        var isFirst = !request.Part.IsWhole && request.Part.IsFirstOfSeveral;
        var choice = request.Part.IsWhole || isFirst || request.CryptographicParameters is not null
            ? MacChoice.Of(found, request.CryptographicParameters, scope.Engine.Modes.Of(found.Group))
            : default(MacChoice?);
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        if (request.Part.IsWhole)
        {
            using var whole = new MacStream(key, choice!.Value);
            whole.Update(request.Data.Span);
            return new MacVerifyResponse { Id = request.Id, IsValid = await whole.VerifyAsync(scope, found, key, request.MacData ?? throw Missing(), cancellationToken) };
        }

        var owner = StreamOwner.Of(scope, Name, found.Id);
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, new MacStream(key, choice!.Value), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        var stream = turn.State<MacStream>();
        DataUse.RequireSameChoice(choice is null || choice == stream.Choice);
        if (request.MacData is { } code) stream.Code = code.ToArray();
        stream.Update(request.Data.Span);
        var response = request.Part.IsLast
            ? new MacVerifyResponse { Id = request.Id, IsValid = await stream.VerifyAsync(scope, found, key, stream.Code ?? throw Missing(), cancellationToken) }
            : new MacVerifyResponse { Id = request.Id, CorrelationValue = turn.CorrelationValue };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }

    private static KeyreeveException Missing() => new(KeyreeveError.MissingField, "The MAC Data is missing.");
}
