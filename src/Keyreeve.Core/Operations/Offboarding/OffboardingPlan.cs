using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Offboarding;

/// <summary>What becomes of one principal.</summary>
/// <param name="Enrolled">The principal, as it was.</param>
/// <param name="Removed">The credentials that are taken from it; all, if it is disabled.</param>
/// <param name="IsDisabled">Whether it is shut out, and not only parted from some of its credentials.</param>
public sealed record OffboardedPrincipal(EnrolledPrincipal Enrolled, ImmutableArray<PrincipalCredential> Removed, bool IsDisabled)
{
    /// <summary>What enrolment and policy gave it and took from it until then, as the audit trail names it.</summary>
    public ImmutableArray<string> Rights { get; init; } = [];

    internal OffboardedPrincipal With(AccessPolicy policy)
    {
        var principal = Enrolled.Principal;
        return this with
        {
            Rights = [.. principal.Bindings.Select(static b => b.Rule).Concat(policy.BindingsOf(principal).Select(static b => b.Rule)).Distinct(StringComparer.Ordinal)],
        };
    }
}

/// <summary>A one-time code that nobody will use.</summary>
/// <param name="Name">Who would have enrolled with it.</param>
/// <param name="IssuedBy">Who issued it.</param>
/// <param name="ExpiresAt">When it would have ended.</param>
public sealed record RevokedCode(string Name, string IssuedBy, DateTimeOffset ExpiresAt);

/// <summary>What an offboarding does, or would do.</summary>
public sealed record OffboardingPlan
{
    /// <summary>Whom it is about.</summary>
    public required OffboardingSubject Subject { get; init; }

    /// <summary>The tenant whose principals they are.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>The principals, by name.</summary>
    public required ImmutableArray<OffboardedPrincipal> Principals { get; init; }

    /// <summary>The codes that were issued by them or for them, and nobody has used.</summary>
    public required ImmutableArray<RevokedCode> Codes { get; init; }

    /// <summary>Who was let in by them and stays: worth a look.</summary>
    public required ImmutableArray<string> Introduced { get; init; }

    /// <summary>What they gave or were given; of a tenant none, since nobody is left in it who could use one.</summary>
    public required ImmutableArray<KeyGrant> Grants { get; init; }

    /// <summary>The documents of the codes.</summary>
    internal ImmutableArray<StoredDocument> CodeDocuments { get; init; } = [];

    /// <summary>Finds out what is to be done.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>: there is nobody like that;
    /// <see cref="KeyreeveError.PermissionDenied"/>: the caller is among them, or the tenant is not his business.</exception>
    internal static async ValueTask<OffboardingPlan> MakeAsync(
        OperationScope scope, PrincipalDirectory directory, OffboardingSubject subject, CancellationToken cancellationToken)
    {
        scope.Audit.Detail = subject.ToString();
        var tenant = TenantOf(scope, subject);
        var chosen = Choose(scope, directory, subject, tenant);
        if (chosen.IsEmpty && subject.Kind != OffboardingKind.Tenant)
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no enabled principal like that.");
        if (tenant == scope.Tenant && chosen.Any(p => string.Equals(p.Enrolled.Principal.Fingerprint, scope.Call.Principal.Fingerprint, StringComparison.Ordinal)))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "You are among them: another officer has to do it.");

