using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>
/// Who is known: all principals in memory, one immutable snapshot that a change replaces. Front doors look the caller up
/// for every request, so that a principal that is disabled is refused at its next one, whatever connection it is on.
/// Thread safe.
/// </summary>
public sealed class PrincipalDirectory
{
    private readonly IObjectStore _store;
    private readonly Lock _changing = new();
    private Snapshot _snapshot;

    private PrincipalDirectory(IObjectStore store, DocumentSealer sealer, Snapshot snapshot, IssuedCertificates issued, ImmutableArray<string> altered)
    {
        Issued = issued;
        _store = store;
        Sealer = sealer;
        TokenUses = new TokenUses(store, sealer);
        _snapshot = snapshot;
        AlteredDocuments = altered;
    }

    /// <summary>
    /// The keys of stored principals that do not open: altered outside the server. They are known to nobody; the server
    /// says so in its log.
    /// </summary>
    public ImmutableArray<string> AlteredDocuments { get; }

    /// <summary>When tokens were used last.</summary>
    public TokenUses TokenUses { get; }

    /// <summary>Which certificates the server's own authorities issued to principals.</summary>
    public IssuedCertificates Issued { get; }

    /// <summary>Another object after each change of a principal.</summary>
    public object State => Volatile.Read(ref _snapshot);

    internal DocumentSealer Sealer { get; }

    /// <summary>Reads all principals.</summary>
    public static async ValueTask<PrincipalDirectory> OpenAsync(IObjectStore store, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(sealer);
        var principals = new List<EnrolledPrincipal>();
        var altered = ImmutableArray.CreateBuilder<string>();
        foreach (var document in await store.ListDocumentsAsync(EnrolledPrincipal.DocumentKind, cancellationToken))
        {
            try
            {
                principals.Add(EnrolledPrincipal.Open(document, sealer));
            }
            catch (KeyreeveException failure) when (failure.Error == KeyreeveError.IntegrityFailure)
            {
                altered.Add(document.Key);
            }
        }

        var directory = new PrincipalDirectory(store, sealer, new Snapshot(principals), await IssuedCertificates.OpenAsync(store, sealer, cancellationToken), altered.ToImmutable());
        await directory.TokenUses.ReadAsync(cancellationToken);
        return directory;
    }

    /// <summary>Finds who has a credential. Allocates nothing.</summary>
    /// <param name="identity">The <see cref="PrincipalCredential.Identity"/>, such as a public key's fingerprint.</param>
    /// <returns>The principal, perhaps a disabled one; null if nobody is known by this credential.</returns>
    public Principal? Find(string identity) =>
        Volatile.Read(ref _snapshot).ByCredential.TryGetValue(identity, out var found) ? found : null;

    /// <summary>
    /// Finds whose a token is. Whoever shows one has to be found to know its secret before he is taken for that principal, which is why
    /// <see cref="Find"/> knows no tokens.
    /// </summary>
    /// <param name="identity">The token's <see cref="PrincipalCredential.Identity"/>.</param>
    /// <returns>The principal with the token's rights, perhaps a disabled one, and what is kept of the token; null if there is none.</returns>
    public (Principal Principal, TokenTerms Terms)? FindToken(string identity) =>
        Volatile.Read(ref _snapshot).ByToken.TryGetValue(identity, out var found) ? found : null;

    /// <summary>Whose a token of a tenant is; null if there is none.</summary>
    internal Principal? FindTokenOwner(TenantId tenant, string identity) =>
        FindToken(identity) is { Principal: { IsDisabled: false } owner } && owner.Tenant == tenant ? owner : null;

    /// <summary>Finds who has a name now, compared ordinally; null if nobody has.</summary>
    public EnrolledPrincipal? FindByName(TenantId tenant, string name)
    {
        var snapshot = Volatile.Read(ref _snapshot);
        return snapshot.ByName.TryGetValue((tenant, name), out var found) ? found : null;
    }

    /// <summary>When a principal was disabled; null if it was not, or there is none.</summary>
    internal DateTimeOffset? DisabledAt(string fingerprint) => Volatile.Read(ref _snapshot).ByFingerprint.GetValueOrDefault(fingerprint)?.DisabledAt;

    /// <summary>Where one has to have the right to decide about a principal; null, the whole tenant, for a name that nobody has: who may
    /// not ask does not learn that.</summary>
    internal GroupName? ScopeOf(Operations.OperationScope scope, string name) =>
        FindByName(scope.Tenant, name) is { } known ? scope.Engine.Access.Of(scope.Tenant).ScopeOf(known.Principal) : null;

    /// <summary>All principals of a tenant, by name.</summary>
    public ImmutableArray<EnrolledPrincipal> List(TenantId tenant) =>
    [
        .. Volatile.Read(ref _snapshot).ByFingerprint.Values
            .Where(p => p.Principal.Tenant == tenant)
            .OrderBy(p => p.Principal.Name, StringComparer.Ordinal).ThenBy(p => p.EnrolledAt),
    ];

    /// <summary>Reads a principal as it is stored, to change it.</summary>
    internal async ValueTask<EnrolledPrincipal?> ReadAsync(string fingerprint, CancellationToken cancellationToken) =>
        await _store.FindDocumentAsync(EnrolledPrincipal.DocumentKind, fingerprint, cancellationToken) is { } document
            ? EnrolledPrincipal.Open(document, Sealer)
            : null;

