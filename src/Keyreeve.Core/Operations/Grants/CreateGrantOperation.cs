using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;

namespace Keyreeve.Core.Operations.Grants;

/// <summary>Asks that somebody else have a part of the caller's rights on a key.</summary>
public sealed record CreateGrantRequest
{
    /// <summary>The key.</summary>
    public required KeySelector Key { get; init; }

    /// <summary>Who is to have it, compared ordinally.</summary>
    public required string GrantedTo { get; init; }

    /// <summary>What may be done with the key; at least one role on keys.</summary>
    public required ImmutableArray<Role> Roles { get; init; }

    /// <summary>With a context that has all of these.</summary>
    public ImmutableArray<ContextTerm> Context { get; init; } = [];

    /// <summary>Whether who has it may hand it on.</summary>
    public bool MayBeHandedOn { get; init; }

    /// <summary>How long it holds.</summary>
    public TimeSpan ValidFor { get; init; } = KeyGrant.DefaultLifetime;
}

/// <summary>
/// Hands a part of the caller's rights on a key to somebody else. What the caller does not have itself is refused here, and asked again
/// at each use.
/// </summary>
/// <param name="directory">Who is known.</param>
public sealed class CreateGrantOperation(PrincipalDirectory directory) : Operation<CreateGrantRequest, KeyGrant>
{
    /// <summary>The most grants of a tenant.</summary>
    public const int MostGrants = 20_000;

    private const int MostTerms = 16;
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.CreateGrant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateGrantRequest request, CancellationToken cancellationToken) =>
        OperationTarget.Of(await KeyVersions.RequireCurrentAsync(scope, request.Key, cancellationToken));

    /// <inheritdoc/>
    protected internal override ValueTask<KeyGrant> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateGrantRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var granter = scope.Call.Principal;
        if (string.Equals(request.GrantedTo, granter.Name, StringComparison.Ordinal)) throw Refused("Nobody grants anything to himself.");
        if (directory.FindByName(scope.Tenant, request.GrantedTo) is not { Principal: { IsDisabled: false } holder })
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no enabled principal of that name to grant it to.");
        var grant = new KeyGrant
        {
            Id = UniqueIdentifier.New(scope.Now),
            GrantedBy = granter.Name,
            GrantedTo = holder.Name,
            Key = target.Object!.KeyIdentifier,
            Roles = [.. request.Roles.Distinct().Order()],
            Context = request.Context,
            MayBeHandedOn = request.MayBeHandedOn,
            CreatedAt = scope.Now,
            ExpiresAt = scope.Now + request.ValidFor,
        };
        scope.Audit.Detail = $"{grant.Rule} to '{grant.GrantedTo}': {string.Join(' ', grant.Roles)}, until {grant.ExpiresAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}"
            + (grant.MayBeHandedOn ? ", may be handed on" : "");
        var policy = scope.Engine.Access.Of(scope.Tenant);
        if (policy.Grants.All.Count(g => g.ExpiresAt > scope.Now) >= MostGrants) throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"A tenant has at most {MostGrants} grants.");
        RequireHeld(scope, policy, target, grant);
        RoleConflicts.CheckGrant(policy.Policy, holder, policy.Grants.HeldBy(holder.Name).Select(static g => g.Source).Append(grant));
        scope.Engine.Access.Write(scope, grant);
        return ValueTask.FromResult(grant);
    }

    // Attack 31: a grant of more than the granter holds.
    private static void RequireHeld(OperationScope scope, AccessPolicy policy, OperationTarget target, KeyGrant grant)
    {
        var missing = grant.Operations.ToNames().Where(operation => !policy.MayEverHandOn(
            new AccessQuestion { Call = scope.Call, Operation = operation, Group = target.Group, Key = grant.Key }, scope.Call.Principal)).ToList();
        if (missing.Count > 0)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{grant.GrantedBy} may not hand on what it does not have here itself: {string.Join(", ", missing)}.");
    }

    private static void Check(CreateGrantRequest request)
    {
        if (request.Roles.Length == 0 || request.Roles.Any(static r => !RoleCatalog.IsOnKeys(r) || !Enum.IsDefined(r) || r == Role.Granter))
            throw Refused("A grant has one or more roles on keys; that it may be handed on is said apart.");
        if (request.ValidFor < ShortestLifetime || request.ValidFor > KeyGrant.LongestLifetime)
            throw Refused($"A grant holds from a minute to {KeyGrant.LongestLifetime.TotalDays:0} days.");
        if (request.Context.Length > MostTerms || request.Context.Any(static term => term.Name.Length == 0 || (term.Exactly is null) == (term.Contains is null)))
            throw Refused($"A grant's context has at most {MostTerms} terms, each a name and what its value equals or contains.");
    }

    private static KeyreeveException Refused(string message) => new(KeyreeveError.InvalidField, message);
}
