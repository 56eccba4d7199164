using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Client.Renewal;
using Keyreeve.Client.Rest;
using Keyreeve.Integration.Cli;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>Certificates that renew themselves: what the server gives and takes, and what the client does with its files.</summary>
public sealed class CertificateRenewalTests(CertificateRenewalTests.Shop server) : IClassFixture<CertificateRenewalTests.Shop>, IDisposable
{
    private static readonly TimeSpan SixDays = TimeSpan.FromDays(6);
    private static readonly TimeSpan AfterTheGrace = TimeSpan.FromMinutes(16);

    private readonly Scratch _scratch = new();

    public sealed class Shop : ServerFixture
    {
        private readonly JumpingTime _time = new();

        public override TimeProvider Time => _time;

        public void Jump(TimeSpan time) => _time.Jump(time);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Renew_WhenDue_TheNewKeyIsShownAndTheOldOneEndsOnOpenConnections()
    {
        var old = await EnrolAsync("due");
        using var client = Connect(Options(old));
        using var open = server.Client(old);
        await using var kmip = server.Kmip(old);
        Assert.Equal(CertificateRenewalOutcome.NotDue, Assert.Single(await client.RenewCertificatesAsync(cancellationToken: Ct)).Outcome);
        server.Jump(SixDays);

        var renewal = Assert.Single(await client.RenewCertificatesAsync(cancellationToken: Ct));

        Assert.Equal(CertificateRenewalOutcome.Renewed, renewal.Outcome);
        Assert.InRange(renewal.ValidUntil, server.Time.GetUtcNow() + TimeSpan.FromDays(89), server.Time.GetUtcNow() + TimeSpan.FromDays(91));
        Assert.Equal("due", (await client.WhoAmIAsync(Ct)).Name);
        await AuditedAsync("SupersedeCredential", "'due'");
        // In the grace both hold, and afterwards one.
        (await open.GetAsync("/v1/whoami")).Expect(200);
        await kmip.LocateAsync(new Keyreeve.Kmip.Attributes.AttributeList());
        (await open.PostAsync("/v1/renew", Csr(out _))).ExpectError(403, "PermissionDenied");
        server.Jump(AfterTheGrace);
        (await open.GetAsync("/v1/whoami")).ExpectError(401, "AuthenticationFailed");
        await Assert.ThrowsAnyAsync<Exception>(() => kmip.LocateAsync(new Keyreeve.Kmip.Attributes.AttributeList()));
        Assert.Equal("due", (await client.WhoAmIAsync(Ct)).Name);
        AssertFiles(old);
        using var fresh = Connect(Options(old));
        Assert.Equal("due", (await fresh.WhoAmIAsync(Ct)).Name);
    }

    [Fact]
    public async Task Renew_OfItself_NoCallFailsAndTheOldFilesAreReplaced()
    {
        var principal = await EnrolAsync("itself");
        server.Jump(SixDays);
        var said = new List<string>();
        var options = Options(principal) with { FirstCertificateCheck = TimeSpan.Zero, Log = (_, message) => { lock (said) said.Add(message); } };
        var before = await File.ReadAllTextAsync(options.CertificateFile!, Ct);
        using var client = Connect(options);

        await UntilAsync(async () =>
        {
            Assert.Equal("itself", (await client.WhoAmIAsync(Ct)).Name);
            lock (said) return said.Exists(static message => message.Contains("was renewed", StringComparison.Ordinal));
        });

        Assert.NotEqual(before, await File.ReadAllTextAsync(options.CertificateFile!, Ct));
        AssertFiles(principal);
    }

    [Fact]
    public async Task Renew_TwoProcessesWithTheSameFiles_OneRenewsAndBothGoOn()
    {
        var principal = await EnrolAsync("pair");
        server.Jump(SixDays);
        using var one = Connect(Options(principal));
        using var other = Connect(Options(principal));

        var outcomes = await Task.WhenAll(one.RenewCertificatesAsync(cancellationToken: Ct), other.RenewCertificatesAsync(cancellationToken: Ct));

        Assert.All(outcomes, static outcome => Assert.True(Assert.Single(outcome).Outcome is CertificateRenewalOutcome.Renewed or CertificateRenewalOutcome.Busy));
        Assert.Equal(1, server.ReadAudit().Count(record => Says(record, "RenewCertificate", "'pair'")));
        await AuditedAsync("SupersedeCredential", "'pair'");
        server.Jump(AfterTheGrace);
        // Whoever of them has the old one in memory finds the new one.
        Assert.Equal("pair", (await one.WhoAmIAsync(Ct)).Name);
        Assert.Equal("pair", (await other.WhoAmIAsync(Ct)).Name);
        AssertFiles(principal);
    }

