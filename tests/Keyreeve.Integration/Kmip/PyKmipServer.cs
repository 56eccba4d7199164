using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip.Client;

namespace Keyreeve.Integration.Kmip;

/// <summary>PyKMIP's server, a foreign one, as a process of its own with certificates made for the run.</summary>
internal sealed class PyKmipServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly DirectoryInfo _folder;
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _client;
    private readonly Process _process;
    private readonly int _port;

    private PyKmipServer(DirectoryInfo folder, X509Certificate2 authority, X509Certificate2 client, Process process, int port)
    {
        _folder = folder;
        _authority = authority;
        _client = client;
        _process = process;
        _port = port;
    }

    /// <summary>Starts the server, which has to be installed.</summary>
    public static async Task<PyKmipServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("keyreeve-pykmip-");
        var (authority, server, client) = MakeCertificates();
        using (server)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "ca.crt"), authority.ExportCertificatePem());
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "server.crt"), server.ExportCertificatePem());
            using var key = server.GetRSAPrivateKey()!;
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "server.key"), key.ExportPkcs8PrivateKeyPem());
        }

        var port = FreePort();
        folder.CreateSubdirectory("policy");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "server.conf"), Configuration(folder.FullName, port));
        var script = $"""
            from kmip.services.server.server import KmipServer
            server = KmipServer(config_path='{folder.FullName}/server.conf', log_path='{folder.FullName}/server.log')
            with server: server.serve()
            """;
        var start = new ProcessStartInfo(Python, ["-W", "ignore", "-c", script]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var running = new PyKmipServer(folder, authority, client, process, port);
        await running.WaitUntilItListensAsync();
        return running;
    }

    public KmipClientOptions Options => new()
    {
        Host = "127.0.0.1",
        Port = _port,
        Tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [_client],
            EnabledSslProtocols = SslProtocols.Tls12,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { _authority },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };

    public async ValueTask DisposeAsync()
    {
        // The server has children of its own; all of them were started here.
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _authority.Dispose();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }

    public static bool IsInstalled()
    {
        if (!File.Exists(Python)) return false;
        using var probe = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", "-c", "import kmip.services.server"]) { UseShellExecute = false, RedirectStandardError = true })!;
        probe.StandardError.ReadToEnd();
        probe.WaitForExit();
        return probe.ExitCode == 0;
    }

    private async Task WaitUntilItListensAsync()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60) && !_process.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        throw new InvalidOperationException("PyKMIP's server does not listen.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Configuration(string folder, int port) => string.Create(CultureInfo.InvariantCulture, $"""
        [server]
        hostname=127.0.0.1
        port={port}
        certificate_path={folder}/server.crt
        key_path={folder}/server.key
        ca_path={folder}/ca.crt
        auth_suite=TLS1.2
        policy_path={folder}/policy
        enable_tls_client_auth=True
        database_path={folder}/pykmip.db
        """);

    private static (X509Certificate2 Authority, X509Certificate2 Server, X509Certificate2 Client) MakeCertificates()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Test CA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(7));
        return (authority, Issue(authority, "server", "1.3.6.1.5.5.7.3.1"), Issue(authority, "client", "1.3.6.1.5.5.7.3.2"));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, string purpose)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
