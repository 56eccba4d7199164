using Keyreeve.Core.Operations.Keys;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Makes a data key and gives it wrapped alone: for whoever prepares storage but may not read it.</summary>
public sealed class GenerateWrappedDataKeyOperation : Operation<DataKeyRequest, SealedEnvelope>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.GenerateWrappedDataKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DataKeyRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken)) with { Context = request.Context };

    /// <inheritdoc/>
    protected internal override async ValueTask<SealedEnvelope> ExecuteAsync(
        OperationScope scope, OperationTarget target, DataKeyRequest request, CancellationToken cancellationToken)
    {
        using var plaintext = GenerateDataKeyOperation.MakeKey(request.LengthInBytes);
        KeyEnvelope.Describe(scope, target.Object!, request.Context, request.LengthInBytes);
        return await KeyEnvelope.SealAsync(scope, target.Object!, request.Context, plaintext, cancellationToken);
    }
}
