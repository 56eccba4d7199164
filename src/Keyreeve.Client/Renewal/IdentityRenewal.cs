using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Renewal;

/// <summary>Renews one certificate of this client: a new key made here, certified by a server that knows the present one.</summary>
/// <param name="options">The client's options, with the servers alone to which this certificate is shown.</param>
/// <param name="server">One of them, its settings complete.</param>
/// <param name="time">The clock.</param>
internal sealed class IdentityRenewal(ClientOptions options, KeyServer server, TimeProvider time)
{
    // How the server's own authority names principals.
    private const string OwnNames = "urn:keyreeve:";

    private readonly string _certificateFile = server.CertificateFile!;

    /// <summary>Whether a renewal was begun and not finished.</summary>
    public bool HasUnfinished => File.Exists(RenewalFiles.NextOf(_certificateFile));

    /// <summary>Renews it if it is due.</summary>
    /// <param name="loaded">The certificate that the client shows now.</param>
    /// <param name="evenIfNotDue">Whether it is renewed in any case.</param>
    /// <param name="cancellationToken">Ends it; what is on the disk stays whole.</param>
    /// <exception cref="KeyreeveClientException">No server was reached, or it refused.</exception>
    /// <exception cref="IOException">The files cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="PrivateFileException">They are open to others.</exception>
    public async Task<CertificateRenewal> RunAsync(X509Certificate2 loaded, bool evenIfNotDue, CancellationToken cancellationToken)
    {
        if (!evenIfNotDue && !IsDue(loaded) && !HasUnfinished)
            return new CertificateRenewal(_certificateFile, CertificateRenewalOutcome.NotDue, EndOf(loaded));
        if (WhyNot(loaded) is { } reason)
            return new CertificateRenewal(_certificateFile, CertificateRenewalOutcome.NotPossible, EndOf(loaded), reason);

        var files = new RenewalFiles(_certificateFile, server.PrivateKeyFile!);
        using var locked = files.TryLock();
        if (locked is null)
            return new CertificateRenewal(_certificateFile, CertificateRenewalOutcome.Busy, EndOf(loaded), "Another process is renewing it.");
        files.RemoveRemains();
        if (await TryFinishAsync(files, cancellationToken).ConfigureAwait(false) is { } finished)
            return finished;

        // Another process may have been faster.
        using var present = ReadLeaf(_certificateFile);
        return evenIfNotDue || IsDue(present)
            ? await RenewAsync(files, present, cancellationToken).ConfigureAwait(false)
            : new CertificateRenewal(_certificateFile, CertificateRenewalOutcome.Renewed, EndOf(present));
    }

    /// <summary>Learns which authorities the servers have.</summary>
    /// <returns>Whether the certificate is to be renewed since another authority issues now.</returns>
    /// <exception cref="KeyreeveClientException">No server was reached.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public async Task<bool> FollowAuthorityAsync(X509Certificate2 loaded, CancellationToken cancellationToken)
    {
        using var transport = Connect(server);
        using var current = await AuthorityUpdate.FollowAsync(transport, server.CertificateAuthorityFile, cancellationToken).ConfigureAwait(false);
        return options.RenewCertificateAfter is not null && WhyNot(loaded) is null && !loaded.IssuerName.RawData.AsSpan().SequenceEqual(current.SubjectName.RawData);
    }

    /// <summary>Whether so much of a certificate's life is over that it is to be renewed.</summary>
    public bool IsDue(X509Certificate2 certificate)
    {
        var begin = new DateTimeOffset(certificate.NotBefore);
        return options.RenewCertificateAfter is { } share && time.GetUtcNow() >= begin + ((EndOf(certificate) - begin) * share);
    }

