using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for an object itself.</summary>
public sealed record GetRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The form wanted; <see cref="KeyFormatType.NotSet"/> for the one it has.</summary>
    public KeyFormatType KeyFormatType { get; init; }

    /// <summary>Whether a key that was registered wrapped is wanted so.</summary>
    public KeyWrapType KeyWrapType { get; init; }

    /// <summary>How to compress an elliptic curve's public key, the standard's Key Compression Type; 0 if not stated.</summary>
    public uint KeyCompressionType { get; init; }

    /// <summary>How to wrap it; null to have it in clear.</summary>
    public KeyWrappingSpecification? KeyWrappingSpecification { get; init; }

    /// <summary>Encodes a Key Value that is to be wrapped as a whole; null if the front door has no such encoding.</summary>
    public IKeyValueEncoding? KeyValueEncoding { get; init; }
}

/// <summary>The object. Whoever encodes it disposes of it.</summary>
public sealed class GetResponse : IDisposable
{
    /// <summary>Its identity.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>What it holds.</summary>
    public required ObjectValue Value { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Value.Dispose();
}

/// <summary>Gives an object out. Material that is not to leave, or to leave only wrapped, does not, whoever asks.</summary>
public sealed class GetOperation : ObjectOperation<GetRequest, GetResponse>, IGuarded<GetRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Get;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override async ValueTask<GetResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
        KeyUse.RequireInUse(found);

        var value = await ReleasedValue.OfAsync(scope, found, request, cancellationToken);
        scope.Engine.GroupTurns.Served(found);

        // spec: KMIP 2.1 §4.24 "The server SHALL change the attribute value to False as soon as the object has been served via
        // the Get operation to a client."
        if (found.Attributes.Find(AttributeName.Fresh) is BooleanValue { Value: true })
            scope.Update(found with { Attributes = found.Attributes.With(AttributeName.Fresh, AttributeValue.Of(value: false)) });
        return new GetResponse { Id = found.Id, Value = value };
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, GetRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        var found = target.Object!;
        KeyUse.RequireInUse(found);
        ReleasedValue.RequireRelease(found, request);
        return GuardedActs.Export(scope, found, request);
    }
}
