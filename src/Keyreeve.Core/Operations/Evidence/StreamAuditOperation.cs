using System.Globalization;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;

namespace Keyreeve.Core.Operations.Evidence;

/// <summary>Asks for the audit records of the caller's tenant in their order, one after another.</summary>
public sealed record StreamAuditRequest
{
    /// <summary>Which; its tenant is the caller's, whatever it says.</summary>
    public required AuditFilter Filter { get; init; }

    /// <summary>Whether it goes on with what comes; else it ends with what is there.</summary>
    public bool Follows { get; init; }

    /// <summary>Only records with a larger serial number; null for those that come, if it follows, and else for all.</summary>
    public long? After { get; init; }

    /// <summary>How many of those before are shown first, the newest: 0 to <see cref="ReadAuditRequest.MaxLimit"/>; not together with <see cref="After"/>.</summary>
    public int Earlier { get; init; }
}

/// <summary>Reads the trail on and on. That it began is one record; what is read then makes none.</summary>
public sealed class StreamAuditOperation(AuditIndexer indexer) : Operation<StreamAuditRequest, AuditReading>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReadAudit;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, StreamAuditRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override ValueTask<AuditReading> ExecuteAsync(
        OperationScope scope, OperationTarget target, StreamAuditRequest request, CancellationToken cancellationToken)
    {
        if (request.Earlier is < 0 or > ReadAuditRequest.MaxLimit || (request.Earlier > 0 && request.After is not null))
            throw new KeyreeveException(KeyreeveError.InvalidField, $"0 to {ReadAuditRequest.MaxLimit} earlier records are shown first, or those after one.");
        var filter = request.Filter with { Tenant = scope.Tenant.Value.ToString(CultureInfo.InvariantCulture) };
        var present = indexer.Count;
        var after = request.After ?? (request.Follows ? present : 0);
        scope.Audit.Detail = request.Follows
            ? string.Create(CultureInfo.InvariantCulture, $"follows the trail from record {after + 1} on")
            : string.Create(CultureInfo.InvariantCulture, $"exports records {after + 1} to {present}");
        return ValueTask.FromResult(new AuditReading(indexer, filter, after, request.Follows ? long.MaxValue : present)
        {
            Earlier = request.Earlier == 0 ? [] : AuditReading.Guarded(() => indexer.Find(filter, request.Earlier, present + 1, cancellationToken)).Reverse(),
        });
    }
}

/// <summary>Audit records in their order, a page at a time, with what one page takes of memory. For one thread at a time.</summary>
public sealed class AuditReading
{
    private const int PageSize = 256;

    private readonly AuditIndexer _indexer;
    private readonly AuditFilter _filter;
    private readonly long _last;
    private long _place;

    internal AuditReading(AuditIndexer indexer, AuditFilter filter, long after, long last)
    {
        _indexer = indexer;
        _filter = filter;
        After = _place = after;
        _last = last;
    }

    /// <summary>The record after which it began.</summary>
    public long After { get; }

    /// <summary>What is shown first.</summary>
    public IEnumerable<AuditRecord> Earlier { get; init; } = [];

    /// <summary>Whether there is nothing left to read, now or later.</summary>
    public bool IsComplete => _place >= _last;

    /// <summary>Whether there may be more at once.</summary>
    public bool HasMore => _place < Math.Min(_last, _indexer.Count);

    /// <summary>Reads on.</summary>
    /// <returns>The next records; none if none that matches is there yet, or within reach of one look.</returns>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>.</exception>
    public IReadOnlyList<AuditRecord> Next()
    {
        var (records, place) = Guarded(() => _indexer.FindAfter(_filter, PageSize, _place, _last));
        _place = place;
        return records;
    }

    internal static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (IOException failure)
        {
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The audit trail cannot be read: " + failure.Message, failure);
        }
    }
}
