using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for the authentication code of data.</summary>
public sealed record MacRequest : KeyDataRequest;

/// <summary>The code.</summary>
public sealed record MacResponse
{
    /// <summary>The key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The code; null before the last part.</summary>
    public ReadOnlyMemory<byte>? MacData { get; init; }

    /// <summary>What the next part has to state; null with the last.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }
}

/// <summary>Authenticates data with a key that stays here.</summary>
public sealed class MacOperation : KeyDataOperation<MacRequest, MacResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.MAC;

    /// <inheritdoc/>
    protected internal override async ValueTask<MacResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, MacRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireForProtection(found, scope.Now, CryptographicUsageMask.MACGenerate);
        RequireSharedKey(found);
        var isFirst = !request.Part.IsWhole && request.Part.IsFirstOfSeveral;
        var startsHere = request.Part.IsWhole || isFirst;
        var choice = startsHere || request.CryptographicParameters is not null
            ? MacChoice.Of(found, request.CryptographicParameters, scope.Engine.Modes.Of(found.Group))
            : default(MacChoice?);
        DataUse.Spend(scope, found, request.Data.Length, isLaterPart: !startsHere);
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        DataUse.Note(scope, found, request.Data.Length);
        if (request.Part.IsWhole)
        {
            using var whole = new MacStream(key, choice!.Value);
            whole.Update(request.Data.Span);
            return new MacResponse { Id = request.Id, MacData = await whole.FinishAsync(scope, found, key, cancellationToken) };
        }

        var owner = StreamOwner.Of(scope, Name, found.Id);
        using var turn = isFirst
            ? scope.Engine.Streams.Begin(owner, new MacStream(key, choice!.Value), request)
            : scope.Engine.Streams.Continue(owner, request.Part.CorrelationValue!.Value.Span, request);
        if (turn.EarlierAnswer<MacResponse>(scope, request) is { } earlier) return earlier;
        var stream = turn.State<MacStream>();
        DataUse.RequireSameChoice(choice is null || choice == stream.Choice);
        stream.Update(request.Data.Span);
        var response = request.Part.IsLast
            ? new MacResponse { Id = request.Id, MacData = await stream.FinishAsync(scope, found, key, cancellationToken) }
            : new MacResponse { Id = request.Id, CorrelationValue = turn.CorrelationValue };
        return turn.Complete(scope, request, response, request.Part.IsLast);
    }

    /// <summary>Checks that the object is a key that two sides share.</summary>
    internal static void RequireSharedKey(ManagedObject found)
    {
        if (found.ObjectType is not (ObjectType.SymmetricKey or ObjectType.SecretData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} does not authenticate messages.");
        DataUse.RequireKeyItself(found);
    }
}
