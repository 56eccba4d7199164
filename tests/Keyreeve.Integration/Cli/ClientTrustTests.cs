using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Whom the client takes for its server, against a real TLS peer that has some other certificate.</summary>
[Trait("Speed", "Slow")]
public sealed class ClientTrustTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Scratch _scratch = new();
    private readonly TestAuthority _authority = new();

    [Fact]
    [Trait("Attack", "16")]
    public async Task Get_ServerOfAnotherAuthorityWithTheSameName_IsNotTrusted()
    {
        using var other = new TestAuthority();
        using var certificate = other.IssueServer("localhost");

        await AssertNotTrustedAsync(certificate, "localhost");
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Get_ServerWithAClientsCertificate_IsNotTrusted()
    {
        using var certificate = _authority.IssueClient("localhost");

        await AssertNotTrustedAsync(certificate, "localhost");
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Get_ServerOfAnotherName_IsNotTrusted()
    {
        using var certificate = _authority.IssueServer("localhost");

        await AssertNotTrustedAsync(certificate, "127.0.0.2");
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Get_ServerWhoseCertificateALeafIssued_IsNotTrusted()
    {
        using var leaf = _authority.IssueServer("localhost");
        using var certificate = TestAuthority.IssueByLeaf(leaf, "localhost");

        await AssertNotTrustedAsync(certificate, "localhost");
    }

    [Fact]
    public async Task Get_PeerThatSpeaksNoTls_IsAFailureAndNoHang()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, static async stream =>
        {
            await stream.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
            await Task.Delay(200);
        });

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => GetAsync("localhost", listener));

        Assert.Contains(failure.Error, (string[])[ClientError.ServerNotTrusted, ClientError.ConnectionLost]);
        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task Get_PeerThatNeverAnswers_EndsAtTheTimeLimit()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => GetAsync("localhost", listener, TimeSpan.FromSeconds(3)));

        Assert.Contains(failure.Error, (string[])[ClientError.TimedOut, ClientError.ServerUnreachable]);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Get_CertificateThatTheServerDoesNotKnow_IsRefused()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = Keyreeve.Cli.ClientConfiguration.Load(await server.EnrolAsync("admin", server.AdministratorCode));
        using var stranger = _authority.IssueClient("admin");
        _scratch.Write("cert.pem", System.Text.Encoding.ASCII.GetBytes(stranger.ExportCertificatePem()));
        using (var key = stranger.GetECDsaPrivateKey()!)
            _scratch.Write("key.pem", System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        using var client = new KeyreeveClient(administrator with { CertificateFile = _scratch["cert.pem"], PrivateKeyFile = _scratch["key.pem"] });

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.WhoAmIAsync());

        Assert.Equal(ClientError.ConnectionLost, failure.Error);
        Assert.Contains("certificate", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _scratch.Dispose();
    }

    private async Task AssertNotTrustedAsync(X509Certificate2 certificate, string host)
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var received = 0;
        var serving = ServeAsync(listener, async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate });
            received += await tls.ReadAsync(new byte[100]);
        });

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => GetAsync(host, listener));

        Assert.Equal(ClientError.ServerNotTrusted, failure.Error);
        listener.Stop();
        await serving;
        Assert.Equal(0, received);
    }

    private async Task GetAsync(string host, TcpListener listener, TimeSpan? timeLimit = null)
    {
        _scratch.Write("ca.pem", System.Text.Encoding.ASCII.GetBytes(_authority.Certificate.ExportCertificatePem()));
        using var client = new KeyreeveClient(new ClientOptions
        {
            Servers = [new Uri($"https://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}")],
            CertificateAuthorityFile = _scratch["ca.pem"],
            RequestTimeLimit = timeLimit ?? Bound,
            ConnectTimeLimit = timeLimit ?? Bound,
        });
        await client.GetHealthAsync();
    }

    /// <summary>Serves every connection until the listener stops; what a peer does wrong ends its connection.</summary>
    private static async Task ServeAsync(TcpListener listener, Func<NetworkStream, Task> serve)
    {
        while (true)
        {
            try
            {
                using var connection = await listener.AcceptTcpClientAsync();
                await serve(connection.GetStream());
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client turned away, which is the point; the next one may not.
                continue;
            }
        }
    }
}
