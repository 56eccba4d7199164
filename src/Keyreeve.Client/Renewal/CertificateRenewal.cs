namespace Keyreeve.Client;

/// <summary>What came of renewing a client's certificate.</summary>
public enum CertificateRenewalOutcome
{
    /// <summary>Nothing was done.</summary>
    None = 0,

    /// <summary>It holds for long yet.</summary>
    NotDue,

    /// <summary>There is a new key with its certificate, and the server knows it.</summary>
    Renewed,

    /// <summary>Another process is at it, with the same files.</summary>
    Busy,

    /// <summary>It cannot be renewed from here; <see cref="CertificateRenewal.Reason"/> says why.</summary>
    NotPossible,
}

/// <summary>How it stands with a client's certificate.</summary>
/// <param name="CertificateFile">Where it is.</param>
/// <param name="Outcome">What was done.</param>
/// <param name="ValidUntil">When the certificate that is there now ends.</param>
/// <param name="Reason">Why nothing was done, for people; null otherwise.</param>
public sealed record CertificateRenewal(string CertificateFile, CertificateRenewalOutcome Outcome, DateTimeOffset ValidUntil, string? Reason = null);
