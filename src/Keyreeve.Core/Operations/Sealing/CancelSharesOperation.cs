using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that the shares entered so far be forgotten.</summary>
public sealed record CancelSharesRequest;

/// <summary>Ends a ceremony of shares; only who takes part in it may.</summary>
public sealed class CancelSharesOperation(ShareCeremony ceremony) : SealOperation<CancelSharesRequest, CeremonyProgress>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.CancelShares;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<CeremonyProgress> ExecuteAsync(
        OperationScope scope, OperationTarget target, CancelSharesRequest request, CancellationToken cancellationToken)
    {
        ceremony.Cancel(scope.Call.Principal.Fingerprint);
        return ValueTask.FromResult(ceremony.Progress);
    }
}
