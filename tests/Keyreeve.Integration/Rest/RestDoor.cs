using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>The REST door over real TLS, store and audit trail, in a folder of its own; principals as a test wants them.</summary>
public sealed class RestDoor : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Principal> _principals = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-rest-").FullName;
    private readonly SecretBytes _root = SecretBytes.Random(32);
    private readonly SecretBytes _auditSeed = SecretBytes.Random(32);
    private readonly TestAuthority _authority = new();
    private SqliteObjectStore? _store;
    private KeyHierarchy? _hierarchy;
    private AuditChain? _audit;
    private Engine? _engine;
    private RestAuthenticator? _authenticator;
    private RestListener? _listener;
    private X509Certificate2? _serverCertificate;

    public RestOptions Options { get; init; } = new() { Port = 0 };

    public TestLog Log { get; } = new();

    public TestAuthority Authority => _authority;

    public Uri Address => new($"https://localhost:{Port}/");

    public int Port => _listener!.EndPoint.Port;

    public string AuditFolder => Path.Combine(_folder, "data", "audit");

    public string DataFolder => Path.Combine(_folder, "data");

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = DataFolder });
        _hierarchy = await KeyHierarchy.OpenAsync(_store, _root, default);
        var auditOptions = new AuditChainOptions
        {
            DataDirectory = DataFolder, Time = TimeProvider.System, Alarm = static _ => { }, SegmentSizeInBytes = 1 << 20,
        };
        _audit = await AuditChain.OpenAsync(auditOptions, _auditSeed, _store, default);
        _engine = await Engine.OpenAsync(new EngineParts { Store = _store, Hierarchy = _hierarchy, Audit = _audit }, default);
        var pipeline = new OperationPipeline(_engine);
        _authenticator = new RestAuthenticator(fingerprint => _principals.GetValueOrDefault(fingerprint), pipeline, TimeProvider.System, Log);
        var services = new RestServices(pipeline, _engine, _authenticator, Log);
        _serverCertificate = _authority.IssueServer("localhost");
        _listener = await RestListener.StartAsync(Options, services, ServerTls, Log, default);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.StopAsync(TimeSpan.FromSeconds(5));
        await _listener.DisposeAsync();
        _authenticator!.Dispose();
        _engine!.Dispose();
        await _audit!.DisposeAsync();
        _hierarchy!.Dispose();
        await _store!.DisposeAsync();
        _root.Dispose();
        _auditSeed.Dispose();
        _serverCertificate!.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A principal and its certificate.</summary>
    public X509Certificate2 Enrol(string name, params (Role Role, string? Group)[] bindings)
    {
        var certificate = _authority.IssueClient(name);
        _principals[TestAuthority.FingerprintOf(certificate)] = new Principal
        {
            Tenant = TenantId.Default,
            Name = name,
            Fingerprint = TestAuthority.FingerprintOf(certificate),
            HomeGroup = GroupName.Parse("default"),
            Bindings = [.. bindings.Select(b => new RoleBinding(b.Role, b.Group is null ? null : GroupName.Parse(b.Group)))],
        };
        return certificate;
    }

    public void Disable(X509Certificate2 certificate)
    {
        var fingerprint = TestAuthority.FingerprintOf(certificate);
        _principals[fingerprint] = _principals[fingerprint] with { IsDisabled = true };
    }

    public void Forget(X509Certificate2 certificate) => _principals.TryRemove(TestAuthority.FingerprintOf(certificate), out _);

    /// <summary>A client with a certificate, or without.</summary>
    public RestClient Client(X509Certificate2? certificate = null, Version? version = null) => new(Address, _authority.Certificate, certificate, version);

    /// <summary>Who may do everything with keys.</summary>
    public RestClient EverythingClient(string name) =>
        Client(Enrol(name, (Role.KeyAdministrator, null), (Role.KeyUser, null), (Role.KeyExporter, null)));

    private SslServerAuthenticationOptions ServerTls() => new()
    {
        ServerCertificate = _serverCertificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null || IsTrusted((X509Certificate2)certificate),
    };

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }
}
