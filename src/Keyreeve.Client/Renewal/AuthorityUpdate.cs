using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Renewal;

/// <summary>
/// Keeps the file of the servers' authority as the servers say, over a connection that is trusted by what is in it: so a client learns of another
/// authority before the present one goes.
/// </summary>
internal static class AuthorityUpdate
{
    // How the authorities are called that a server makes for itself.
    private const string OwnSubject = "CN=Keyreeve ";

    /// <summary>Asks, and writes the file if it is another.</summary>
    /// <returns>The authority that issues now.</returns>
    /// <exception cref="KeyreeveClientException">No server answered.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static async Task<X509Certificate2> FollowAsync(RestTransport transport, string? authorityFile, CancellationToken cancellationToken)
    {
        var answer = await transport.GetAsync("/v1/ca", ClientJson.Default.AuthorityAnswer, cancellationToken).ConfigureAwait(false);
        var offered = Read(answer.CaChain);
        // Of a folder, or a fingerprint, somebody else takes care.
        if (authorityFile is not null && File.Exists(authorityFile))
            Write(authorityFile, ClientTls.ReadCertificates(authorityFile), offered);
        return offered[0];
    }

    private static void Write(string path, X509Certificate2Collection present, X509Certificate2Collection offered)
    {
        // A server that is known by another authority's certificate than its own: nothing of this concerns it.
        if (!present.Any(offered.Contains))
            return;
        // What else is in the file is somebody else's, unless it is what the server made and trusts no more.
        var kept = present.Where(one => !offered.Contains(one) && !one.Subject.StartsWith(OwnSubject, StringComparison.Ordinal)).ToArray();
        X509Certificate2Collection wanted = [.. offered, .. kept];
        if (wanted.Count == present.Count && wanted.All(present.Contains))
            return;
        PrivateFile.Write(path, Encoding.ASCII.GetBytes(wanted.ExportCertificatePems() + "\n"));
    }

    private static X509Certificate2Collection Read(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server sent no certificate that can be read.", cause: e);
        }

        return certificates.Count > 0 ? certificates : throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server sent no certificate of its authority.");
    }
}
