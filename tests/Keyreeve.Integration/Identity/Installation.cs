using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Sealing;
using Keyreeve.Server.Identity;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Integration.Identity;

/// <summary>An installation as <c>keyreeve init</c> makes it, opened as the server opens it.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private KeyHierarchy _hierarchy = null!;
    private AuditChain _audit = null!;
    private Engine _engine = null!;

    public string Root { get; } = Directory.CreateTempSubdirectory("keyreeve-identity-").FullName;

    public SettableTime Time { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public string? RevocationListFile { get; init; }

    public string? TrustedAuthorities { get; init; }

    public IReadOnlyCollection<Server.Configuration.TokenIssuerOptions> TokenIssuers { get; init; } = [];

    public SqliteObjectStore Store { get; private set; } = null!;

    public ServerIdentity Identity { get; private set; } = null!;

    public OperationPipeline Pipeline { get; private set; } = null!;

    public BootstrapResult Made { get; private set; } = null!;

    /// <summary>Whoever has the administrator's rights.</summary>
    public Principal Officer { get; } = Principal.Local(TenantId.Default) with { Name = "officer", Fingerprint = new string('0', 64) };

    public BootstrapOptions Options => new()
    {
        DataDirectory = Root,
        Slots = [new MemorySlot()],
        ServerNames = ["localhost", "127.0.0.1", "::1", "keys.example.org"],
        Log = Log.Enqueue,
        Time = Time,
        TrustedAuthorities = TrustedAuthorities,
    };

    public async Task<Installation> StartAsync()
    {
        Made = await Bootstrap.InitialiseAsync(Options, CancellationToken.None);
        await OpenAsync();
        return this;
    }

    public async Task OpenAsync()
    {
        Store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Root });
        using var root = await new SealFile(Root).OpenAsync([new MemorySlot()], CancellationToken.None);
        _hierarchy = await KeyHierarchy.OpenAsync(Store, root, CancellationToken.None);
        using var seed = _hierarchy.Derive(Bootstrap.AuditSigningLabel, 32);
        var options = new AuditChainOptions { DataDirectory = Root, Time = TimeProvider.System, Alarm = Log.Enqueue, SegmentSizeInBytes = 1 << 20 };
        _audit = await AuditChain.OpenAsync(options, seed, Store, CancellationToken.None);
        _engine = await Engine.OpenAsync(
            new EngineParts { Store = Store, Hierarchy = _hierarchy, Audit = _audit, Time = Time }, CancellationToken.None);
        Pipeline = new OperationPipeline(_engine);
        Identity = await ServerIdentity.OpenAsync(Parts, CancellationToken.None);
    }

    public async Task CloseAsync()
    {
        await Identity.DisposeAsync();
        _engine.Dispose();
        await _audit.DisposeAsync();
        _hierarchy.Dispose();
        await Store.DisposeAsync();
    }

    public async Task<string> IssueCodeAsync(string name, string? group = "payments", Principal? by = null, bool isRenewal = false, params Role[] roles)
    {
        var request = new IssueEnrolmentCodeRequest
        {
            Name = name,
            Group = group is null ? null : GroupName.Parse(group),
            Roles = isRenewal || roles.Length > 0 ? [.. roles] : [Role.KeyUser],
            IsRenewal = isRenewal,
        };
        var held = await Pipeline.RunAsync(new IssueEnrolmentCodeOperation(Identity.Principals), CallOf(by ?? Officer), request, CancellationToken.None);
        return (await held.ReleaseAsync(CancellationToken.None)).Code;
    }

    public async Task<Enrolment> EnrolAsync(string code, string signingRequest)
    {
        var request = new EnrolRequest { Code = code, SigningRequest = signingRequest };
        var operation = new EnrolOperation(Identity.Principals, Identity.Issuer);
        var held = await Pipeline.RunAsync(operation, CallOf(Principal.Unknown("")), request, CancellationToken.None);
        return await held.ReleaseAsync(CancellationToken.None);
    }

    /// <summary>A principal with key and certificate.</summary>
    public async Task<(Principal Principal, X509Certificate2 Certificate)> EnrolNewAsync(string name, string? group = "payments", params Role[] roles)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var enrolment = await EnrolAsync(await IssueCodeAsync(name, group, roles: roles), RequestOf(key));
        return (enrolment.Principal, X509Certificate2.CreateFromPem(enrolment.Certificate.CertificatePem));
    }

    public Task DisableAsync(string name, Principal? by = null) =>
        RunAsync(new DisablePrincipalOperation(Identity.Principals), new DisablePrincipalRequest(name), by);

    /// <summary>Runs an operation as the officer, or as somebody else.</summary>
    public async Task<TResponse> RunAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, Principal? by = null)
        where TRequest : class
    {
        var held = await Pipeline.RunAsync(operation, CallOf(by ?? Officer), request, CancellationToken.None);
        return await held.ReleaseAsync(CancellationToken.None);
    }

    /// <summary>The authority's private key, which the server itself unwraps for each signature only.</summary>
    public ECDsa OpenAuthorityKey() => Identity.Authority.OpenKey();

    public Call CallOf(Principal principal) => new()
    {
        Principal = principal,
        Protocol = Protocol.Rest,
        SourceAddress = "192.0.2.1",
        SourcePort = 1234,
        CorrelationId = "c",
        Time = Time.GetUtcNow(),
    };

    public static string RequestOf(ECDsa key, string name = "CN=whatever") =>
        new CertificateRequest(name, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    public string[] AuditLines() => [.. Directory.GetFiles(Path.Combine(Root, "audit"), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(Audit.TrailFixture.LinesOf)];

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(Root, recursive: true);
    }

    private IdentityParts Parts => new()
    {
        Store = Store,
        Hierarchy = _hierarchy,
        Time = Time,
        ServerNames = Options.ServerNames,
        RevocationListFile = RevocationListFile,
        TokenIssuers = TokenIssuers,
        Log = Log.Enqueue,
    };
}
