using System.Collections.Immutable;
using Keyreeve.Client.Connecting;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>How a client reaches its servers, and who it is.</summary>
/// <remarks>Immutable. <see cref="KeyreeveClient"/> reads the named files once, when it is made.</remarks>
public sealed record ClientOptions
{
    /// <summary>
    /// The servers, the preferred one first. The first that serves is asked; one that cannot be reached, is sealed or not ready is
    /// passed over until it serves again. A request that may have reached a server is not sent to another unless repeating it is
    /// harmless. At least one.
    /// </summary>
    public required ImmutableArray<KeyServer> Servers { get; init; }

    /// <summary>
    /// File, or folder of files, with the certificate authorities, in PEM, that issue the servers' certificates. No others are
    /// trusted. Null: the fingerprint says whom to trust.
    /// </summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>
    /// SHA-256 fingerprint of the servers' certificate or of its authority's, which the servers then have to send along; in place of
    /// <see cref="CertificateAuthorityFile"/>.
    /// </summary>
    public CaFingerprint? CertificateAuthorityFingerprint { get; init; }

    /// <summary>
    /// File with this client's certificate: PEM, issuers after it, or PKCS #12 with its private key. Null: without a certificate only
    /// <see cref="KeyreeveClient.GetHealthAsync"/> and the like are answered.
    /// </summary>
    public string? CertificateFile { get; init; }

    /// <summary>
    /// The certificate's private key: a file in PEM (PKCS #8 or SEC 1), mode 0600, or a PKCS #11 URI (RFC 7512), <c>pkcs11:…</c>, of a
    /// key that stays in its token. Set with a certificate in PEM, not with PKCS #12.
    /// </summary>
    public string? PrivateKeyFile { get; init; }

    /// <summary>What the private key's file is encrypted with, or the token's PIN; null for nothing.</summary>
    public SecretReference? PrivateKeyPassword { get; init; }

    /// <summary>
    /// Where a token is by which the servers know this client, in place of a certificate: a file of its own, closed to others, or a
    /// credential of systemd. Read anew when it is refused, so that it can be replaced while the program runs. Over REST alone.
    /// </summary>
    public SecretReference? Token { get; init; }

    /// <summary>
    /// After what share of its life a certificate is renewed, aside from all calls: a new key is made here, and both files are replaced once
    /// the server has taken the new certificate. Only for PEM files that can be written, and certificates of the server's own authority, over
    /// REST. Null: never. Default: two thirds.
    /// </summary>
    public double? RenewCertificateAfter { get; init; } = 2.0 / 3;

    /// <summary>How long after the start the certificate is looked at first.</summary>
    internal TimeSpan FirstCertificateCheck { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may take in all: connecting, waiting, every server. Default 30 s.</summary>
    public TimeSpan RequestTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long connecting to one server may take before the next is tried. Default 5 s.</summary>
    public TimeSpan ConnectTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long one of several servers has for a request that may be repeated at another; one that hangs costs no more. Default 5 s,
    /// at most the whole request's limit.
    /// </summary>
    public TimeSpan AttemptTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long to wait, once no server served, before the first is tried again; grows, with jitter, up to 2 s. Default 200 ms.
    /// Zero: the servers are tried once, and then the request fails.
    /// </summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Why the keys are needed: goes into the decision and the audit record of each request. Null: nothing is said.</summary>
    public string? Purpose { get; init; }

    /// <summary>Told, in sentences for people, that a server was given up or serves again; called on any thread. Null: nobody.</summary>
    public Action<ClientLogLevel, string>? Log { get; init; }

    /// <summary>Throws when the options cannot be used.</summary>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.InvalidOptions"/>; the message says which and why.</exception>
    internal void Check(string scheme = "https")
    {
        if (Servers.IsDefaultOrEmpty)
            throw Invalid("At least one server is needed.");
        foreach (var server in Servers)
            Check(server, scheme);
        if (RequestTimeLimit <= TimeSpan.Zero || ConnectTimeLimit <= TimeSpan.Zero || AttemptTimeLimit <= TimeSpan.Zero)
            throw Invalid("A time limit is more than zero.");
        if (Token is not null && (CertificateFile is not null || Servers.Any(static server => server.CertificateFile is not null)))
            throw Invalid("A client is known by a certificate or by a token, not by both.");
        if (RenewCertificateAfter is <= 0 or >= 1 or double.NaN)
            throw Invalid("A certificate is renewed after a share of its life between 0 and 1.");
        if (RetryDelay < TimeSpan.Zero)
            throw Invalid("The retry delay is not negative.");
    }

    /// <summary>What is to be known of a server, its own settings before the common ones.</summary>
    internal KeyServer Complete(KeyServer server)
    {
        var hasIdentity = server.CertificateFile is not null || server.PrivateKeyFile is not null;
        var hasAuthority = server.CertificateAuthorityFile is not null || server.CertificateAuthorityFingerprint is not null;
        return server with
        {
            CertificateAuthorityFile = hasAuthority ? server.CertificateAuthorityFile : CertificateAuthorityFile,
            CertificateAuthorityFingerprint = hasAuthority ? server.CertificateAuthorityFingerprint : CertificateAuthorityFingerprint,
            CertificateFile = hasIdentity ? server.CertificateFile : CertificateFile,
            PrivateKeyFile = hasIdentity ? server.PrivateKeyFile : PrivateKeyFile,
            PrivateKeyPassword = hasIdentity ? server.PrivateKeyPassword : PrivateKeyPassword,
        };
    }

    /// <summary>The limits of the list of servers.</summary>
    internal RingLimits LimitsWith(TimeProvider time) =>
        new(RequestTimeLimit, Servers.Length > 1 && AttemptTimeLimit < RequestTimeLimit ? AttemptTimeLimit : RequestTimeLimit, RetryDelay, time) { Log = Log };

    private void Check(KeyServer server, string scheme)
    {
        var address = server.Address;
        if (!address.IsAbsoluteUri || !address.Scheme.Equals(scheme, StringComparison.Ordinal))
            throw Invalid($"A server is given as {scheme}://host:port, not '{address}'.");
        if (address.PathAndQuery is not ("/" or "") || address.UserInfo.Length > 0 || address.Fragment.Length > 0 || address.Port <= 0)
            throw Invalid($"A server is host and port alone, not '{address}'.");
        var whole = Complete(server);
        if (whole.CertificateAuthorityFile is null && whole.CertificateAuthorityFingerprint is null)
            throw Invalid($"Whom to trust as {server} is not said: a file with its certificate authority, or a fingerprint.");
        if (whole.CertificateFile is { } certificate ? whole.PrivateKeyFile is null != ClientIdentity.IsPkcs12(certificate) : whole.PrivateKeyFile is not null)
            throw Invalid("Certificate and private key are given together; PKCS #12 holds both.");
    }

    private static KeyreeveClientException Invalid(string message) => new(ClientError.InvalidOptions, message);
}
