using Xunit;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Kmip.Client;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip;
using Keyreeve.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Integration.Kmip;

/// <summary>The KMIP door over real TLS, store and audit trail, in a folder of its own; principals as a test wants them.</summary>
public sealed class KmipDoor : IAsyncLifetime
{
    /// <summary>A group in which weak algorithms and caller-chosen nonces are let through.</summary>
    public const string InteropGroup = "interop";

    private readonly ConcurrentDictionary<string, Principal> _principals = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-kmip-").FullName;
    private readonly SecretBytes _root = SecretBytes.Random(32);
    private readonly SecretBytes _auditSeed = SecretBytes.Random(32);
    private SqliteObjectStore? _store;
    private KeyHierarchy? _hierarchy;
    private AuditChain? _audit;
    private Engine? _engine;
    private UnknownCallers? _unknown;
    private KmipServices? _services;
    private DocumentSealer? _sealer;
    private KmipListener? _listener;
    private X509Certificate2? _serverCertificate;

    public KmipOptions Options { get; init; } = new() { Port = 0 };

    /// <summary>What takes an attestation.</summary>
    public AttestationPolicy Attestation { get; init; } = AttestationPolicy.None;

    public TestLog Log { get; } = new();

    /// <summary>The clock of everything but the connections' deadlines.</summary>
    public JumpingTime Time { get; init; } = new();

    public TestAuthority Authority { get; } = new();

    internal KmipServices Services => _services!;

    public IPEndPoint EndPoint => _listener!.Endpoint;

    /// <summary>A folder for what a test needs on disk; gone with the door.</summary>
    public string Folder => _folder;

    public string DataFolder => Path.Combine(_folder, "data");

