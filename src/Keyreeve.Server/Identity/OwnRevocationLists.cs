using System.Collections.Concurrent;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Storage;

namespace Keyreeve.Server.Identity;

/// <summary>The revocation lists of the server's own authorities, one for each that is trusted. Thread safe.</summary>
internal sealed class OwnRevocationLists(OwnAuthorities authorities, IdentityParts parts, DocumentSealer sealer, PrincipalDirectory principals) : IDisposable
{
    private readonly ConcurrentDictionary<string, OwnRevocationList> _lists = new(StringComparer.Ordinal);

    /// <summary>The tenants, whose state counts too; null: there are no lists yet. Set once, before anything is served.</summary>
    public TenantDirectory? Tenants { get; set; }

    private IEnumerable<CertificateAuthority> Present => new[] { authorities.Current, authorities.Next, authorities.Previous }.OfType<CertificateAuthority>();

    /// <summary>The list of an authority, DER.</summary>
    /// <param name="fingerprint">SHA-256 of its certificate, hexadecimal; null: of the one that issues.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyreeveException">
    /// <see cref="KeyreeveError.ItemNotFound"/>: it is not an authority of this server's that is trusted; or as <see cref="OwnRevocationList.ReadAsync"/>.
    /// </exception>
    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string? fingerprint, CancellationToken cancellationToken)
    {
        var authority = fingerprint is null
            ? authorities.Current
            : Present.FirstOrDefault(a => string.Equals(a.Fingerprint, fingerprint, StringComparison.OrdinalIgnoreCase))
                ?? throw new KeyreeveException(KeyreeveError.ItemNotFound, "No authority of this server's that is trusted has that fingerprint.");
        var tenants = Tenants ?? throw new KeyreeveException(KeyreeveError.Sealed, "The tenants are not known yet.");
        return ListOf(authority).ReadAsync(tenants, cancellationToken);
    }

    /// <summary>Makes those anew for which it is time, so that who asks need not wait; called now and then.</summary>
    public async Task RefreshAsync()
    {
        if (Tenants is not { } tenants) return;
        var present = Present.ToList();
        foreach (var authority in present) await ListOf(authority).ReadAsync(tenants, CancellationToken.None);

        var left = principals.Issued.LeftBehind([.. present.Select(static a => a.Fingerprint)], parts.Time.GetUtcNow());
        if (left.IsEmpty) return;
        await parts.Store.CommitAsync(new StoreChanges { Documents = [.. left.Select(IssuedCertificates.EndOf)] }, CancellationToken.None);
        foreach (var record in left) principals.Issued.Forget(record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var list in _lists.Values) list.Dispose();
    }

    private OwnRevocationList ListOf(CertificateAuthority authority)
    {
        if (_lists.TryGetValue(authority.Fingerprint, out var known)) return known;
        var made = new OwnRevocationList(authority, parts, sealer, principals);
        var kept = _lists.GetOrAdd(authority.Fingerprint, made);
        if (!ReferenceEquals(kept, made)) made.Dispose();
        return kept;
    }
}
