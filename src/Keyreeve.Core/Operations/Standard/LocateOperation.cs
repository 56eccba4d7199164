using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Object Group Member. KMIP 2.1 §11.33.</summary>
public enum ObjectGroupMember : uint
{
#pragma warning disable CS1591, CA1008, CA1028 // the standard describes each value
    NotSet = 0,
    GroupMemberFresh = 0x00000001,
    GroupMemberDefault = 0x00000002,
#pragma warning restore CS1591, CA1008, CA1028
}

/// <summary>Looks for objects.</summary>
public sealed record LocateRequest
{
    /// <summary>What the objects must have; two values of one date are a range.</summary>
    public required ImmutableArray<KeyValuePair<AttributeKey, AttributeValue>> Attributes { get; init; }

    /// <summary>On line, archived, destroyed; not set means on line.</summary>
    public StorageStatusMask StorageStatusMask { get; init; }

    /// <summary>Which members of the stated Object Group.</summary>
    public ObjectGroupMember ObjectGroupMember { get; init; }

    /// <summary>How many at most; null for as many as the server gives.</summary>
    public int? MaximumItems { get; init; }

    /// <summary>How many to skip.</summary>
    public int OffsetItems { get; init; }

    /// <summary>Whether to count all that match, which costs reading them all.</summary>
    public bool CountAll { get; init; }

    /// <summary>The Object Group asked for, or null.</summary>
    internal string? Group => Attributes.FirstOrDefault(a => a.Key.Name == AttributeName.ObjectGroup).Value is TextValue group ? group.Value : null;
}

/// <summary>What was found.</summary>
/// <param name="Ids">The objects, newest first.</param>
/// <param name="LocatedItems">How many match in all, if that was asked for.</param>
public sealed record LocateResponse(ImmutableArray<UniqueIdentifier> Ids, long? LocatedItems);

/// <summary>
/// KMIP 2.1 §6.1.28 Locate. The index narrows, the objects themselves decide: what is returned was read, verified and compared.
/// </summary>
/// <param name="mostCandidates">How many objects one search reads: what the index cannot tell is found by reading.</param>
public sealed class LocateOperation(int mostCandidates = LocateOperation.MostCandidates) : Operation<LocateRequest, LocateResponse>
{
    /// <summary>The most objects one answer names.</summary>
    public const int MostItems = 10_000;

    /// <summary>The most objects one search reads.</summary>
    public const int MostCandidates = 100_000;

    private const int CandidatesAtOnce = 256;

    /// <inheritdoc/>
    public override TimeSpan? TimeLimit => TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Locate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, LocateRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<LocateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, LocateRequest request, CancellationToken cancellationToken)
    {
        if (request.MaximumItems is < 0 || request.OffsetItems < 0)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Maximum Items and Offset Items are 0 or more.");

        var search = new Search(scope, request, new LocateMatch(request), mostCandidates);
        await search.RunAsync(cancellationToken);
        if (request.ObjectGroupMember == ObjectGroupMember.GroupMemberDefault && request.Group is { } group)
        {
            scope.Audit.Count = 1;
            return new LocateResponse(scope.Engine.GroupTurns.Next(scope.Tenant, group, search.Found) is { } next ? [next] : [], request.CountAll ? search.Matching : null);
        }

        if (search.Found.Count == 0 && FreshMember.IsMadeFor(scope, request)) return new LocateResponse([await FreshMember.MakeAsync(scope, cancellationToken)], request.CountAll ? 1 : null);

        scope.Audit.Count = search.Found.Count;
        return new LocateResponse(search.Found.ToImmutable(), request.CountAll ? search.Matching : null);
    }

    private sealed class Search(OperationScope scope, LocateRequest request, LocateMatch match, int mostCandidates)
    {
        // The default member of a group is chosen among all.
        private int _candidates;

        private readonly int _limit = request.ObjectGroupMember == ObjectGroupMember.GroupMemberDefault ? MostItems : Math.Min(request.MaximumItems ?? MostItems, MostItems);

        public ImmutableArray<UniqueIdentifier>.Builder Found { get; } = ImmutableArray.CreateBuilder<UniqueIdentifier>();

        public long Matching { get; private set; }

        private bool IsDone => Found.Count >= _limit && !request.CountAll;

        public async ValueTask RunAsync(CancellationToken cancellationToken)
        {
            if (match.Id is { } id)
            {
                await ConsiderAsync(id, cancellationToken);
                return;
            }

            var seen = new HashSet<UniqueIdentifier>();
            foreach (var conditions in match.Alternatives(scope.Engine.Access.Of(scope.Tenant).VisibleGroups(scope.Call.Principal), scope.Now))
                await ScanAsync(conditions, seen, cancellationToken);
        }

        private async ValueTask ScanAsync(IReadOnlyList<IndexCondition> conditions, HashSet<UniqueIdentifier> seen, CancellationToken cancellationToken)
        {
            for (UniqueIdentifier? before = null; !IsDone;)
            {
                // As many as are wanted, when few are: the first candidates usually do.
                var wanted = Math.Clamp(_limit - Found.Count, 1, CandidatesAtOnce);
                var query = new ObjectQuery { Tenant = scope.Tenant, Conditions = conditions, Limit = wanted, Before = before };
                var candidates = (await scope.Engine.Objects.LocateAsync(query, cancellationToken)).Ids;
                foreach (var id in candidates)
                    if (!IsDone && seen.Add(id)) await ConsiderAsync(id, cancellationToken);
                if (candidates.Count < wanted) return;
                before = candidates[^1];
            }
        }

        private async ValueTask ConsiderAsync(UniqueIdentifier id, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (++_candidates % CandidatesAtOnce == 0) scope.Spend(RequestWork.Candidates(CandidatesAtOnce));
            if (_candidates > mostCandidates)
                throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"The search reads more than {mostCandidates} objects; ask for something rarer, or do not count.");
            if (await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) is not { } candidate) return;
            if (!scope.MaySee(candidate) || !match.Holds(candidate, scope.May(OperationName.Get, candidate))) return;
            Matching++;
            if (Matching > request.OffsetItems && Found.Count < _limit) Found.Add(id);
        }
    }
}