    /// <summary>Reads whose a credential is, as it is stored: the fingerprint of the principal; null if it is nobody's.</summary>
    internal async ValueTask<string?> ReadOwnerAsync(string identity, CancellationToken cancellationToken)
    {
        if (await ReadAsync(identity, cancellationToken) is not null) return identity;
        return await _store.FindDocumentAsync(PrincipalCredential.DocumentKind, identity, cancellationToken) is { } document
            ? System.Text.Encoding.ASCII.GetString(Sealer.Open(document))
            : null;
    }

    /// <summary>Refuses a credential that somebody has, or whose first credential it was.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ObjectAlreadyExists"/>.</exception>
    internal async ValueTask RequireFreeAsync(string identity, CancellationToken cancellationToken)
    {
        if (await ReadOwnerAsync(identity, cancellationToken) is not null)
            throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, "This credential is a principal's already, or was; take another.");
    }

    /// <summary>Reads a principal by its name, to change it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>, or it is disabled.</exception>
    internal async ValueTask<EnrolledPrincipal> ReadEnabledAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        var found = await ReadNameAsync(tenant, name, cancellationToken) is { } held ? await ReadAsync(held.Fingerprint, cancellationToken) : null;
        return found is { Principal.IsDisabled: false } enabled && string.Equals(enabled.Principal.Name, name, StringComparison.Ordinal)
            ? enabled
            : throw new KeyreeveException(KeyreeveError.ItemNotFound, "There is no enabled principal of that name.");
    }

    /// <summary>Reads who holds a name as it is stored: the fingerprint and the version of the name's document.</summary>
    internal async ValueTask<(string Fingerprint, long RowVersion)?> ReadNameAsync(TenantId tenant, string name, CancellationToken cancellationToken) =>
        await _store.FindDocumentAsync(EnrolledPrincipal.NameDocumentKind, EnrolledPrincipal.NameKey(tenant, name), cancellationToken) is { } document
            ? (System.Text.Encoding.ASCII.GetString(Sealer.Open(document)), document.RowVersion)
            : null;

    /// <summary>Takes over a change that is committed.</summary>
    internal void Apply(EnrolledPrincipal changed)
    {
        lock (_changing)
        {
            // Of two changes the later counts, in whatever order they come here.
            if (_snapshot.ByFingerprint.TryGetValue(changed.Principal.Fingerprint, out var known) && known.RowVersion >= changed.RowVersion) return;
            var others = _snapshot.ByFingerprint.Values
                .Where(p => !string.Equals(p.Principal.Fingerprint, changed.Principal.Fingerprint, StringComparison.Ordinal));
            Volatile.Write(ref _snapshot, new Snapshot([.. others, changed]));
        }
    }

    private sealed class Snapshot
    {
        public Snapshot(IReadOnlyList<EnrolledPrincipal> principals)
        {
            // What is enrolled anew has a new credential.
            principals = [.. principals.Select(p => p with { Principal = p.Principal with { CredentialSince = p.EnrolledAt } })];
            ByFingerprint = principals.ToFrozenDictionary(p => p.Principal.Fingerprint, StringComparer.Ordinal);
            ByCredential = principals
                .SelectMany(static p => p.Credentials.Where(static c => c.Token is null).Select(c => ShownBy(p, c)).Prepend(p.Principal with { CredentialEndsAt = p.FirstEndsAt }))
                .ToFrozenDictionary(p => p.Credential, StringComparer.Ordinal);
            ByToken = principals.SelectMany(static p => p.Credentials.Where(static c => c.Token is not null), static (p, c) => (c.Identity, Principal: p.Principal with
            {
                Credential = c.Identity,
                CredentialSince = c.Token!.CreatedAt,
                Token = new TokenRights(c.Identity, c.Token),
            }, Terms: c.Token)).ToFrozenDictionary(static t => t.Identity, static t => (t.Principal, t.Terms), StringComparer.Ordinal);
            // Who was replaced under its name is disabled and older.
            ByName = principals
                .GroupBy(p => (p.Principal.Tenant, p.Principal.Name))
                .ToFrozenDictionary(g => g.Key, g => g.OrderBy(p => p.Principal.IsDisabled).ThenByDescending(p => p.EnrolledAt).First());
        }

        private static Principal ShownBy(EnrolledPrincipal enrolled, PrincipalCredential credential) => enrolled.Principal with
        {
            Credential = credential.Identity,
            // Of what others vouch for, since when it has it is not kept.
            CredentialSince = credential.Renewal?.Since,
            CredentialEndsAt = credential.EndsAt,
            ShowsUnusedKey = credential.Renewal is { UsedAt: null },
        };

        public FrozenDictionary<string, EnrolledPrincipal> ByFingerprint { get; }

        public FrozenDictionary<string, Principal> ByCredential { get; }

        public FrozenDictionary<string, (Principal Principal, TokenTerms Terms)> ByToken { get; }

        public FrozenDictionary<(TenantId Tenant, string Name), EnrolledPrincipal> ByName { get; }
    }
}
