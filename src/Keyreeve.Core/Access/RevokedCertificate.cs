using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Core.Access;

/// <summary>A certificate that nobody is let in with any more, though it has not expired.</summary>
/// <param name="Serial">Its serial number, hexadecimal.</param>
/// <param name="Since">Since when; null if that is not kept, and it counts from when it is noticed.</param>
/// <param name="Reason">Why.</param>
public sealed record RevokedCertificate(string Serial, DateTimeOffset? Since, X509RevocationReason Reason)
{
    /// <summary>Judges a certificate as the doors do: by whether its key, now, is a credential of an enabled principal of a tenant that is served.</summary>
    /// <param name="record">The certificate.</param>
    /// <param name="principals">Who is known.</param>
    /// <param name="tenants">Which tenants are served.</param>
    /// <param name="now">The time.</param>
    /// <param name="changesAt">When the answer will be another by itself; null if it will not.</param>
    /// <returns>Null if it holds.</returns>
    public static RevokedCertificate? Of(
        CertificateRecord record, PrincipalDirectory principals, TenantDirectory tenants, DateTimeOffset now, out DateTimeOffset? changesAt)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(principals);
        ArgumentNullException.ThrowIfNull(tenants);
        changesAt = null;
        // A key that was taken from one principal and given to another is in a certificate with the first one's name.
        if (principals.Find(record.Key) is not { } shown || !string.Equals(shown.Fingerprint, record.Owner, StringComparison.Ordinal))
            return new RevokedCertificate(record.Serial, null, X509RevocationReason.PrivilegeWithdrawn);
        if (shown.IsDisabled)
        {
            // Disabled since another key took over its name, or for good.
            var isReplaced = principals.FindByName(shown.Tenant, shown.Name) is { } holder && !string.Equals(holder.Principal.Fingerprint, record.Owner, StringComparison.Ordinal);
            return new RevokedCertificate(
                record.Serial, principals.DisabledAt(record.Owner), isReplaced ? X509RevocationReason.Superseded : X509RevocationReason.CessationOfOperation);
        }

        if (shown.CredentialEndsAt is { } ends)
        {
            if (ends <= now) return new RevokedCertificate(record.Serial, ends, X509RevocationReason.Superseded);
            changesAt = ends;
        }

        if (tenants.IsOpen(shown.Tenant)) return null;
        var tenant = tenants.Find(shown.Tenant);
        // spec: RFC 5280 §5.3.1 certificateHold: a tenant that is thawed leaves the list, which is whole each time.
        return new RevokedCertificate(
            record.Serial, tenant?.ChangedAt, tenant?.State == TenantState.Frozen ? X509RevocationReason.CertificateHold : X509RevocationReason.CessationOfOperation);
    }
}