        var names = chosen.Where(static p => p.IsDisabled).Select(static p => p.Enrolled.Principal.Name).ToHashSet(StringComparer.Ordinal);
        // Tokens that they made for others would let them in again.
        chosen = [.. chosen, .. directory.List(tenant).Where(p => !p.Principal.IsDisabled && !chosen.Any(c => ReferenceEquals(c.Enrolled, p))).Select(p => MadeBy(p, names)).OfType<OffboardedPrincipal>()];
        var (codes, documents) = await CodesAsync(scope, directory, tenant, subject.Kind == OffboardingKind.Tenant ? null : names, cancellationToken);
        scope.Audit.Count = chosen.Length;
        return new OffboardingPlan
        {
            Subject = subject,
            Tenant = tenant,
            Principals = [.. chosen.Select(p => p.With(scope.Engine.Access.Of(tenant)))],
            Codes = codes,
            CodeDocuments = documents,
            Grants = subject.Kind == OffboardingKind.Tenant ? [] : [.. scope.Engine.Access.Of(tenant).Grants.All.Where(g => names.Contains(g.GrantedBy) || names.Contains(g.GrantedTo))],
            Introduced =
            [
                .. directory.List(tenant).Where(p => !p.Principal.IsDisabled && names.Contains(p.IssuedBy) && !names.Contains(p.Principal.Name)).Select(static p => p.Principal.Name),
            ],
        };
    }

    private static TenantId TenantOf(OperationScope scope, OffboardingSubject subject)
    {
        if (subject.Kind != OffboardingKind.Tenant) return scope.Tenant;
        if (scope.Tenant != TenantId.Default) throw new KeyreeveException(KeyreeveError.PermissionDenied, "Tenants are looked after in the root tenant.");
        var found = scope.Engine.Tenants.Find(subject.Name) ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no tenant of that name.");
        if (found.Id == TenantId.Default) throw new KeyreeveException(KeyreeveError.InvalidField, "The root tenant can neither be frozen nor deleted.");
        return found.Id;
    }

    private static ImmutableArray<OffboardedPrincipal> Choose(OperationScope scope, PrincipalDirectory directory, OffboardingSubject subject, TenantId tenant)
    {
        var enabled = directory.List(tenant).Where(static p => !p.Principal.IsDisabled);
        return subject.Kind switch
        {
            OffboardingKind.Principal => [.. enabled.Where(p => string.Equals(p.Principal.Name, subject.Name, StringComparison.Ordinal)).Select(Whole)],
            OffboardingKind.Group => [.. enabled.Where(p => scope.Engine.Access.Of(tenant).ScopeOf(p.Principal) is { } all && all.IsWithin(GroupName.Parse(subject.Name))).Select(Whole)],
            OffboardingKind.Tenant => [.. enabled.Select(Whole)],
            OffboardingKind.Issuer => [.. enabled.Select(p => PartOf(p, subject.Name)).OfType<OffboardedPrincipal>()],
            _ => throw new KeyreeveException(KeyreeveError.InvalidField, "Say who is to be shut out: a principal, a group, a tenant or an issuer."),
        };
    }

    private static OffboardedPrincipal Whole(EnrolledPrincipal principal) => new(principal, [FirstOf(principal), .. principal.Credentials], IsDisabled: true);

    // Whoever is an identity of the issuer's is shut out; who is known by something else besides, only parted from it.
    private static OffboardedPrincipal? PartOf(EnrolledPrincipal principal, string issuer)
    {
        if (IsOf(FirstOf(principal), issuer)) return Whole(principal);
        ImmutableArray<PrincipalCredential> removed = [.. principal.Credentials.Where(c => IsOf(c, issuer))];
        return removed.IsEmpty ? null : new OffboardedPrincipal(principal, removed, IsDisabled: false);
    }

    private static OffboardedPrincipal? MadeBy(EnrolledPrincipal principal, HashSet<string> names)
    {
        ImmutableArray<PrincipalCredential> made = [.. principal.Credentials.Where(c => c.Token is { } token && names.Contains(token.CreatedBy))];
        return made.IsEmpty ? null : new OffboardedPrincipal(principal, made, IsDisabled: false);
    }

    private static PrincipalCredential FirstOf(EnrolledPrincipal principal) => principal.First ?? PrincipalCredential.OfKey(principal.Principal.Fingerprint);

    private static bool IsOf(PrincipalCredential credential, string issuer) =>
        credential.Authority.Length > 0 && string.Equals(credential.Authority, issuer, StringComparison.Ordinal);

    private static async ValueTask<(ImmutableArray<RevokedCode> Codes, ImmutableArray<StoredDocument> Documents)> CodesAsync(
        OperationScope scope, PrincipalDirectory directory, TenantId tenant, HashSet<string>? names, CancellationToken cancellationToken)
    {
        var codes = ImmutableArray.CreateBuilder<RevokedCode>();
        var documents = ImmutableArray.CreateBuilder<StoredDocument>();
        foreach (var document in await scope.Engine.Store.ListDocumentsAsync(EnrolmentGrant.DocumentKind, cancellationToken))
        {
            if (EnrolmentGrant.Open(document, directory.Sealer) is not { } grant || grant.Tenant != tenant) continue;
            // Of a whole tenant: all.
            if (names is not null && !names.Contains(grant.Name) && !names.Contains(grant.IssuedBy)) continue;
            codes.Add(new RevokedCode(grant.Name, grant.IssuedBy, grant.ExpiresAt));
            documents.Add(document);
        }

        return (codes.ToImmutable(), documents.ToImmutable());
    }
}
