using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip.Client;

namespace Keyreeve.Benchmarks;

/// <summary>PyKMIP's server as a process of its own, with certificates made for the run.</summary>
internal sealed class PyKmipServer : IAsyncDisposable
{
    // Debian's package serves this interpreter alone.
    private const string Python = "/usr/bin/python3";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan StartTimeLimit = TimeSpan.FromSeconds(60);

    private readonly ChildProcess _process;
    private readonly X509Certificate2 _client;
    private readonly IPEndPoint _endPoint;

    private PyKmipServer(ChildProcess process, X509Certificate2 client, IPEndPoint endPoint)
    {
        _process = process;
        _client = client;
        _endPoint = endPoint;
    }

    /// <summary>For our client.</summary>
    public KmipClientOptions Options => new()
    {
        Host = _endPoint.Address.ToString(),
        Port = _endPoint.Port,
        Tls = TlsPeer.ClientOptions(_client, SslProtocols.Tls12),
    };

    /// <summary>Starts the server in an empty folder.</summary>
    /// <exception cref="NotInstalledException">It is not there.</exception>
    public static async Task<PyKmipServer> StartAsync(string folder)
    {
        await CheckInstalledAsync();
        var client = await WriteCertificatesAsync(folder);
        var endPoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        Directory.CreateDirectory(Path.Combine(folder, "policy"));
        await File.WriteAllTextAsync(Path.Combine(folder, "server.conf"), Configuration(folder, endPoint.Port));
        var script = $"""
            from kmip.services.server.server import KmipServer
            server = KmipServer(config_path='{folder}/server.conf', log_path='{folder}/server.log')
            with server: server.serve()
            """;
        var process = ChildProcess.Start(Python, "-W", "ignore", "-c", script);
        try
        {
            await WaitUntilItListensAsync(process, endPoint);
            return new PyKmipServer(process, client, endPoint);
        }
        catch
        {
            await process.DisposeAsync();
            client.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection.</summary>
    public Task<SslStream> ConnectAsync() => TlsPeer.ConnectAsync(_endPoint, _client, SslProtocols.Tls12);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _client.Dispose();
    }

    private static async Task CheckInstalledAsync()
    {
        if (!File.Exists(Python)) throw new NotInstalledException($"{Python} is not installed");
        try
        {
            await ChildProcess.RunAsync(Python, "-W", "ignore", "-c", "import kmip.services.server");
        }
        catch (InvalidOperationException)
        {
            throw new NotInstalledException("python3-pykmip is not installed");
        }
    }

    private static async Task WaitUntilItListensAsync(ChildProcess process, IPEndPoint endPoint)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < StartTimeLimit && !process.HasEnded)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(endPoint);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw process.Failed("does not listen");
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

    /// <summary>Writes the files that the server reads; returns the client's certificate.</summary>
    private static async Task<X509Certificate2> WriteCertificatesAsync(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=bench CA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var server = Issue(authority, "server", ServerAuthentication);
        using var serverKey = server.GetRSAPrivateKey()!;
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.crt"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "server.crt"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "server.key"), serverKey.ExportPkcs8PrivateKeyPem());
        return Issue(authority, "client", ClientAuthentication);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name, string purpose)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        using var certificate = request.Create(
            authority, new DateTimeOffset(authority.NotBefore), new DateTimeOffset(authority.NotAfter), RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }
}
