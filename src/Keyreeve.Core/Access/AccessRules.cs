using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>
/// The policy of every tenant, in memory: one immutable snapshot that a committed change replaces, so that the next request is decided
/// by it, on whatever connection. Thread safe.
/// </summary>
public sealed class AccessRules : IDisposable
{
    private const string DocumentKind = "access-policy";
    private const string UseDocumentKind = "access-use";

    private readonly DocumentSealer _sealer;
    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<(TenantId Tenant, string Binding), UseCounter> _counters = new();
    private FrozenDictionary<TenantId, AccessPolicy> _policies = FrozenDictionary<TenantId, AccessPolicy>.Empty;
    private Func<TenantId, string, Principal?> _principalOf = static (_, _) => null;

    private readonly ConcurrentDictionary<(TenantId Tenant, string Subject), RateState> _rates = new();
    private readonly KeptNumbers _days;

    private AccessRules(DocumentSealer sealer, IObjectStore store)
    {
        _sealer = sealer;
        _days = new KeptNumbers(store, sealer, "access-day");
    }

    /// <summary>Reads the policies of all tenants.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: they were altered outside the server.</exception>
    internal static async ValueTask<AccessRules> OpenAsync(IObjectStore store, KeyHierarchy hierarchy, CancellationToken cancellationToken)
    {
        var rules = new AccessRules(new DocumentSealer(hierarchy), store);
        try
        {
            await rules.ReadAsync(store, cancellationToken);
            return rules;
        }
        catch
        {
            rules.Dispose();
            throw;
        }
    }

    /// <summary>The policy of a tenant now. Allocates nothing.</summary>
    public AccessPolicy Of(TenantId tenant) => Volatile.Read(ref _policies).GetValueOrDefault(tenant, AccessPolicy.BuiltIn);

    /// <summary>Says who has a name now, on which it depends what a grant is worth. Until it is said, none is worth anything.</summary>
    public void KnowPrincipals(Func<TenantId, string, Principal?> principalOf) => Volatile.Write(ref _principalOf, principalOf);