    [Fact]
    public async Task Renew_AnotherProcessIsAtIt_IsLeftAlone()
    {
        var principal = await EnrolAsync("left-alone");
        using var client = Connect(Options(principal));
        using var locked = new RenewalFiles(Options(principal).CertificateFile!, Options(principal).PrivateKeyFile!).TryLock();

        Assert.Equal(CertificateRenewalOutcome.Busy, Assert.Single(await client.RenewCertificatesAsync(evenIfNotDue: true, Ct)).Outcome);
    }

    // The new certificate was in use, and the process died before it replaced the old one; when it comes back, the old one has ended.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_RenewalWasInterrupted_GoesOnWithTheNewPair(bool keyWasReplaced)
    {
        var principal = await EnrolAsync(keyWasReplaced ? "interrupted-late" : "interrupted-early");
        var options = Options(principal);
        using (var old = server.Client(principal))
        {
            var answer = (await old.PostAsync("/v1/renew", Csr(out var key))).Expect(200);
            using (key)
            {
                new RenewalFiles(options.CertificateFile!, options.PrivateKeyFile!).WriteNext(key, answer.Text("certificate"));
                if (keyWasReplaced) _scratch.Write($"{principal.Name}.key", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
                using var used = server.Client(Pair(answer.Text("certificate"), key));
                (await used.GetAsync("/v1/whoami")).Expect(200);
            }
        }

        await AuditedAsync("SupersedeCredential", $"'{principal.Name}'");
        server.Jump(AfterTheGrace);
        using var client = Connect(options);

        Assert.Equal(principal.Name, (await client.WhoAmIAsync(Ct)).Name);
        await client.RenewCertificatesAsync(cancellationToken: Ct);
        AssertFiles(principal);
    }

    [Fact]
    public async Task Renew_TheNewPairIsOfNoUse_TheOldOneIsKeptAndRenewedAnew()
    {
        var principal = await EnrolAsync("no-use");
        var options = Options(principal);
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        new RenewalFiles(options.CertificateFile!, options.PrivateKeyFile!).WriteNext(strange, principal.CertificatePem);
        using var client = Connect(options);

        Assert.Equal(CertificateRenewalOutcome.Renewed, Assert.Single(await client.RenewCertificatesAsync(evenIfNotDue: true, Ct)).Outcome);

        Assert.Equal("no-use", (await client.WhoAmIAsync(Ct)).Name);
        AssertFiles(principal);
    }

    [Fact]
    public async Task Renew_FolderCannotBeWrittenOrNoServer_FailsAndCallsGoOn()
    {
        var principal = await EnrolAsync("cannot");
        var options = Options(principal);
        var (certificate, key) = (await File.ReadAllTextAsync(options.CertificateFile!, Ct), await File.ReadAllTextAsync(options.PrivateKeyFile!, Ct));
        using var client = Connect(options);
        using var nowhere = Connect(options with { Servers = [new Uri("https://localhost:1")], RetryDelay = TimeSpan.Zero });

        await Assert.ThrowsAsync<KeyreeveClientException>(() => nowhere.RenewCertificatesAsync(evenIfNotDue: true, Ct));
        // Nobody writes there, not even root.
        File.Delete(options.CertificateFile + ".lock");
        Directory.CreateDirectory(options.CertificateFile + ".lock");
        await Assert.ThrowsAnyAsync<SystemException>(() => client.RenewCertificatesAsync(evenIfNotDue: true, Ct));

        Assert.Equal("cannot", (await client.WhoAmIAsync(Ct)).Name);
        Assert.Equal((certificate, key), (await File.ReadAllTextAsync(options.CertificateFile!, Ct), await File.ReadAllTextAsync(options.PrivateKeyFile!, Ct)));
        Assert.False(File.Exists(RenewalFiles.NextOf(options.CertificateFile!)));
    }

    [Fact]
    public async Task Renew_Pkcs12EncryptedOrOfAnotherAuthority_SaysWhyNot()
    {
        var principal = await EnrolAsync("not-possible");
        var options = Options(principal);
        _scratch.Write("not-possible.p12", principal.Certificate.Export(X509ContentType.Pkcs12));
        using (var key = principal.Certificate.GetECDsaPrivateKey()!)
            _scratch.Write("encrypted.key", Encoding.ASCII.GetBytes(key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))));
        _scratch.Write("secret", "secret"u8.ToArray());
        using var authority = new TestAuthority();
        using var issued = new TestPrincipal("foreign", authority.IssueClient("foreign"));
        Write(issued);

