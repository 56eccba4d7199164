using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>Gives an enrolling principal its certificate. A port: certificates are the server's business.</summary>
public interface ICertificateIssuer
{
    /// <summary>Checks a request: its form, its signature by the key that it names, and that the key is strong enough.</summary>
    /// <param name="request">What the caller sent, PEM.</param>
    /// <returns>The public key's fingerprint: SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal.</returns>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: refused; the message says why.</exception>
    string Examine(string request);

    /// <summary>Issues a certificate for a request that passed <see cref="Examine"/>.</summary>
    /// <param name="request">What the caller sent, PEM. Of it only the public key counts: the name is the one given here.</param>
    /// <param name="name">The principal's name.</param>
    /// <param name="tenant">The tenant in which it has that name.</param>
    IssuedCertificate Issue(string request, string name, TenantId tenant);
}

/// <summary>A certificate and what belongs to it.</summary>
/// <param name="CertificatePem">The certificate, PEM.</param>
/// <param name="ChainPem">The certificates above it, PEM, the root last.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record IssuedCertificate(string CertificatePem, string ChainPem, DateTimeOffset ExpiresAt)
{
    /// <summary>SHA-256 of the certificate of the authority that issued it, lower-case hexadecimal; null if it is not the server's own.</summary>
    public string? Authority { get; init; }

    /// <summary>Its serial number, hexadecimal; null if the authority is not the server's own.</summary>
    public string? Serial { get; init; }
}
