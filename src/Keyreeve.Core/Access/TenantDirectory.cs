using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>
/// The tenants, in memory: one immutable snapshot that a committed change replaces, so that the next request of a tenant that was
/// frozen is refused, on whatever connection. Thread safe.
/// </summary>
public sealed class TenantDirectory : IDisposable
{
    private readonly DocumentSealer _sealer;
    private readonly Lock _changing = new();
    private Snapshot _snapshot = new([Tenant.Root]);

    private TenantDirectory(DocumentSealer sealer) => _sealer = sealer;

    /// <summary>Reads all tenants.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: one was altered outside the server.</exception>
    internal static async ValueTask<TenantDirectory> OpenAsync(IObjectStore store, KeyHierarchy hierarchy, CancellationToken cancellationToken)
    {
        var directory = new TenantDirectory(new DocumentSealer(hierarchy));
        try
        {
            var tenants = await store.ListDocumentsAsync(Tenant.DocumentKind, cancellationToken);
            directory._snapshot = new Snapshot([Tenant.Root, .. tenants.Select(document => Tenant.Open(document, directory._sealer))]);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>All tenants, by name, those that were deleted included.</summary>
    public ImmutableArray<Tenant> List() => [.. Volatile.Read(ref _snapshot).ById.Values.OrderBy(static t => t.Name, StringComparer.Ordinal)];

    /// <summary>Finds a tenant by its exact name, compared ordinally; null if there is none.</summary>
    public Tenant? Find(string name) => List().FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal));

    /// <summary>Finds a tenant by its number; null if nothing is written of it.</summary>
    public Tenant? Find(TenantId id) => Volatile.Read(ref _snapshot).ById.GetValueOrDefault(id);

    /// <summary>Another object after each change of a tenant.</summary>
    public object State => Volatile.Read(ref _snapshot);

    /// <summary>Whether a tenant is served.</summary>
    public bool IsOpen(TenantId id) => !Volatile.Read(ref _snapshot).Closed.ContainsKey(id);

    /// <summary>Refuses what a tenant asks that is frozen or was deleted.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.PermissionDenied"/>; the message says since when, by whom and who ends it.</exception>
    public void RequireOpen(TenantId id)
    {
        if (RefusalOf(id) is { } closed) throw closed.Refusal;
    }

    /// <inheritdoc/>
    public void Dispose() => _sealer.Dispose();

    /// <summary>The rule that refuses what a tenant asks, and what it is told; null if it is served.</summary>
    internal (string Rule, KeyreeveException Refusal)? RefusalOf(TenantId id) => Volatile.Read(ref _snapshot).Closed.GetValueOrDefault(id) is { } closed
        ? (closed.State == TenantState.Frozen ? "tenant-frozen" : "tenant-deleted", Refusal(closed))
        : null;

    /// <summary>Refuses a credential for which an authority or issuer vouches that is not the tenant's.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.PermissionDenied"/>.</exception>
    internal void RequireOwnIssuer(TenantId tenant, PrincipalCredential credential)
    {
        if (credential.Kind is not (CredentialKind.CertificateName or CredentialKind.TokenSubject)) return;
        // What nobody was given is the root tenant's. The answer is the same whose it is.
        var owner = Volatile.Read(ref _snapshot).ByIssuer.GetValueOrDefault(credential.Authority, TenantId.Default);
        if (owner != tenant)
            throw new KeyreeveException(KeyreeveError.PermissionDenied, "That authority or issuer does not vouch for this tenant's principals; an officer of the root tenant says which do.");
    }

    /// <summary>Stages a tenant as it is to be.</summary>
    internal void Write(OperationScope scope, Tenant tenant)
    {
        var next = tenant with { RowVersion = checked(tenant.RowVersion + 1) };
        scope.Write(next.Seal(_sealer));
        scope.OnCommitted(() => Apply(next));
    }

    /// <summary>A number that no tenant has or had. Not counted up: a store that was put back to an older copy would give it twice, and
    /// whoever knows his own would know how many there are.</summary>
    internal TenantId NewId(KeyHierarchy hierarchy)
    {
        while (true)
        {
            var id = new TenantId(RandomNumberGenerator.GetInt32(1000, int.MaxValue));
            if (Find(id) is null && !hierarchy.Has(id)) return id;
        }
    }

    private static KeyreeveException Refusal(Tenant closed)
    {
        var when = $"{closed.ChangedAt:yyyy-MM-dd HH:mm} UTC by {closed.ChangedBy}";
        return new KeyreeveException(KeyreeveError.PermissionDenied, closed.State == TenantState.Frozen
            ? $"The tenant '{closed.Name}' is frozen since {when}{(closed.Reason is { } reason ? $" ({reason})" : "")}. An officer of the root tenant thaws it: keyreeve tenant thaw {closed.Name}"
            : $"The tenant '{closed.Name}' was deleted on {when}; its keys are gone.");
    }

    private void Apply(Tenant changed)
    {
        lock (_changing)
        {
            // Of two changes the later counts, in whatever order they come here.
            if (_snapshot.ById.TryGetValue(changed.Id, out var known) && known.RowVersion >= changed.RowVersion) return;
            Volatile.Write(ref _snapshot, new Snapshot([.. _snapshot.ById.Values.Where(t => t.Id != changed.Id), changed]));
        }
    }

    private sealed class Snapshot(IReadOnlyCollection<Tenant> tenants)
    {
        public FrozenDictionary<TenantId, Tenant> ById { get; } = tenants.ToFrozenDictionary(static t => t.Id);

        public FrozenDictionary<TenantId, Tenant> Closed { get; } = tenants.Where(static t => t.State != TenantState.Active).ToFrozenDictionary(static t => t.Id);

        public FrozenDictionary<string, TenantId> ByIssuer { get; } = tenants
            .SelectMany(static t => t.Issuers, static (t, issuer) => (issuer, t.Id)).ToFrozenDictionary(static p => p.issuer, static p => p.Id, StringComparer.Ordinal);
    }
}
