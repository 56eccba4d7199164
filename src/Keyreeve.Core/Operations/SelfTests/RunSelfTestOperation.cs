using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.SelfTests;

/// <summary>Asks that the known answers be computed now.</summary>
public sealed record RunSelfTestRequest;

/// <summary>Computes the known answers, while all goes on; if one does not come out, nothing does any more.</summary>
public sealed class RunSelfTestOperation : SealOperation<RunSelfTestRequest, SelfTestReport>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.SelfTest;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<SelfTestReport> ExecuteAsync(
        OperationScope scope, OperationTarget target, RunSelfTestRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        var report = scope.Engine.SelfTest?.Run()
            ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "This engine was opened without known answers.");
        scope.Audit.Detail = report.HasPassed ? $"{report.Results.Count} known answers came out" : "failed: " + string.Join(", ", report.Failed);
        return ValueTask.FromResult(report);
    }
}
