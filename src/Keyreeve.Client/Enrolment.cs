using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client.Renewal;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client;

/// <summary>
/// Becoming a principal: a key pair is made here, and for a one-time code the server certifies its public half; or the code binds the
/// certificate that one has. The private half never leaves this machine.
/// </summary>
public static class Enrolment
{
    /// <summary>Enrols, and writes what is new of private key, certificate and certificate authority to the files that the request names.</summary>
    /// <returns>How to connect from now on.</returns>
    /// <exception cref="KeyreeveClientException">
    /// The code is unknown, used or expired; or the server is not the one whose fingerprint came with the code
    /// (<see cref="ClientError.ServerNotTrusted"/>), in which case the code was not sent.
    /// </exception>
    /// <exception cref="IOException">A file exists and <see cref="EnrolmentRequest.Overwrite"/> is not set, or cannot be written.</exception>
    public static async Task<ClientOptions> RunAsync(EnrolmentRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Check();
        var options = new ClientOptions
        {
            Servers = [request.Server],
            CertificateAuthorityFile = request.CertificateAuthorityFile,
            CertificateFile = request.CertificateFile,
            PrivateKeyFile = request.PrivateKeyFile,
        };
        options.Check();
        // Nothing secret is sent before the server's authority is known by its fingerprint.
        var certificate = await PinnedAuthority.FetchAsync(request.Server, request.CaFingerprint, cancellationToken).ConfigureAwait(false)
            ?? throw new KeyreeveClientException(
                ClientError.ServerNotTrusted,
                $"{options.Servers[0]} has another certificate authority than the one whose fingerprint was given. The code was not sent.");
        X509Certificate2Collection authority = [certificate];

        if (request.HasCertificate) await BindAsync(request, options, authority, cancellationToken).ConfigureAwait(false);
        else await MakeAsync(request, options, authority, cancellationToken).ConfigureAwait(false);
        PrivateFile.Write(request.CertificateAuthorityFile, Encoding.ASCII.GetBytes(authority.ExportCertificatePems()));
        // While the authority is replaced there are two, and only the one with the fingerprint was known by it.
        using (var trusting = new RestTransport(options, ClientTls.Create(authority, identity: null)))
            (await AuthorityUpdate.FollowAsync(trusting, request.CertificateAuthorityFile, cancellationToken).ConfigureAwait(false)).Dispose();
        return options;
    }

    private static async Task MakeAsync(EnrolmentRequest request, ClientOptions options, X509Certificate2Collection authority, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(request.Curve == EnrolmentCurve.P384 ? ECCurve.NamedCurves.nistP384 : ECCurve.NamedCurves.nistP256);
        var answer = await ExchangeAsync(options, authority, request.Code, SigningRequest(key), cancellationToken).ConfigureAwait(false);
        CheckCertificate(answer.Certificate, key);

        // The key first: a certificate without its key would be of no use, and the code is spent by now.
        using (var pem = PrivateKeyPem.Of(key))
        using (var content = pem.Reveal())
            PrivateFile.Write(request.PrivateKeyFile, content.Span);
        PrivateFile.Write(request.CertificateFile, Encoding.ASCII.GetBytes(answer.Certificate));
    }

    // Read as a connection would: a certificate without its key, or with another's, is found before the code is spent.
    private static async Task BindAsync(EnrolmentRequest request, ClientOptions options, X509Certificate2Collection authority, CancellationToken cancellationToken)
    {
        using var certificate = ClientIdentity.ReadPair(options.Complete(options.Servers[0]), []).TargetCertificate;
        await ExchangeAsync(options, authority, request.Code, certificate.ExportCertificatePem(), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<EnrolmentAnswer> ExchangeAsync(
        ClientOptions options, X509Certificate2Collection authority, string code, string signingRequest, CancellationToken cancellationToken)
    {
        using var transport = new RestTransport(options, ClientTls.Create(authority, identity: null));
        using var body = new SecretBuffer(4096);
        RequestBody.Write(body, writer =>
        {
            writer.WriteString("code", code);
            writer.WriteString("csr", signingRequest);
        });
        using var answer = await transport.SendAsync(new RestRequest(HttpMethod.Post, "/v1/enrol") { Body = body.Written }, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.EnrolmentAnswer);
    }

    internal static string SigningRequest(ECDsa key)
    {
        // The server decides on the name; the request proves possession of the key and nothing else.
        var hash = key.KeySize switch { 384 => HashAlgorithmName.SHA384, 521 => HashAlgorithmName.SHA512, _ => HashAlgorithmName.SHA256 };
        return new CertificateRequest("CN=enrolment", key, hash).CreateSigningRequestPem();
    }

    internal static X509Certificate2Collection ReadCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates;
        }
        catch (CryptographicException e)
        {
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The server sent no certificate that can be read.", cause: e);
        }
    }

    internal static void CheckCertificate(string pem, ECDsa key)
    {
        var certificates = ReadCertificates(pem);
        using var certified = certificates.Count > 0 ? certificates[0].GetECDsaPublicKey() : null;
        if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The certificate that the server sent is not for the key that was made here.");
    }
}
