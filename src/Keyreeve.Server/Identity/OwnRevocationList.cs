using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Storage;

namespace Keyreeve.Server.Identity;

/// <summary>
/// The revocation list of one of the server's own authorities. It is signed anew when what it says has changed or it is past half of its life, and
/// not for each who asks. Thread safe.
/// </summary>
internal sealed class OwnRevocationList(CertificateAuthority authority, IdentityParts parts, DocumentSealer sealer, PrincipalDirectory principals) : IDisposable
{
    /// <summary>How long a list holds.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const string DocumentKind = "revocation-list";

    // Clocks differ: what is signed now holds since a little earlier.
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _making = new(1, 1);
    private KeptList? _kept;
    private Known? _known;

    /// <summary>The list as it has to be now, DER.</summary>
    /// <exception cref="KeyreeveException">
    /// <see cref="KeyreeveError.StoreUnavailable"/> or <see cref="KeyreeveError.Sealed"/>: there has to be a new one, and it cannot be signed or kept.
    /// </exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(TenantDirectory tenants, CancellationToken cancellationToken)
    {
        if (FindCurrent(tenants) is { } current) return current.Der;
        await _making.WaitAsync(cancellationToken);
        try
        {
            // Whoever was before may have made it.
            return (FindCurrent(tenants) ?? await LookAsync(tenants)).Der;
        }
        finally
        {
            _making.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _making.Dispose();

    private Known? FindCurrent(TenantDirectory tenants) =>
        Volatile.Read(ref _known) is { } known && ReferenceEquals(known.Principals, principals.State) && ReferenceEquals(known.Tenants, tenants.State)
            && parts.Time.GetUtcNow() < known.Until
            ? known
            : null;

    // Not cancelled with whoever asked: others wait for it too.
    private async ValueTask<Known> LookAsync(TenantDirectory tenants)
    {
        // Before it is looked at who is revoked: a change in between is found the next time.
        var (principalsNow, tenantsNow, now) = (principals.State, tenants.State, parts.Time.GetUtcNow());
        var kept = _kept ??= await FindKeptAsync();
        var entries = Judge(kept, tenants, now, out var changesAt);
        if (kept.Der.Length == 0 || now >= kept.NextUpdate - (Lifetime / 2) || now < kept.ThisUpdate || !entries.SequenceEqual(kept.Entries))
            _kept = kept = await MakeAsync(kept, entries, now);
        var half = kept.NextUpdate - (Lifetime / 2);
        var known = new Known(principalsNow, tenantsNow, changesAt is { } change && change < half ? change : half, kept.Der);
        Volatile.Write(ref _known, known);
        return known;
    }

    private async ValueTask<KeptList> FindKeptAsync()
    {
        if (await parts.Store.FindDocumentAsync(DocumentKind, authority.Fingerprint, CancellationToken.None) is not { } document) return new KeptList();
        if (sealer.TryOpen(document, out var content))
            return JsonSerializer.Deserialize(content, IdentityJson.Default.KeptList)! with { RowVersion = document.RowVersion };
        parts.Alarm($"The stored revocation list of the authority {authority.Fingerprint} was altered outside the server; another takes its place.");
        return new KeptList { RowVersion = document.RowVersion };
    }

    private ImmutableArray<KeptEntry> Judge(KeptList kept, TenantDirectory tenants, DateTimeOffset now, out DateTimeOffset? changesAt)
    {
        changesAt = null;
        var before = kept.Entries.ToDictionary(static e => e.Serial, StringComparer.Ordinal);
        var entries = ImmutableArray.CreateBuilder<KeptEntry>();
        foreach (var record in principals.Issued.Of(authority.Fingerprint))
        {
            if (IsOver(record, kept)) continue;
            var revoked = RevokedCertificate.Of(record, principals, tenants, now, out var turnsAt);
            if (turnsAt < (changesAt ?? DateTimeOffset.MaxValue)) changesAt = turnsAt;
            if (revoked is null) continue;
            var known = before.GetValueOrDefault(record.Serial);
            var since = revoked.Since ?? known?.Since ?? now;
            // What was revoked after its end needs nobody's attention.
            if (known is null && since >= record.ExpiresAt) continue;
            // Why a key went is not seen any more once it is gone; then what was said before goes on holding.
            entries.Add(revoked.Since is null && known is not null ? known : new KeptEntry(record.Serial, WholeSeconds(since), revoked.Reason));
        }

        return [.. entries.OrderBy(static e => e.Serial, StringComparer.Ordinal)];
    }

    // spec: RFC 5280 §3.3 "An entry MUST NOT be removed from the CRL until it appears on one regularly scheduled CRL issued beyond the revoked
    // certificate's validity period."
    private static bool IsOver(CertificateRecord record, KeptList kept) => record.ExpiresAt <= kept.ThisUpdate;

    private async ValueTask<KeptList> MakeAsync(KeptList before, ImmutableArray<KeptEntry> entries, DateTimeOffset now)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var entry in entries) list.AddEntry(Convert.FromHexString(entry.Serial), entry.Since, entry.Reason);
        var made = new KeptList
        {
            // spec: RFC 5280 §5.2.3 "a monotonically increasing sequence number", also when the store was put back to an older copy.
            Number = Math.Max(checked(before.Number + 1), now.ToUnixTimeSeconds()),
            ThisUpdate = WholeSeconds(now - Allowance),
            NextUpdate = WholeSeconds(now + Lifetime),
            Entries = entries,
            RowVersion = checked(before.RowVersion + 1),
        };
        made = made with { Der = authority.Sign(list, made.Number, made.ThisUpdate, made.NextUpdate) };

        var over = principals.Issued.Of(authority.Fingerprint).Where(record => IsOver(record, before)).ToList();
        var document = sealer.Seal(DocumentKind, authority.Fingerprint, made.RowVersion, JsonSerializer.SerializeToUtf8Bytes(made, IdentityJson.Default.KeptList));
        await parts.Store.CommitAsync(new StoreChanges { Documents = [document, .. over.Select(IssuedCertificates.EndOf)] }, CancellationToken.None);
        foreach (var record in over) principals.Issued.Forget(record);
        return made;
    }

    private static DateTimeOffset WholeSeconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());

    /// <summary>The list, and for how long nothing can have changed.</summary>
    private sealed record Known(object Principals, object Tenants, DateTimeOffset Until, ReadOnlyMemory<byte> Der);
}

/// <summary>A list as it is kept.</summary>
internal sealed record KeptList
{
    public int V { get; init; } = 1;

    public long Number { get; init; }

    public DateTimeOffset ThisUpdate { get; init; }

    public DateTimeOffset NextUpdate { get; init; }

    public ImmutableArray<KeptEntry> Entries { get; init; } = [];

    /// <summary>The list; empty if there is none yet.</summary>
    public byte[] Der { get; init; } = [];

    [System.Text.Json.Serialization.JsonIgnore]
    public long RowVersion { get; init; }
}

/// <summary>One certificate on it.</summary>
internal sealed record KeptEntry(string Serial, DateTimeOffset Since, X509RevocationReason Reason);
