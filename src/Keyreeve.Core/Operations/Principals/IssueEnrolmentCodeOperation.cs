using System.Collections.Immutable;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks for a one-time code with which a principal can enrol.</summary>
public sealed record IssueEnrolmentCodeRequest
{
    /// <summary>The shortest a code can be used.</summary>
    public static readonly TimeSpan ShortestValidity = TimeSpan.FromMinutes(1);

    /// <summary>The longest a code can be used.</summary>
    public static readonly TimeSpan LongestValidity = TimeSpan.FromDays(7);

    /// <summary>The principal's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the roles hold; null for the whole tenant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>What the principal may do; with <see cref="IsRenewal"/> none: it keeps its rights.</summary>
    public ImmutableArray<Role> Roles { get; init; } = [];

    /// <summary>How long the code can be used, <see cref="ShortestValidity"/> to <see cref="LongestValidity"/>.</summary>
    public TimeSpan ValidFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether the principal exists and is to get a new certificate; if for a new key, the old one is disabled.</summary>
    public bool IsRenewal { get; init; }
}

/// <summary>A code that was issued.</summary>
// A class: a record's generated ToString would print the code.
public sealed class IssuedEnrolmentCode
{
    /// <summary>The code, shown once.</summary>
    public required string Code { get; init; }

    /// <summary>When it ends, if it is not used before.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>
/// Issues a one-time code. Who issues it needs the right for all that the principal will be able to do, and a code never
/// gives an existing principal more.
/// </summary>
public sealed class IssueEnrolmentCodeOperation(PrincipalDirectory directory) : Operation<IssueEnrolmentCodeRequest, IssuedEnrolmentCode>, IGuarded<IssueEnrolmentCodeRequest>
{
    // Codes that nobody used are removed when the next one is issued.
    private const int MostRemovedAtOnce = 100;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.IssueEnrolmentCode;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, IssueEnrolmentCodeRequest request, CancellationToken cancellationToken)
    {
        PrincipalName.Require(request.Name);
        var group = request.IsRenewal ? directory.ScopeOf(scope, request.Name) : request.Group;
        return ValueTask.FromResult(new OperationTarget(group, null));
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<IssuedEnrolmentCode> ExecuteAsync(
        OperationScope scope, OperationTarget target, IssueEnrolmentCodeRequest request, CancellationToken cancellationToken)
    {
        RequireSound(scope, request);
        var grant = await MakeGrantAsync(scope, request, cancellationToken);
        await RemoveExpiredAsync(scope, cancellationToken);
        var code = EnrolmentCode.Generate(out var hash);
        scope.Write(grant.Seal(directory.Sealer, hash));
        scope.Audit.Detail = $"{(grant.IsRenewal ? "renewal" : "enrolment")} of '{grant.Name}': {string.Join(' ', grant.Bindings.Select(b => b.Rule))}";
        return new IssuedEnrolmentCode { Code = code, ExpiresAt = grant.ExpiresAt };
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, IssueEnrolmentCodeRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        RequireSound(scope, request);
        var roles = string.Join(", ", request.Roles.Distinct().Order());
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = request.IsRenewal
                ? $"give a code with which '{request.Name}' gets a new certificate"
                : $"give a code with which '{request.Name}' enrols, with {roles} in {request.Group?.Value ?? "the whole tenant"}",
            Describe = digest =>
            {
                digest.Add(request.Name);
                digest.Add(request.Group?.Value);
                digest.Add(roles);
                digest.Add(request.ValidFor.Ticks);
                digest.Add(request.IsRenewal ? 1L : 0L);
            },
        };
    }

    // What can be said without the store; also before others are asked to agree.
    private static void RequireSound(OperationScope scope, IssueEnrolmentCodeRequest request)
    {
        if (request.ValidFor < IssueEnrolmentCodeRequest.ShortestValidity || request.ValidFor > IssueEnrolmentCodeRequest.LongestValidity)
            throw new KeyreeveException(KeyreeveError.InvalidField, "A code can be used for 1 minute to 7 days.");
        if (request.IsRenewal)
        {
            if (request.Roles.Length > 0) throw new KeyreeveException(KeyreeveError.InvalidField, "A renewal changes no rights: ask without roles.");
            return;
        }

        if (request.Roles.Length == 0 || request.Roles.Any(r => r == Role.None || !Enum.IsDefined(r)))
            throw new KeyreeveException(KeyreeveError.InvalidField, "Say what the principal may do: at least one role.");
        if (!scope.Call.Principal.IsServer) RoleConflicts.CheckNew(scope.Engine.Access.Of(scope.Tenant).Policy, request.Name, Bindings(request));
    }

    private static ImmutableArray<RoleBinding> Bindings(IssueEnrolmentCodeRequest request) =>
        [.. request.Roles.Distinct().Order().Select(role => new RoleBinding(role, request.Group))];

    private async ValueTask<EnrolmentGrant> MakeGrantAsync(OperationScope scope, IssueEnrolmentCodeRequest request, CancellationToken cancellationToken)
    {
        var taken = await directory.ReadNameAsync(scope.Tenant, request.Name, cancellationToken);
        var existing = request.IsRenewal ? directory.FindByName(scope.Tenant, request.Name) : null;
        if (request.IsRenewal && (taken is null || existing is null || existing.Principal.IsDisabled))
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no enabled principal of that name.");
        if (!request.IsRenewal && taken is not null)
            throw new KeyreeveException(KeyreeveError.NonUniqueName, "A principal of that name exists, or did.");

        var bindings = existing?.Principal.Bindings ?? Bindings(request);
        return new EnrolmentGrant
        {
            Tenant = scope.Tenant,
            Name = request.Name,
            HomeGroup = existing?.Principal.HomeGroup ?? request.Group ?? GroupName.Default,
            Bindings = bindings,
            ExpiresAt = scope.Now + request.ValidFor,
            IssuedBy = scope.Call.Principal.Name,
            IsRenewal = request.IsRenewal,
        };
    }

    private async ValueTask RemoveExpiredAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var document in await scope.Engine.Store.ListDocumentsAsync(EnrolmentGrant.DocumentKind, cancellationToken))
        {
            if (EnrolmentGrant.Open(document, directory.Sealer) is { } grant && grant.ExpiresAt > scope.Now) continue;
            scope.Write(new StoredDocument(document.Kind, document.Key, checked(document.RowVersion + 1), Body: null));
            if (++removed == MostRemovedAtOnce) return;
        }
    }
}
