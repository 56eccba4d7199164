using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// Our own server, empty, in a temporary folder, provided with what the cases suppose: weak algorithms allowed, the users and devices
/// whose credentials they show, and a client that may do everything with keys.
/// </summary>
internal sealed class SelfServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-conformance-").FullName;
    // The server's own defects are told; what a case provokes is not.
    private readonly ILoggerFactory _log = PlainLines.CreateFactory(static (_, level) => level >= LogLevel.Error, [], TimeProvider.System);
    private KeyreeveServer _server = null!;
    private ServerUnderTest? _officer;

    private SelfServer()
    {
    }

    /// <summary>The server, for its client.</summary>
    public ServerUnderTest Server { get; private set; } = null!;

    /// <summary>The users that cases suppose; known in a key group of their own.</summary>
    public SelfUsers Users { get; private set; } = null!;

    /// <summary>Where it sends what it sends of itself; null: nowhere.</summary>
    public ClientEndpoint? Endpoint { get; private set; }

    public static async Task<SelfServer> StartAsync(Encoding encoding)
    {
        var self = new SelfServer();
        try
        {
            await self.StartServerAsync(encoding);
            return self;
        }
        catch
        {
            await self.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.StopAsync();
        if (Endpoint is not null) await Endpoint.DisposeAsync();
        Server?.Dispose();
        _officer?.Dispose();
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartServerAsync(Encoding encoding)
    {
        var passphrase = Path.Combine(_folder, "passphrase");
        var listenerTls = new TaskCompletionSource<SslServerAuthenticationOptions>(TaskCreationOptions.RunContinuationsAsynchronously);
        // The server is told the port before the endpoint can have its certificate.
        Endpoint = await ClientEndpoint.StartAsync(encoding, new IPEndPoint(IPAddress.Loopback, 0), listenerTls.Task);
        var configuration = Path.Combine(_folder, "keyreeve.conf");
        PrivateFile.Write(passphrase, System.Text.Encoding.UTF8.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
        PrivateFile.Write(configuration, System.Text.Encoding.UTF8.GetBytes($"""
            [server]
            data-directory = {Path.Combine(_folder, "data")}
            [rest]
            port = 0
            [kmip]
            port = 0
            certificate-authority-subject = CN=KMIP, OU=OASIS, O=TEST, C=US
            [notify]
            endpoint = {(encoding == Encoding.Ttlv ? "" : "https://")}localhost:{Endpoint.Address.Port}
            encoding = {encoding.ToString().ToLowerInvariant()}
            principal = conformance
            [seal]
            passphrase-file = {passphrase}
            [audit]
            segment-size = 1MiB
            [groups]
            default = insecure-interop

            """));
        var options = OptionsReader.ReadFile(configuration, []);
        var made = await Installation.InitialiseAsync(options, "admin", null, static _ => { }, CancellationToken.None);
        _server = await KeyreeveServer.StartAsync(options, _log, TimeProvider.System, CancellationToken.None);
        var port = encoding == Encoding.Ttlv ? _server.KmipEndPoint!.Port : _server.RestEndPoint!.Port;
        var administrator = await EnrolAsync("admin", made.AdministratorCode, made.AuthorityFingerprint);
        await AllowEverythingTogetherAsync(administrator);
        Server = await EnrolAsync(administrator, port, new NewEnrolmentCode { Name = "conformance", Group = "*", Allow = ["use", "manage", "export", "officer"] });
        _officer = await EnrolAsync(administrator, port, new NewEnrolmentCode { Name = "conformance-officer", Group = "people", Allow = ["officer", "manage"] });
        Users = new SelfUsers(_officer, encoding);
        listenerTls.SetResult(Server.ListenerTls());
    }

    // The cases are played by one client, who therefore has rights that nobody should have together.
    private static async Task AllowEverythingTogetherAsync(ClientOptions administrator)
    {
        using var client = new KeyreeveClient(administrator);
        var policy = JsonNode.Parse((await client.Policy.ExportAsync()).Policy)!;
        policy["separation"] = "insecure-none";
        // They destroy at once what they made, and get what another client made, with an officer in their own group.
        policy["destruction"] = new JsonArray(new JsonObject { ["tenant"] = true, ["wait"] = "none" });
        policy["approvals"] = new JsonArray(new JsonObject { ["for"] = new JsonArray("export", "policy"), ["tenant"] = true, ["insecureAlone"] = true });
        await client.Policy.ApplyAsync(policy.ToJsonString());
    }

    /// <summary>The administrator lets somebody in.</summary>
    private async Task<ServerUnderTest> EnrolAsync(ClientOptions administrator, int port, NewEnrolmentCode wanted)
    {
        using var client = new KeyreeveClient(administrator);
        var code = await client.Administration.CreateEnrolmentCodeAsync(wanted);
        var enrolled = await EnrolAsync(wanted.Name, code.Code, code.CaFingerprint);
        using var pem = X509Certificate2.CreateFromPemFile(enrolled.CertificateFile!, enrolled.PrivateKeyFile);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
        return new ServerUnderTest(new DnsEndPoint("localhost", port), certificate, X509CertificateLoader.LoadCertificate(_server.Authority.Certificate.RawData));
    }

    private Task<ClientOptions> EnrolAsync(string name, string code, string fingerprint) => Enrolment.RunAsync(new EnrolmentRequest
    {
        Server = new Uri($"https://localhost:{_server.RestEndPoint!.Port}/"),
        Code = code,
        CaFingerprint = CaFingerprint.Parse(fingerprint),
        PrivateKeyFile = Path.Combine(_folder, name + ".key"),
        CertificateFile = Path.Combine(_folder, name + ".crt"),
        CertificateAuthorityFile = Path.Combine(_folder, "ca.crt"),
        Overwrite = true,
    });
}