    /// <summary>When a certificate ends.</summary>
    public static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter);

    // An earlier attempt, of this process or of one that died, had a certificate already.
    private async Task<CertificateRenewal?> TryFinishAsync(RenewalFiles files, CancellationToken cancellationToken)
    {
        if (!HasUnfinished)
            return null;
        try
        {
            return await InstallAsync(files, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (IsOfNoUse(e, files) && IsWhole())
        {
            files.Discard();
            return null;
        }
    }

    // Said by the server, or seen here: a connection that was lost says nothing, and this may be the one pair that it takes.
    private bool IsOfNoUse(KeyreeveClientException failure, RenewalFiles files)
    {
        if (failure.Is(ClientError.AuthenticationFailed))
            return true;
        try
        {
            using var next = ClientIdentity.ReadPair(server with { CertificateFile = files.NextFile, PrivateKeyFile = files.NextFile }, []).TargetCertificate;
            return EndOf(next) <= time.GetUtcNow();
        }
        catch (KeyreeveClientException)
        {
            return true;
        }
    }

    private async Task<CertificateRenewal> RenewAsync(RenewalFiles files, X509Certificate2 present, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(CurveLike(present));
        using var transport = Connect(server);
        using var body = new SecretBuffer(4096);
        RequestBody.Write(body, writer => writer.WriteString("csr", Enrolment.SigningRequest(key)));
        using var answer = await transport.SendAsync(new RestRequest(HttpMethod.Post, "/v1/renew") { Body = body.Written }, cancellationToken).ConfigureAwait(false);
        var certificate = answer.Read(ClientJson.Default.EnrolmentAnswer).Certificate;
        Enrolment.CheckCertificate(certificate, key);
        files.WriteNext(key, certificate);
        return await InstallAsync(files, cancellationToken).ConfigureAwait(false);
    }

    // The server has taken the new pair in a handshake, and said as whom it knows it, before the old one is given up.
    private async Task<CertificateRenewal> InstallAsync(RenewalFiles files, CancellationToken cancellationToken)
    {
        using (var proving = Connect(server with { CertificateFile = files.NextFile, PrivateKeyFile = files.NextFile }))
            await proving.GetAsync("/v1/whoami", ClientJson.Default.ClientPrincipal, cancellationToken).ConfigureAwait(false);
        files.Install();
        using (var installedBy = Connect(server))
            (await AuthorityUpdate.FollowAsync(installedBy, server.CertificateAuthorityFile, cancellationToken).ConfigureAwait(false)).Dispose();
        using var installed = ReadLeaf(_certificateFile);
        return new CertificateRenewal(_certificateFile, CertificateRenewalOutcome.Renewed, EndOf(installed));
    }

    // Not one of the client's own transports: it reads the files as they are now, and neither watches nor renews anything.
    private RestTransport Connect(KeyServer identity) => RestTransport.Passing(
        options with
        {
            Servers = [.. options.Servers.Select(one => options.Complete(one) with { CertificateFile = identity.CertificateFile, PrivateKeyFile = identity.PrivateKeyFile })],
            CertificateFile = null,
            PrivateKeyFile = null,
            Log = null,
        },
        time);

    private string? WhyNot(X509Certificate2 certificate)
    {
        if (ClientIdentity.IsPkcs12(_certificateFile))
            return "It is in a PKCS #12 file, which is not written anew; enrol again, or use PEM files.";
        if (server.PrivateKeyFile!.StartsWith(ClientIdentity.TokenScheme, StringComparison.Ordinal))
            return "Its key stays in a token, where no other is made; make one there, and enrol again.";
        if (server.PrivateKeyPassword is not null)
            return "Its private key is encrypted, and a new one would not be; enrol again, or use a key file that is closed to others.";
        return IsOfServer(certificate) ? null : "Another authority than the key server's own issued it, and renews it.";
    }

    private static bool IsOfServer(X509Certificate2 certificate) =>
        certificate.Extensions.FirstOrDefault(static e => e.Oid?.Value is "2.5.29.17") is { } names
        && names.RawData.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(OwnNames)) >= 0;

    // Whether the old pair is there: then nothing of the new one was installed.
    private bool IsWhole()
    {
        try
        {
            using var present = ClientIdentity.ReadPair(server, []).TargetCertificate;
            return true;
        }
        catch (KeyreeveClientException)
        {
            return false;
        }
    }

    private static X509Certificate2 ReadLeaf(string path) => ClientTls.ReadCertificates(path)[0];

    private static ECCurve CurveLike(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPublicKey();
        return key?.KeySize switch
        {
            384 => ECCurve.NamedCurves.nistP384,
            521 => ECCurve.NamedCurves.nistP521,
            _ => ECCurve.NamedCurves.nistP256,
        };
    }
}
