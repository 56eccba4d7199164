using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>Asks for a new tenant.</summary>
public sealed record CreateTenantRequest
{
    /// <summary>The most authorities and issuers that one tenant has.</summary>
    public const int MostIssuers = 32;

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The name of its first administrator.</summary>
    public required string Administrator { get; init; }

    /// <summary>How long the administrator's code can be used.</summary>
    public TimeSpan ValidFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The authorities and issuers of tokens that vouch for its principals and nobody else's; see <see cref="Tenant.Issuers"/>.</summary>
    public ImmutableArray<string> Issuers { get; init; } = [];
}

/// <summary>A tenant that was made.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Code">With which its first administrator enrols.</param>
public sealed record CreatedTenant(Tenant Tenant, IssuedEnrolmentCode Code);

/// <summary>
/// Makes a tenant, with a key-encryption key of its own, and a one-time code for its first administrator. Whoever makes it has no
/// right in it.
/// </summary>
public sealed class CreateTenantOperation(PrincipalDirectory principals) : TenantOperation<CreateTenantRequest, CreatedTenant>
{
    private const int LongestIssuer = 512;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.CreateTenant;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<CreatedTenant> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateTenantRequest request, CancellationToken cancellationToken)
    {
        if (!PrincipalName.IsWellFormed(request.Name))
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A tenant's name has 1 to {PrincipalName.MaxLength} letters, digits, '.', '_' and '-' of ASCII, and begins with a letter or digit.");
        var (engine, tenants) = (scope.Engine, scope.Engine.Tenants);
        // Other changes of tenants wait from here on, so that a name is given once.
        var made = await engine.Hierarchy.PrepareTenantAsync(() => tenants.NewId(engine.Hierarchy), cancellationToken);
        scope.MakeOnceRecorded(made);
        if (tenants.List().Any(t => string.Equals(t.Name, request.Name, StringComparison.OrdinalIgnoreCase)))
            throw new KeyreeveException(KeyreeveError.NonUniqueName, "A tenant of that name exists, or did.");
        CheckIssuers(request.Issuers, tenants);

        foreach (var document in made.Documents) scope.Write(document);
        scope.OnCommitted(made.Keep);
        var tenant = new Tenant
        {
            Id = made.Tenant, Name = request.Name, State = TenantState.Active, CreatedAt = scope.Now, CreatedBy = scope.Call.Principal.Name, Issuers = request.Issuers,
        };
        tenants.Write(scope, tenant);
        var code = TenantAdministratorCode.Stage(scope, principals, tenant, request.Administrator, request.ValidFor);
        scope.Audit.Detail = $"{tenant.Told}, administered by '{request.Administrator}'";
        return new CreatedTenant(tenant, code);
    }

    private static void CheckIssuers(ImmutableArray<string> issuers, TenantDirectory tenants)
    {
        if (issuers.Length > CreateTenantRequest.MostIssuers) throw new KeyreeveException(KeyreeveError.InvalidField, $"A tenant has at most {CreateTenantRequest.MostIssuers} authorities and issuers.");
        if (issuers.Any(static i => i.Length is 0 or > LongestIssuer || i.Any(char.IsControl)) || issuers.Distinct(StringComparer.Ordinal).Count() < issuers.Length)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"An authority or issuer has 1 to {LongestIssuer} characters, no control characters, and is named once.");
        if (tenants.List().FirstOrDefault(t => t.Issuers.Intersect(issuers, StringComparer.Ordinal).Any()) is { } taken)
            throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, $"The tenant '{taken.Name}' has one of these authorities and issuers; each vouches for one tenant.");
    }
}
