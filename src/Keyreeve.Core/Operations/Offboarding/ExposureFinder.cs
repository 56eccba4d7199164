using System.Collections.Immutable;
using System.Globalization;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Offboarding;

/// <summary>
/// Finds in the trail which keys somebody got, used to decrypt, or signed with, and since when. Material first, so that what is cut
/// short by the time that it may take is what matters least. Used once, by one thread.
/// </summary>
/// <param name="indexer">Where records are found.</param>
/// <param name="time">The clock.</param>
/// <param name="limit">How long it may take.</param>
public sealed class ExposureFinder(AuditIndexer indexer, TimeProvider time, TimeSpan limit)
{
    private const int PageSize = 1000;

    private static readonly (OperationName Operation, ExposureKind Kind)[] Exposing =
    [
        (OperationName.Get, ExposureKind.Material), (OperationName.Export, ExposureKind.Material), (OperationName.Put, ExposureKind.Material),
        (OperationName.GenerateDataKey, ExposureKind.Plaintexts), (OperationName.Decrypt, ExposureKind.Plaintexts), (OperationName.DeriveKey, ExposureKind.Plaintexts),
        (OperationName.ReEncrypt, ExposureKind.Plaintexts),
        (OperationName.Sign, ExposureKind.Signatures), (OperationName.MAC, ExposureKind.Signatures),
    ];

    private readonly Dictionary<string, Found> _keys = new(StringComparer.Ordinal);
    private readonly long _started = time.GetTimestamp();

    /// <summary>How many records were read.</summary>
    public long Read { get; private set; }

    /// <summary>Whether all were, in the time that there was.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Finds what the trail has of principals of a tenant: all, or of who is only parted from some credentials what was done with these.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>: the trail cannot be read.</exception>
    public ImmutableArray<KeyExposure> Find(TenantId tenant, IReadOnlyCollection<OffboardedPrincipal> principals, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (operation, kind) in Exposing)
                foreach (var principal in principals) Find(tenant, principal, operation, kind, cancellationToken);
        }
        catch (IOException failure)
        {
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The audit trail cannot be read: " + failure.Message, failure);
        }

        return [.. _keys.Values.Select(static k => k.ToExposure()).OrderByDescending(static k => k.Kind).ThenBy(static k => k.Since)];
    }

    private void Find(TenantId tenant, OffboardedPrincipal principal, OperationName operation, ExposureKind kind, CancellationToken cancellationToken)
    {
        var filter = new AuditFilter
        {
            Tenant = tenant.ToString(), Principal = principal.Enrolled.Principal.Name, Operation = operation.ToString(), Result = nameof(AuditResult.Success),
        };
        for (var before = 0L; ;)
        {
            if (time.GetElapsedTime(_started) > limit)
            {
                IsComplete = false;
                return;
            }

            var page = indexer.Find(filter, PageSize, before, cancellationToken);
            foreach (var record in page)
                if (principal.IsDisabled || principal.Removed.Any(c => string.Equals(c.Identity, record["credential"], StringComparison.Ordinal))) Add(record, principal.Enrolled.Principal.Name, operation, kind);
            Read += page.Count;
            if (page.Count < PageSize) return;
            before = page[^1].Serial;
        }
    }

    private void Add(AuditRecord record, string principal, OperationName operation, ExposureKind kind)
    {
        if (record["objectId"] is not { } id) return;
        // All versions of a named key are one entry; an object without a name is one by itself.
        var key = record["keyName"] is { } name ? "name " + name : id;
        if (!_keys.TryGetValue(key, out var found)) _keys[key] = found = new Found(UniqueIdentifier.Parse(id), record["keyName"], record["group"]);
        found.Add(record, principal, operation, kind);
    }

    private sealed class Found(UniqueIdentifier id, string? name, string? group)
    {
        private readonly SortedSet<int> _versions = [];
        private readonly SortedSet<string> _principals = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, long> _operations = new(StringComparer.Ordinal);
        private ExposureKind _kind;
        private DateTimeOffset _since = DateTimeOffset.MaxValue;
        private DateTimeOffset _until = DateTimeOffset.MinValue;

        public void Add(AuditRecord record, string principal, OperationName operation, ExposureKind kind)
        {
            if (kind > _kind) _kind = kind;
            if (record.Time < _since) _since = record.Time;
            if (record.Time > _until) _until = record.Time;
            _principals.Add(principal);
            _operations[operation.ToString()] = _operations.GetValueOrDefault(operation.ToString()) + 1;
            if (record["keyVersion"] is { } version && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) _versions.Add(number);
        }

        public KeyExposure ToExposure() => new()
        {
            Id = id, Name = name, Group = group, Kind = _kind, Since = _since, Until = _until, Versions = [.. _versions], Principals = [.. _principals],
            Operations = _operations.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }
}