        await AssertNotPossibleAsync(options with { CertificateFile = _scratch["not-possible.p12"], PrivateKeyFile = null }, "PKCS #12");
        await AssertNotPossibleAsync(options with { PrivateKeyFile = _scratch["encrypted.key"], PrivateKeyPassword = SecretReference.FromFile(_scratch["secret"]) }, "encrypted");
        await AssertNotPossibleAsync(Options(issued), "Another authority");
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task Renew_ByWhoMayNot_IsRefusedAndUnusedKeysAreFew()
    {
        var principal = await EnrolAsync("bounded");
        using var rest = server.Client(principal);
        using var admin = server.Client(server.Admin);
        var token = (await rest.PostAsync("/v1/tokens", new JsonObject { ["label"] = "t", ["allow"] = new JsonArray("use") })).Expect(201).Text("token");
        using var nobody = server.Client();

        for (var i = 0; i < 7; i++) (await rest.PostAsync("/v1/renew", Csr(out _))).Expect(200);
        (await nobody.SendAsync(HttpMethod.Post, "/v1/renew", Csr(out _), new Dictionary<string, string> { ["Authorization"] = "Bearer " + token })).ExpectError(403, "PermissionDenied");
        (await nobody.PostAsync("/v1/renew", Csr(out _))).ExpectError(401, "AuthenticationFailed");
        var taken = Csr(out _);
        (await rest.PostAsync("/v1/renew", taken.DeepClone())).Expect(200);
        (await rest.PostAsync("/v1/renew", taken)).ExpectError(409, "ObjectAlreadyExists");

        var listed = (await admin.GetAsync("/v1/principals")).Expect(200).Json["principals"]!.AsArray().Single(one => one!["name"]!.ToString() is "bounded")!;
        Assert.Equal(1 + 4, listed["credentials"]!.AsArray().Count(one => one!["kind"]!.ToString() is "PublicKey"));
        await server.DisableAsync("bounded");
        (await rest.PostAsync("/v1/renew", Csr(out _))).ExpectError(401, "AuthenticationFailed");
    }

    public void Dispose() => _scratch.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition()) await Task.Delay(20, limit.Token);
    }

    private static bool Says(JsonObject record, string operation, string detail) =>
        string.Equals(record["event"]?["operation"]?.ToString(), operation, StringComparison.Ordinal)
        && record["event"]?["detail"]?.ToString().Contains(detail, StringComparison.Ordinal) == true;

    private static JsonObject Csr(out ECDsa key)
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new JsonObject { ["csr"] = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem() };
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The caller's.")]
    private static X509Certificate2 Pair(string pem, ECDsa key)
    {
        using var bare = X509Certificate2.CreateFromPem(pem);
        using var pair = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private async Task<TestPrincipal> EnrolAsync(string name)
    {
        var principal = await server.EnrolAsync(name, name, "use", "manage");
        Write(principal);
        return principal;
    }

    private void Write(TestPrincipal principal)
    {
        _scratch.Write($"{principal.Name}.crt", Encoding.ASCII.GetBytes(principal.CertificatePem));
        _scratch.Write($"{principal.Name}.key", Encoding.ASCII.GetBytes(principal.KeyPem));
        _scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
    }

    private ClientOptions Options(TestPrincipal principal) => new()
    {
        Servers = [new Uri($"https://localhost:{server.RestPort}")],
        CertificateAuthorityFile = _scratch["authority.pem"],
        CertificateFile = _scratch[$"{principal.Name}.crt"],
        PrivateKeyFile = _scratch[$"{principal.Name}.key"],
        RenewCertificateAfter = 0.05,
        // The tests say when; the one that does not says so.
        FirstCertificateCheck = TimeSpan.FromHours(1),
    };

    private KeyreeveClient Connect(ClientOptions options) => new(new RestTransport(options, server.Time));

    private async Task AuditedAsync(string operation, string detail) =>
        await UntilAsync(() => Task.FromResult(server.ReadAudit().Any(record => Says(record, operation, detail))));

    private async Task AssertNotPossibleAsync(ClientOptions options, string reason)
    {
        using var client = Connect(options);
        var renewal = Assert.Single(await client.RenewCertificatesAsync(evenIfNotDue: true, Ct));
        Assert.Equal(CertificateRenewalOutcome.NotPossible, renewal.Outcome);
        Assert.Contains(reason, renewal.Reason, StringComparison.Ordinal);
    }

    // One pair, whole, for its owner alone; nothing is left beside it.
    private void AssertFiles(TestPrincipal principal)
    {
        var options = Options(principal);
        using var pair = X509Certificate2.CreateFromPemFile(options.CertificateFile!, options.PrivateKeyFile);
        Assert.NotEqual(principal.Certificate.Thumbprint, pair.Thumbprint);
        Assert.Equal(
            [$"{principal.Name}.crt", $"{principal.Name}.crt.lock", $"{principal.Name}.key"],
            Directory.GetFiles(_scratch.Folder).Select(Path.GetFileName).Where(name => name!.Contains(principal.Name, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (var file in (string[])[options.CertificateFile!, options.PrivateKeyFile!])
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }
}
