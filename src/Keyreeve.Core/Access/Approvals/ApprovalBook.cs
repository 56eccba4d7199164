using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access.Approvals;

/// <summary>The requests for approval, as they are stored: sealed, so that who can write the store approves nothing. Thread safe.</summary>
public sealed class ApprovalBook : IDisposable
{
    /// <summary>The most that one principal has open at a time.</summary>
    public const int MostOpen = 100;

    private const string LatchKind = "approval-rule";
    private const int MostRemovedAtOnce = 100;

    // How long one that has ended can still be looked up.
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromDays(30);

    private readonly DocumentSealer _sealer;

    internal ApprovalBook(KeyHierarchy hierarchy) => _sealer = new DocumentSealer(hierarchy);

    /// <inheritdoc/>
    public void Dispose() => _sealer.Dispose();

    /// <summary>All requests of the tenant that are kept, the oldest first.</summary>
    internal async ValueTask<ImmutableArray<ApprovalRequest>> ListAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        var documents = await scope.Engine.Store.ListDocumentsAsync(ApprovalRequest.DocumentKind(scope.Tenant), cancellationToken);
        return [.. documents.Select(document => ApprovalRequest.Open(document, _sealer)).OrderBy(static r => r.Id)];
    }

    /// <summary>One request of the tenant; null if there is none.</summary>
    internal async ValueTask<ApprovalRequest?> FindAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken) =>
        await scope.Engine.Store.FindDocumentAsync(ApprovalRequest.DocumentKind(scope.Tenant), id.ToString(), cancellationToken) is { } document
            ? ApprovalRequest.Open(document, _sealer)
            : null;

    /// <summary>Stages a new request, and the end of what need not be kept any more.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ServerLimitExceeded"/>: the caller has too many open.</exception>
    internal async ValueTask AddAsync(OperationScope scope, ApprovalRequest request, CancellationToken cancellationToken)
    {
        var all = await ListAsync(scope, cancellationToken);
        if (all.Count(r => r.IsOpenAt(scope.Now) && r.IsBy(scope.Call.Principal)) >= MostOpen)
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"{scope.Call.Principal.Name} has {MostOpen} requests for approval open; withdraw some.");
        foreach (var old in all.Where(r => !r.IsOpenAt(scope.Now) && (r.EndedAt ?? r.ExpiresAt) + KeptAfterEnd < scope.Now).Take(MostRemovedAtOnce))
            scope.Write(new StoredDocument(ApprovalRequest.DocumentKind(scope.Tenant), old.Id.ToString(), checked(old.RowVersion + 1), Body: null));
        scope.Write(request.Seal(_sealer));
    }

    /// <summary>Stages a change of a request as it was read.</summary>
    internal void Change(OperationScope scope, ApprovalRequest changed) =>
        scope.Write((changed with { RowVersion = checked(changed.RowVersion + 1) }).Seal(_sealer));

    /// <summary>Whether there was once a second one who could approve in the place, or in one around it: from then on nobody acts alone there.</summary>
    /// <param name="scope">Who asks.</param>
    /// <param name="group">The key group; null for what concerns none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    internal async ValueTask<bool> IsLatchedAsync(OperationScope scope, GroupName? group, CancellationToken cancellationToken)
    {
        foreach (var place in Around(group))
        {
            if (await scope.Engine.Store.FindDocumentAsync(LatchKind, LatchKey(scope, place), cancellationToken) is not { } document) continue;
            _sealer.Open(document);
            return true;
        }

        return false;
    }

    /// <summary>Stages that nobody acts alone any more in the widest place around the group for which <paramref name="hasTwo"/> says so.</summary>
    internal async ValueTask LatchAsync(OperationScope scope, GroupName? group, Func<GroupName?, bool> hasTwo, CancellationToken cancellationToken)
    {
        foreach (var place in Around(group))
        {
            if (!hasTwo(place)) continue;
            if (await scope.Engine.Store.FindDocumentAsync(LatchKind, LatchKey(scope, place), cancellationToken) is null)
                scope.Write(_sealer.Seal(LatchKind, LatchKey(scope, place), 1, []));
            return;
        }
    }

    // From the whole tenant inwards.
    private static IEnumerable<GroupName?> Around(GroupName? group)
    {
        yield return null;
        if (group is not { Value: var name }) yield break;
        for (var end = name.IndexOf('/', StringComparison.Ordinal); end > 0; end = name.IndexOf('/', end + 1)) yield return GroupName.Parse(name[..end]);
        yield return group;
    }

    private static string LatchKey(OperationScope scope, GroupName? place) => $"{scope.Tenant}/{place}";
}