    /// <summary>Writes how many operations the day has had, for those whose days are limited; by one at a time.</summary>
    public async ValueTask WriteDaysAsync(CancellationToken cancellationToken)
    {
        foreach (var (of, state) in _rates) await _days.WriteAsync(UseKey(of.Tenant, of.Subject), state.DayAndCount, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _sealer.Dispose();

    /// <summary>Stages a new policy for a tenant.</summary>
    internal void Write(OperationScope scope, TenantPolicy policy)
    {
        var next = policy with { RowVersion = checked(Of(scope.Tenant).Policy.RowVersion + 1) };
        var content = JsonSerializer.SerializeToUtf8Bytes(PolicyWriter.Write(next), PolicyJson.Default.PolicyFile);
        scope.Write(_sealer.Seal(DocumentKind, scope.Tenant.ToString(), next.RowVersion, content));
        scope.OnCommitted(() => Apply(scope.Tenant, next));
    }

    /// <summary>Stages a new grant, and the end of those that have expired.</summary>
    internal void Write(OperationScope scope, KeyGrant grant)
    {
        var ended = Of(scope.Tenant).Grants.All.Where(g => g.ExpiresAt <= scope.Now).ToList();
        foreach (var old in ended) scope.Write(EndOf(scope.Tenant, old));
        scope.Write(grant.Seal(_sealer, scope.Tenant));
        scope.OnCommitted(() => ApplyGrants(scope.Tenant, all => [.. all.Where(g => !ended.Exists(old => old.Id == g.Id)), grant]));
    }

    /// <summary>Stages the end of a grant.</summary>
    internal void Remove(OperationScope scope, KeyGrant grant)
    {
        scope.Write(EndOf(scope.Tenant, grant));
        scope.OnCommitted(() => ApplyGrants(scope.Tenant, all => all.RemoveAll(g => g.Id == grant.Id)));
    }

    /// <summary>Stages one more use of a binding, once for a request; false if it has been used as often as it may.</summary>
    internal async ValueTask<bool> TryTakeUseAsync(OperationScope scope, CompiledBinding binding, CancellationToken cancellationToken)
    {
        if (scope.Engine.Batch is not null)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "What is allowed a number of times cannot be in a batch that is undone.");
        var counter = binding.Counter!;
        var key = UseKey(scope.Tenant, binding.Source.Name!);
        // A request that takes several keys by one binding uses it once.
        if (scope.Documents.Any(d => string.Equals(d.Kind, UseDocumentKind, StringComparison.Ordinal) && string.Equals(d.Key, key, StringComparison.Ordinal))) return true;
        var used = 0L;
        if (await scope.Engine.Store.FindDocumentAsync(UseDocumentKind, key, cancellationToken) is { } document)
        {
            _sealer.Open(document);
            used = document.RowVersion;
        }

        counter.Raise(used);
        if (binding.IsUsedUp) return false;
        // The version of the document is the count: two that take the same use cannot both be committed.
        scope.Write(_sealer.Seal(UseDocumentKind, key, checked(used + 1), []));
        scope.OnCommitted(() => counter.Raise(used + 1));
        return true;
    }

    // A grant is never changed, so its document has two versions: that it is, and that it is no more.
    private static StoredDocument EndOf(TenantId tenant, KeyGrant grant) => new(KeyGrant.DocumentKind, KeyGrant.DocumentKey(tenant, grant.Id), 2, Body: null);

    private static string UseKey(TenantId tenant, string binding) => $"{tenant}/{binding}";

    private UseCounter CounterOf(TenantId tenant, string binding) => _counters.GetOrAdd((tenant, binding), static _ => new UseCounter());

    private RateState RateOf(TenantId tenant, string subject) => _rates.GetOrAdd((tenant, subject), static _ => new RateState());

    private async ValueTask ReadAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        foreach (var (key, dayAndCount) in await _days.ReadAsync(cancellationToken))
        {
            var (tenant, subject) = ReadKey(key);
            RateOf(tenant, subject).Restore(dayAndCount);
        }

        foreach (var document in await store.ListDocumentsAsync(DocumentKind, cancellationToken))
        {
            var tenant = new TenantId(int.Parse(document.Key, CultureInfo.InvariantCulture));
            var file = JsonSerializer.Deserialize(_sealer.Open(document), PolicyJson.Default.PolicyFile)!;
            Apply(tenant, PolicyReader.Read(file) with { RowVersion = document.RowVersion });
        }

        var grants = new List<(TenantId Tenant, KeyGrant Grant)>();
        foreach (var document in await store.ListDocumentsAsync(KeyGrant.DocumentKind, cancellationToken))
        {
            var (tenant, id) = ReadKey(document.Key);
            grants.Add((tenant, KeyGrant.Open(document, _sealer, UniqueIdentifier.Parse(id))));
        }

        foreach (var ofTenant in grants.GroupBy(static g => g.Tenant))
            ApplyGrants(ofTenant.Key, _ => [.. ofTenant.Select(static g => g.Grant)]);

        foreach (var document in await store.ListDocumentsAsync(UseDocumentKind, cancellationToken))
        {
            _sealer.Open(document);
            var (tenant, binding) = ReadKey(document.Key);
            CounterOf(tenant, binding).Raise(document.RowVersion);
        }
    }

    // tenant/rest
    private static (TenantId Tenant, string Name) ReadKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return (new TenantId(int.Parse(key.AsSpan(0, slash), CultureInfo.InvariantCulture)), key[(slash + 1)..]);
    }

    private void Apply(TenantId tenant, TenantPolicy policy)
    {
        lock (_changing)
        {
            // Of two changes the later counts, in whatever order they come here.
            if (Of(tenant).Policy.RowVersion >= policy.RowVersion) return;
            Put(tenant, new AccessPolicy(policy, name => CounterOf(tenant, name), subject => RateOf(tenant, subject)), Of(tenant).Grants);
        }
    }

    private void ApplyGrants(TenantId tenant, Func<ImmutableArray<KeyGrant>, ImmutableArray<KeyGrant>> change)
    {
        lock (_changing)
        {
            var policy = Of(tenant);
            Put(tenant, policy, new GrantIndex(change(policy.Grants.All)));
        }
    }

    private void Put(TenantId tenant, AccessPolicy policy, GrantIndex grants)
    {
        var whole = policy.With(grants, name => Volatile.Read(ref _principalOf)(tenant, name));
        Volatile.Write(ref _policies, _policies.Where(p => p.Key != tenant).Append(KeyValuePair.Create(tenant, whole)).ToFrozenDictionary());
    }
}