    /// <summary>The audit trail's records so far, oldest first.</summary>
    public IReadOnlyList<JsonObject> ReadAudit()
    {
        var records = new List<JsonObject>();
        foreach (var segment in Directory.EnumerateFiles(Path.Combine(DataFolder, "audit"), "*.jsonl").Order(StringComparer.Ordinal))
        {
            using var file = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            // Behind the last record lies the space that is set aside.
            while (reader.ReadLine() is { } line && line.StartsWith('{')) records.Add(JsonNode.Parse(line)!.AsObject());
        }

        return records;
    }

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = DataFolder });
        _hierarchy = await KeyHierarchy.OpenAsync(_store, _root, default);
        var auditOptions = new AuditChainOptions
        {
            DataDirectory = DataFolder, Time = TimeProvider.System, Alarm = static _ => { }, SegmentSizeInBytes = 1 << 20,
        };
        _audit = await AuditChain.OpenAsync(auditOptions, _auditSeed, _store, default);
        var modes = new GroupModes([KeyValuePair.Create(GroupName.Parse(InteropGroup), GroupMode.InsecureInterop)]);
        _engine = await Engine.OpenAsync(new EngineParts { Store = _store, Hierarchy = _hierarchy, Audit = _audit, Modes = modes, Attestation = Attestation, Time = Time }, default);
        var pipeline = new OperationPipeline(_engine);
        _unknown = new UnknownCallers(pipeline, Time, Log.CreateLogger("test"));
        _sealer = new DocumentSealer(_hierarchy);
        _services = new KmipServices(_engine, pipeline, _unknown, Options, Log.CreateLogger("Keyreeve.Kmip"))
        {
            ReProvision = new ReProvisionOperation(await PrincipalDirectory.OpenAsync(_store, _sealer, default), new NobodysIssuer()),
        };
        var processor = new KmipMessageProcessor(_services);
        _serverCertificate = Authority.IssueServer("localhost");
        _listener = new KmipListener(Options, ServerTls, Identify, processor, TimeProvider.System, Log.CreateLogger<KmipListener>());
        _listener.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.StopAsync(TimeSpan.FromSeconds(5));
        await _listener.DisposeAsync();
        await _services!.DisposeAsync();
        _unknown!.Dispose();
        _engine!.Dispose();
        await _audit!.DisposeAsync();
        _sealer!.Dispose();
        _hierarchy!.Dispose();
        await _store!.DisposeAsync();
        _root.Dispose();
        _auditSeed.Dispose();
        _serverCertificate!.Dispose();
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A principal of another tenant, which has keys of its own; it may do everything in the whole of it.</summary>
    public async Task<X509Certificate2> EnrolElsewhereAsync(string name)
    {
        var elsewhere = new TenantId(2);
        await _hierarchy!.EnsureTenantAsync(elsewhere, default);
        var certificate = Enrol(name);
        var fingerprint = TestAuthority.FingerprintOf(certificate);
        _principals[fingerprint] = _principals[fingerprint] with
        {
            Tenant = elsewhere,
            Bindings = [.. _principals[fingerprint].Bindings.Select(static binding => new RoleBinding(binding.Role, null))],
        };
        return certificate;
    }

    /// <summary>A principal that may do everything in its home group, or has these roles there, and its certificate.</summary>
    public X509Certificate2 Enrol(string name, string group = "default", params Role[] roles)
    {
        var certificate = Authority.IssueClient(name);
        if (roles.Length == 0) roles = [Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter];
        _principals[TestAuthority.FingerprintOf(certificate)] = new Principal
        {
            Tenant = TenantId.Default,
            Name = name,
            Fingerprint = TestAuthority.FingerprintOf(certificate),
            HomeGroup = GroupName.Parse(group),
            Bindings = [.. roles.Select(r => new RoleBinding(r, GroupName.Parse(group)))],
        };
        return certificate;
    }

    internal Principal PrincipalOf(X509Certificate2 certificate) => _principals[TestAuthority.FingerprintOf(certificate)];

    public void Disable(X509Certificate2 certificate)
    {
        var fingerprint = TestAuthority.FingerprintOf(certificate);
        _principals[fingerprint] = _principals[fingerprint] with { IsDisabled = true };
    }

    /// <summary>A client of one protocol version, or of the newest both sides know.</summary>
    public KmipClient Client(X509Certificate2 certificate, params Keyreeve.Kmip.ProtocolVersion[] versions)
    {
        var options = new KmipClientOptions { Host = "127.0.0.1", Port = EndPoint.Port, Tls = ClientTls(certificate) };
        return new KmipClient(versions.Length == 0 ? options : options with { Versions = [.. versions] });
    }

    /// <summary>The client's side of a handshake.</summary>
    public SslClientAuthenticationOptions ClientTls(X509Certificate2? certificate) => new()
    {
        TargetHost = "localhost",
        ClientCertificates = certificate is null ? [] : [certificate],
        CertificateChainPolicy = TestAuthority.TrustOnly(Authority.Certificate),
    };

    private KmipCaller Identify(X509Certificate2 certificate)
    {
        var fingerprint = TestAuthority.FingerprintOf(certificate);
        return new KmipCaller(fingerprint, () => _principals.TryGetValue(fingerprint, out var principal) && !principal.IsDisabled ? principal : null)
        {
            FindEnded = () => _principals.TryGetValue(fingerprint, out var principal) && principal.IsDisabled ? principal : null,
        };
    }

    private SslServerAuthenticationOptions ServerTls() => new()
    {
        ServerCertificate = _serverCertificate,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        CertificateChainPolicy = TestAuthority.TrustOnly(Authority.Certificate, "1.3.6.1.5.5.7.3.2"),
    };

    // The principals of these tests come from nowhere, so nobody gives them another certificate.
    private sealed class NobodysIssuer : ICertificateIssuer
    {
        public string Examine(string request) => throw new KeyreeveException(KeyreeveError.InvalidField, "The request is refused.");

        public IssuedCertificate Issue(string request, string name, TenantId tenant) => throw new KeyreeveException(KeyreeveError.InvalidField, "The request is refused.");
    }
}
