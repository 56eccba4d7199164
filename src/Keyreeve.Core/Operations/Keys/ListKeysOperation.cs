using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for keys, a page at a time.</summary>
public sealed record ListKeysRequest
{
    /// <summary>Most keys on a page.</summary>
    public const int MaxLimit = 1000;

    /// <summary>Only keys of this group and of those below it.</summary>
    public GroupName? Group { get; init; }

    /// <summary>Only keys whose name begins so; ordinal.</summary>
    public string? NamePrefix { get; init; }

    /// <summary>Only keys whose current version is in this State.</summary>
    public State? State { get; init; }

    /// <summary>How many at most, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only what comes after this one: <see cref="KeyPage.Next"/> of the page before.</summary>
    public UniqueIdentifier? After { get; init; }
}

/// <summary>A page of keys.</summary>
/// <param name="Keys">The keys, newest current version first.</param>
/// <param name="Next">Where the next page begins; null on the last one.</param>
public sealed record KeyPage(ImmutableArray<NamedKey> Keys, UniqueIdentifier? Next);

/// <summary>
/// Lists named keys, only those that the caller may know of. A key that is rotated while somebody pages through moves to
/// the front of the list: whoever needs every key of a moment asks for one page of all.
/// </summary>
public sealed class ListKeysOperation : Operation<ListKeysRequest, KeyPage>
{
    // A filter by State is compared with what is in force now, so candidates are read; not more than this for one page.
    private const int MostCandidates = 5 * ListKeysRequest.MaxLimit;

    /// <inheritdoc/>
    public override TimeSpan? TimeLimit => TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.ListKeys;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListKeysRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<KeyPage> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListKeysRequest request, CancellationToken cancellationToken)
    {
        if (request.Limit is < 1 or > ListKeysRequest.MaxLimit)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A page has 1 to {ListKeysRequest.MaxLimit} keys.");

        var conditions = ConditionsOf(scope, request);
        var keys = ImmutableArray.CreateBuilder<NamedKey>();
        var after = request.After;
        for (var read = 0; read < MostCandidates;)
        {
            // One more than fits, to know whether there is a next page.
            var wanted = request.Limit - keys.Count + 1;
            var query = new ObjectQuery { Tenant = scope.Tenant, Conditions = conditions, Limit = wanted, Before = after };
            var found = await scope.Engine.Objects.LocateAsync(query, cancellationToken);
            foreach (var id in found.Ids)
            {
                if (keys.Count == request.Limit) return Page(scope, keys, after);
                if (await FindListedAsync(scope, request, id, cancellationToken) is { } key) keys.Add(key);
                after = id;
            }

            if (found.Ids.Count < wanted) return Page(scope, keys, null);
            read += found.Ids.Count;
        }

        return Page(scope, keys, after);
    }

    private static async ValueTask<NamedKey?> FindListedAsync(
        OperationScope scope, ListKeysRequest request, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        if (await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) is not { Name: not null } found) return null;
        // The index was the store's view; whether the caller may see the object is decided on the object itself.
        if (!scope.May(OperationName.GetKey, found)) return null;
        return request.State is { } state && found.State != state ? null : NamedKey.Of(found);
    }

    private static KeyPage Page(OperationScope scope, ImmutableArray<NamedKey>.Builder keys, UniqueIdentifier? next)
    {
        scope.Audit.Count = keys.Count;
        return new KeyPage(keys.ToImmutable(), next);
    }

    private static List<IndexCondition> ConditionsOf(OperationScope scope, ListKeysRequest request)
    {
        List<IndexCondition> conditions =
        [
            IndexTerms.NameStartsWith(request.NamePrefix ?? ""),
            .. IndexTerms.ConditionsFor(AttributeName.CurrentVersion, AttributeValue.Of(true), out _),
            .. IndexTerms.ConditionsFor(AttributeName.ObjectType, AttributeValue.Of(ObjectType.SymmetricKey), out _),
        ];
        if (request.Group is { } group) conditions.Add(IndexTerms.WithinGroups([group]));
        if (scope.Engine.Access.Of(scope.Tenant).VisibleGroups(scope.Call.Principal) is { } visible) conditions.Add(IndexTerms.WithinGroups(visible));
        return conditions;
    }
}
