using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip.Client;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Xunit;

namespace Keyreeve.Integration;

/// <summary>
/// A whole server in this process: real TLS on free ports of the loopback, store and audit trail in a temporary folder, an
/// administrator and an application enrolled. One for each test class that asks for it (<c>IClassFixture</c>).
/// </summary>
/// <remarks>
/// <see cref="Admin"/> is what <c>keyreeve init</c> makes: administers keys and principals, reads the trail, uses no key.
/// <see cref="App"/> administers, uses and exports keys of the whole tenant, which no principal should in earnest.
/// </remarks>
public class ServerFixture : IAsyncLifetime
{
    private readonly Dictionary<string, TestPrincipal> _enrolled = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _enrolling = new(1, 1);
    private RestClient? _officer;

    /// <summary>The folder of everything; mode 0700.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("keyreeve-").FullName;

    public string DataDirectory => Path.Combine(Folder, "data");

    public string ConfigurationFile => Path.Combine(Folder, "keyreeve.conf");

    public string PassphraseFile => Path.Combine(Folder, "passphrase");

    public TestLog Log { get; } = new();

    /// <summary>The server's clock.</summary>
    public virtual TimeProvider Time => TimeProvider.System;

    /// <summary>The audit trail's records so far, oldest first.</summary>
    public IReadOnlyList<JsonObject> ReadAudit()
    {
        // What is not a release or a change is answered before its record is on disk.
        if (Server.Trail is { IsAvailable: true } trail) SpinWait.SpinUntil(() => trail.IsSettled || !trail.IsAvailable, TimeSpan.FromSeconds(60));
        var records = new List<JsonObject>();
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(DataDirectory, "audit"), "*.jsonl").Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            // Behind the last record lies the space that is set aside.
            while (reader.ReadLine() is { } line && line.StartsWith('{')) records.Add(JsonNode.Parse(line)!.AsObject());
        }

        return records;
    }

    public KeyreeveServer Server { get; private set; } = null!;

    public Uri RestAddress => new($"https://localhost:{Server.RestEndPoint!.Port}/");

    public int RestPort => Server.RestEndPoint!.Port;

    public IPEndPoint KmipEndPoint => Server.KmipEndPoint!;

    /// <summary>The certificate by which clients know the server.</summary>
    public X509Certificate2 Authority { get; private set; } = null!;

    public TestPrincipal Admin { get; private set; } = null!;

    public TestPrincipal App { get; private set; } = null!;

    /// <summary>Issues the clients' certificates in the server's place, if a derived fixture wants that.</summary>
    protected virtual TestAuthority? OutsideAuthority => null;

    /// <summary>The known answers by which the server finds out whether cryptography works here.</summary>
    internal virtual IReadOnlyList<Crypto.KnownAnswer> Answers => Crypto.KnownAnswer.All;

    /// <summary>Settings above the fixture's own, as <c>section.key=value</c>.</summary>
    protected virtual IReadOnlyList<string> Settings => [];

    public async ValueTask InitializeAsync()
    {
        WritePrivate(PassphraseFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        WritePrivate(
            ConfigurationFile,
            $"""
            [server]
            data-directory = {DataDirectory}
            [rest]
            port = 0
            enrolments-per-minute = 1000000
            [kmip]
            port = 0
            [seal]
            passphrase-file = {PassphraseFile}
            [audit]
            segment-size = 1MiB

            """);
        var options = ReadOptions();
        var made = await Installation.InitialiseAsync(options, "admin", OutsideAuthority?.Certificate.ExportCertificatePem(), static _ => { }, default);
        await StartAsync();
        Authority = Server.Authority.Certificate;
        Admin = await EnrolWithCodeAsync("admin", made.AdministratorCode);
        _officer = Client(Admin);
        App = await EnrolAsync("app", "*", "use", "manage", "export");
        await PrepareAsync();
    }

    /// <summary>What a derived fixture has done once the administrator and the application are enrolled.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>What a derived fixture has ended with it.</summary>
    protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;

    /// <summary>Changes the policy, in the administrator's name.</summary>
    public async Task ChangePolicyAsync(Action<JsonObject> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var policy = (await _officer!.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        change(policy);
        (await _officer.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy })).Expect(200);
    }

    public async ValueTask DisposeAsync()
    {
        _officer?.Dispose();
        if (Server is not null) await Server.StopAsync();
        await EndAsync();
        foreach (var principal in _enrolled.Values) principal.Dispose();
        Admin?.Dispose();
        _enrolling.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops the server and starts it on the same data, on other ports.</summary>
    public async Task RestartAsync()
    {
        await Server.StopAsync();
        await StartAsync();
        _officer?.Dispose();
        _officer = Client(Admin);
    }

    /// <summary>Enrols a principal, or gives the one of that name that was.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="group">The key group in which it may do what <paramref name="allow"/> says; <c>*</c> for the whole tenant.</param>
    /// <param name="allow">use, manage, export, audit, officer.</param>
    public async Task<TestPrincipal> EnrolAsync(string name, string group, params string[] allow)
    {
        await _enrolling.WaitAsync();
        try
        {
            if (_enrolled.TryGetValue(name, out var known)) return known;
            var body = new JsonObject { ["name"] = name, ["group"] = group, ["allow"] = new JsonArray([.. allow.Select(word => JsonValue.Create(word))]) };
            var code = (await _officer!.PostAsync("/v1/enrolment-codes", body)).Expect(200).Text("code");
            return _enrolled[name] = await EnrolWithCodeAsync(name, code);
        }
        finally
        {
            _enrolling.Release();
        }
    }

    public async Task DisableAsync(string name) => (await _officer!.PostAsync($"/v1/principals/{name}/disable")).Expect(200);

    /// <summary>A plain HTTP client of a principal; of nobody if there is none.</summary>
    public RestClient Client(TestPrincipal? principal = null, Version? version = null) => new(RestAddress, Authority, principal?.Certificate, version);

    /// <summary>A client that shows a certificate of the test's choice.</summary>
    public RestClient Client(X509Certificate2 certificate) => new(RestAddress, Authority, certificate, null);

    /// <summary>A KMIP client of a principal.</summary>
    /// <param name="principal">The principal.</param>
    /// <param name="version">The one version that it speaks; null: the newest that both sides know.</param>
    public KmipClient Kmip(TestPrincipal principal, Keyreeve.Kmip.ProtocolVersion? version = null)
    {
        var options = new KmipClientOptions
        {
            Host = "127.0.0.1",
            Port = KmipEndPoint.Port,
            Tls = new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificates = [principal.Certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => principal.Certificate,
                CertificateChainPolicy = TestAuthority.TrustOnly(Authority),
            },
        };
        return new KmipClient(version is { } one ? options with { Versions = [one] } : options);
    }

    /// <summary>The configuration that the server was started with.</summary>
    public KeyreeveOptions ReadOptions() => OptionsReader.ReadFile(ConfigurationFile, [.. Settings]);

    private static void WritePrivate(string path, string content)
    {
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task StartAsync() => Server = await KeyreeveServer.StartAsync(ReadOptions(), Log, Time, Answers, default);

    /// <summary>Enrols with a code; who gets the principal disposes of it.</summary>
    public async Task<TestPrincipal> EnrolWithCodeAsync(string name, string code)
    {
        using var nobody = Client();
        if (OutsideAuthority is { } authority)
        {
            var issued = authority.IssueClient(name);
            (await nobody.PostAsync("/v1/enrol", new JsonObject { ["code"] = code, ["csr"] = issued.ExportCertificatePem() })).Expect(200);
            return new TestPrincipal(name, issued);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=what is asked for does not count", key, HashAlgorithmName.SHA256);
        var enrolment = (await nobody.PostAsync("/v1/enrol", new JsonObject { ["code"] = code, ["csr"] = request.CreateSigningRequestPem() })).Expect(200);
        using var certificate = X509Certificate2.CreateFromPem(enrolment.Text("certificate"));
        using var withKey = certificate.CopyWithPrivateKey(key);
        // Through PKCS#12, which is the form in which TLS takes it on every platform.
        return new TestPrincipal(name, X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable));
    }
}

/// <summary>Somebody who is enrolled.</summary>
public sealed class TestPrincipal(string name, X509Certificate2 certificate) : IDisposable
{
    public string Name { get; } = name;

    /// <summary>The certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; } = certificate;

    public string CertificatePem => Certificate.ExportCertificatePem();

    public string KeyPem
    {
        get
        {
            using var key = Certificate.GetECDsaPrivateKey()!;
            return key.ExportPkcs8PrivateKeyPem();
        }
    }

    /// <summary>Writes certificate and key as PEM files that only this user can read, as curl and other clients take them.</summary>
    public (string CertificateFile, string KeyFile) WriteFiles(string folder)
    {
        var certificateFile = Path.Combine(folder, Name + ".crt");
        var keyFile = Path.Combine(folder, Name + ".key");
        File.WriteAllText(certificateFile, CertificatePem);
        File.WriteAllText(keyFile, "");
        File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(keyFile, KeyPem);
        return (certificateFile, keyFile);
    }

    public void Dispose() => Certificate.Dispose();
}
