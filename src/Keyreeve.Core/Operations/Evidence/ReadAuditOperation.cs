using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;

namespace Keyreeve.Core.Operations.Evidence;

/// <summary>Asks for audit records of the caller's tenant, the newest first.</summary>
public sealed record ReadAuditRequest
{
    /// <summary>Most records on a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Which; its tenant is the caller's, whatever it says.</summary>
    public required AuditFilter Filter { get; init; }

    /// <summary>How many at most, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only records with a smaller serial number: that of the last on the page before; 0 for the first page.</summary>
    public long Before { get; init; }
}

/// <summary>Finds records of the trail.</summary>
public sealed class ReadAuditOperation(AuditIndexer indexer) : Operation<ReadAuditRequest, IReadOnlyList<AuditRecord>>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadAudit;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ReadAuditRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<IReadOnlyList<AuditRecord>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ReadAuditRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 1 or > ReadAuditRequest.MaxLimit)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A page has 1 to {ReadAuditRequest.MaxLimit} records.");
        var filter = request.Filter with { Tenant = scope.Tenant.Value.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        try
        {
            var records = indexer.Find(filter, request.Limit, request.Before, cancellationToken);
            scope.Audit.Count = records.Count;
            return ValueTask.FromResult(records);
        }
        catch (IOException failure)
        {
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The audit trail cannot be read: " + failure.Message, failure);
        }
    }
}
