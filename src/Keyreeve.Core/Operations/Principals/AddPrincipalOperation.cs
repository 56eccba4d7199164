using System.Collections.Immutable;
using System.Text;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks that somebody be known from now on by a credential that others vouch for: nothing is enrolled.</summary>
public sealed record AddPrincipalRequest
{
    /// <summary>The principal's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the roles hold; null for the whole tenant.</summary>
    public GroupName? Group { get; init; }

    /// <summary>What the principal may do; at least one role.</summary>
    public required ImmutableArray<Role> Roles { get; init; }

    /// <summary>By what it is recognised.</summary>
    public required PrincipalCredential Credential { get; init; }
}

/// <summary>
/// Adds a principal that comes with a token of an issuer, or with a certificate of your own authority, both of which are
/// trusted in the server's configuration. Who adds it needs the right for all that it will be able to do.
/// </summary>
public sealed class AddPrincipalOperation(PrincipalDirectory directory) : Operation<AddPrincipalRequest, EnrolledPrincipal>, IGuarded<AddPrincipalRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddPrincipal;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, AddPrincipalRequest request, CancellationToken cancellationToken)
    {
        PrincipalName.Require(request.Name);
        return ValueTask.FromResult(new OperationTarget(request.Group, null));
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<EnrolledPrincipal> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddPrincipalRequest request, CancellationToken cancellationToken)
    {
        RequireSound(scope, request);
        if (await directory.ReadNameAsync(scope.Tenant, request.Name, cancellationToken) is not null)
            throw new KeyreeveException(KeyreeveError.NonUniqueName, "A principal of that name exists, or did.");
        await directory.RequireFreeAsync(request.Credential.Identity, cancellationToken);

        var added = new EnrolledPrincipal
        {
            Principal = new Principal
            {
                Tenant = scope.Tenant,
                Name = request.Name,
                Fingerprint = request.Credential.Identity,
                HomeGroup = request.Group ?? GroupName.Default,
                Bindings = Bindings(request),
            },
            EnrolledAt = scope.Now,
            IssuedBy = scope.Call.Principal.Name,
            First = request.Credential,
            RowVersion = 1,
        };
        scope.Audit.Detail = $"'{request.Name}' by {AddCredentialOperation.Describe(request.Credential)}: {string.Join(' ', added.Principal.Bindings.Select(b => b.Rule))}";
        scope.Write(added.Seal(directory.Sealer));
        scope.Write(directory.Sealer.Seal(
            EnrolledPrincipal.NameDocumentKind, EnrolledPrincipal.NameKey(scope.Tenant, request.Name), 1, Encoding.ASCII.GetBytes(request.Credential.Identity)));
        scope.OnCommitted(() => directory.Apply(added));
        return added;
    }

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, AddPrincipalRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        RequireSound(scope, request);
        var roles = string.Join(", ", request.Roles.Distinct().Order());
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = $"add the principal '{request.Name}' by {AddCredentialOperation.Describe(request.Credential)}, with {roles} in {request.Group?.Value ?? "the whole tenant"}",
            Describe = digest =>
            {
                digest.Add(request.Name);
                digest.Add(request.Group?.Value);
                digest.Add(roles);
                digest.Add(request.Credential.Identity);
            },
        };
    }

    // What can be said without the store; also before others are asked to agree.
    private static void RequireSound(OperationScope scope, AddPrincipalRequest request)
    {
        if (request.Roles.Length == 0 || request.Roles.Any(r => r == Role.None || !Enum.IsDefined(r)))
            throw new KeyreeveException(KeyreeveError.InvalidField, "Say what the principal may do: at least one role.");
        scope.Engine.Tenants.RequireOwnIssuer(scope.Tenant, request.Credential);
        RoleConflicts.CheckNew(scope.Engine.Access.Of(scope.Tenant).Policy, request.Name, Bindings(request));
    }

    private static ImmutableArray<RoleBinding> Bindings(AddPrincipalRequest request) =>
        [.. request.Roles.Distinct().Order().Select(role => new RoleBinding(role, request.Group))];
}
