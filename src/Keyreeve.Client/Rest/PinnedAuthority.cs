using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Client.Rest;

/// <summary>
/// A server's authority that is known by its fingerprint alone. TLS does not carry root certificates, so one that the server did not
/// send along is fetched from it, once, over a connection that is not trusted and over which nothing is said: what comes is
/// checked against the fingerprint.
/// </summary>
/// <remarks>Thread safe.</remarks>
internal sealed class PinnedAuthority(CaFingerprint fingerprint)
{
    private volatile X509Certificate2? _fetched;
    private volatile bool _isMissing;

    /// <summary>Whether a server was turned away because nothing that it sent has the fingerprint, and it was not asked yet.</summary>
    public bool MayBeFetched => _isMissing && _fetched is null;

    /// <summary>Those of some certificates that are trusted, and what was fetched.</summary>
    public X509Certificate2Collection TrustedOf(IEnumerable<X509Certificate2> sent)
    {
        X509Certificate2Collection trusted = [.. sent.Where(fingerprint.Matches).Take(1)];
        if (_fetched is { } authority)
            trusted.Add(authority);
        _isMissing = trusted.Count == 0;
        return trusted;
    }

    /// <summary>Asks a Keyreeve server for its authority; changes nothing when it has another.</summary>
    /// <exception cref="KeyreeveClientException">The server gave no answer.</exception>
    public async Task FetchAsync(Uri server, CancellationToken cancellationToken) =>
        _fetched = await FetchAsync(server, fingerprint, cancellationToken).ConfigureAwait(false);

    /// <summary>Asks a Keyreeve server, once, for the authority with a fingerprint; null when it has others.</summary>
    /// <exception cref="KeyreeveClientException">The server gave no answer.</exception>
    public static async Task<X509Certificate2?> FetchAsync(Uri server, CaFingerprint fingerprint, CancellationToken cancellationToken)
    {
        var tls = new SslClientAuthenticationOptions
        {
#pragma warning disable CA5359 // What comes over this connection is checked against the fingerprint, and nothing is sent.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        using var transport = new RestTransport(new ClientOptions { Servers = [server], RetryDelay = TimeSpan.Zero }, tls);
        var answer = await transport.GetAsync("/v1/ca", ClientJson.Default.AuthorityAnswer, cancellationToken).ConfigureAwait(false);
        return Enrolment.ReadCertificates(answer.CaChain).FirstOrDefault(fingerprint.Matches);
    }
}
