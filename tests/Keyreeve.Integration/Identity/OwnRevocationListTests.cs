using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Core.Access;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Rest;
using Xunit;
using Root = Keyreeve.Integration.TestAuthority;

namespace Keyreeve.Integration.Identity;

/// <summary>Which certificates of its own the server says are revoked, read and judged by OpenSSL as others do.</summary>
[Trait("Attack", "17")]
[Trait("Speed", "Slow")]
public sealed class OwnRevocationListTests : IAsyncLifetime
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromDays(30);

    private readonly JumpingServer _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task List_OneIsDisabled_ForeignPeersRefuseItAndTakeTheOther()
    {
        var leaving = await _server.EnrolAsync("leaving", "payments", "use");
        var staying = await _server.EnrolAsync("staying", "payments", "use");
        var first = await ReadAsync();
        Assert.Empty(first.Revoked);
        // Who asks again gets the same list, and no other signature.
        Assert.Equal(first.Der, (await ReadAsync()).Der);
        Assert.Contains(": OK", await JudgeAsync(first, leaving), StringComparison.Ordinal);

        await _server.DisableAsync("leaving");

        var then = await ReadAsync();
        Assert.Equal([(SerialOf(leaving), "Cessation Of Operation")], then.Revoked);
        Assert.True(then.Number > first.Number);
        Assert.Equal(then.Der, (await ReadAsync()).Der);
        Assert.Contains(": OK", await JudgeAsync(then, staying), StringComparison.Ordinal);
        Assert.Contains("certificate revoked", await JudgeAsync(then, leaving), StringComparison.Ordinal);

        // What changes nobody's certificate makes no other list; nor does a restart.
        await _server.EnrolAsync("another", "payments", "use");
        await _server.RestartAsync();
        Assert.Equal(then.Der, (await ReadAsync()).Der);

        _server.Clock.Jump(TimeSpan.FromHours(13));
        var past = await ReadAsync();
        Assert.Equal(then.Revoked, past.Revoked);
        Assert.True(past.Number > then.Number);
    }

    [Fact]
    public async Task List_KeyIsRenewed_TheEarlierCertificateIsOnItWhenItHoldsNoMore()
    {
        var earlier = await _server.EnrolAsync("renewing", "payments", "use");
        using var later = await RenewAsync(earlier);
        using (var client = _server.Client(later)) (await client.GetAsync("/v1/whoami")).Expect(200);
        // That the renewed key is in use is noted beside the request.
        await TrailFixture.UntilAsync(() => _server.ReadAudit().Any(IsSupersession), "the renewed key's first use");
        Assert.Empty((await ReadAsync()).Revoked);

        _server.Clock.Jump(KeyRenewal.Grace + TimeSpan.FromMinutes(1));

        await TrailFixture.UntilAsync(async () => (await ReadAsync()).Revoked.SequenceEqual([(SerialOf(earlier), "Superseded")]), "the earlier certificate");
        // Taken from a principal that stays, and then the principal itself.
        using var unused = await RenewAsync(new TestPrincipal("renewing", later));
        using (var root = _server.Client(_server.Admin))
            (await root.DeleteAsync($"/v1/principals/renewing/credentials/{Convert.ToHexStringLower(SHA256.HashData(unused.PublicKey.ExportSubjectPublicKeyInfo()))}")).Expect(200);
        Assert.Contains((SerialOf(unused), "Privilege Withdrawn"), (await ReadAsync()).Revoked);
        await _server.DisableAsync("renewing");
        Assert.Equal(
            new[] { SerialOf(earlier), SerialOf(later), SerialOf(unused) }.Order(StringComparer.Ordinal),
            (await ReadAsync()).Revoked.Select(static r => r.Serial).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task List_RevokedCertificateExpires_StaysForOneMoreListAndIsGone()
    {
        var leaving = await _server.EnrolAsync("leaving", "payments", "use");
        await _server.DisableAsync("leaving");
        Assert.Single((await ReadAsync()).Revoked);

        _server.Clock.Jump(CertificateLifetime + TimeSpan.FromHours(1));
        Assert.Equal(SerialOf(leaving), Assert.Single((await ReadAsync()).Revoked).Serial);
        _server.Clock.Jump(TimeSpan.FromHours(13));
        Assert.Empty((await ReadAsync()).Revoked);

        // Nothing is kept of what is over.
        await _server.RestartAsync();
        _server.Clock.Jump(TimeSpan.FromHours(13));
        Assert.Empty((await ReadAsync()).Revoked);
    }

    [Fact]
    public async Task List_TenantIsFrozenAndThawed_ItsCertificatesAreOnHoldMeanwhile()
    {
        using var root = _server.Client(_server.Admin);
        using var alice = await NewTenantAsync(root);

        (await root.PostAsync("/v1/tenants/acme/freeze")).Expect(200);
        Assert.Equal([(SerialOf(alice), "Certificate Hold")], (await ReadAsync()).Revoked);
        (await root.PostAsync("/v1/tenants/acme/thaw")).Expect(200);
        Assert.Empty((await ReadAsync()).Revoked);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task List_PrincipalGroupAndTenantAreOffboarded_ForeignPeersRefuseThem()
    {
        using var root = _server.Client(_server.Admin);
        var leaving = await _server.EnrolAsync("leaving", "sales", "use");
        var grouped = await _server.EnrolAsync("grouped", "payments/cards", "use");
        var staying = await _server.EnrolAsync("staying", "payments2", "use");
        using var alice = await NewTenantAsync(root);
        TestPrincipal[] all = [leaving, grouped, staying, alice];
        (string Member, string Name, TestPrincipal[] Revoked)[] steps =
            [("principal", "leaving", [leaving]), ("group", "payments", [leaving, grouped]), ("tenant", "acme", [leaving, grouped, alice])];

        foreach (var (member, name, revoked) in steps)
        {
            (await root.PostAsync("/v1/offboardings", new JsonObject { [member] = name, ["dryRun"] = true })).Expect(200);
            Assert.Equal(revoked.Length - 1, (await ReadAsync()).Revoked.Length);
            (await root.PostAsync("/v1/offboardings", new JsonObject { [member] = name })).Expect(200);
            var list = await ReadAsync();
            foreach (var one in all)
                Assert.Contains(revoked.Contains(one) ? "certificate revoked" : ": OK", await JudgeAsync(list, one), StringComparison.Ordinal);
            Assert.All(list.Revoked, static r => Assert.Equal("Cessation Of Operation", r.Reason));
        }
    }

    [Fact]
    public async Task List_TenantIsDeleted_ItsCertificatesStayOnItForGood()
    {
        using var root = _server.Client(_server.Admin);
        using var alice = await NewTenantAsync(root);
        using var officer = _server.Client(await _server.EnrolAsync("second-officer", "*", "officer"));
        (await root.PostAsync("/v1/tenants/acme/freeze")).Expect(200);
        var reference = (await root.DeleteAsync("/v1/tenants/acme")).ExpectError(403, "ApprovalRequired").Text("reference");
        (await officer.PostAsync($"/v1/approvals/{reference}/approve")).Expect(200);

        (await root.DeleteAsync("/v1/tenants/acme")).Expect(200);

        Assert.Equal([(SerialOf(alice), "Cessation Of Operation")], (await ReadAsync()).Revoked);
        Assert.Contains("certificate revoked", await JudgeAsync(await ReadAsync(), alice), StringComparison.Ordinal);
        await _server.RestartAsync();
        Assert.Contains("certificate revoked", await JudgeAsync(await ReadAsync(), alice), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_IssuerOfTokensIsOffboarded_WhoIsPartedFromItKeepsHisCertificate()
    {
        using var root = _server.Client(_server.Admin);
        var both = await _server.EnrolAsync("by-both", "payments", "use");
        (await root.PostAsync("/v1/principals/by-both/credentials", new JsonObject { ["issuer"] = _server.Issuer.Issuer, ["subject"] = "one" })).Expect(200);

        (await root.PostAsync("/v1/offboardings", new JsonObject { ["issuer"] = _server.Issuer.Issuer })).Expect(200);

        using var client = _server.Client(both);
        (await client.GetAsync("/v1/whoami")).Expect(200);
        Assert.Contains(": OK", await JudgeAsync(await ReadAsync(), both), StringComparison.Ordinal);
        // And is on it once he himself is shut out.
        (await root.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "by-both" })).Expect(200);
        Assert.Contains("certificate revoked", await JudgeAsync(await ReadAsync(), both), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_AuthorityIsReplaced_EachHasItsOwn()
    {
        using var root = _server.Client(_server.Admin);
        var leaving = await _server.EnrolAsync("leaving", "payments", "use");
        await _server.DisableAsync("leaving");
        foreach (var step in (string[])["prepare", "activate"])
            (await root.PostAsync("/v1/ca/replace", new JsonObject { ["step"] = step })).Expect(200);

        var authorities = new X509Certificate2Collection();
        using (var server = new RestClient(_server.RestAddress, _server.Server.Authority.Certificate, null, null))
            authorities.ImportFromPem((await server.GetAsync("/v1/ca")).Expect(200).Text("caChain"));
        Assert.Equal(2, authorities.Count);
        var (current, previous) = (authorities[0], authorities[1]);
        Assert.Empty((await ReadAsync(current)).Revoked);
        Assert.Single((await ReadAsync(previous)).Revoked);

        await File.WriteAllTextAsync(Path.Combine(_server.Folder, "ca.pem"), current.ExportCertificatePem());
        var (certificate, key) = _server.Admin.WriteFiles(_server.Folder);
        await File.WriteAllTextAsync(
            Path.Combine(_server.Folder, "client.conf"),
            $"[client]\nservers = localhost:{_server.RestPort}\nauthority = ca.pem\ncertificate = {certificate}\nprivate-key = {key}\nrenew-certificate-after = never\n");
        File.SetUnixFileMode(Path.Combine(_server.Folder, "client.conf"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var written = Path.Combine(_server.Folder, "lists.pem");
        var told = await CliProcess.RunAsync(_server.Folder, "authority", "crl", "--out", written, "--config", "client.conf");
        Assert.True(told.ExitCode == 0, told.ToString());
        Assert.Equal(2, (await File.ReadAllTextAsync(written)).Split("-----BEGIN X509 CRL-----").Length - 1);

        using var http = Http();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await http.GetAsync($"/v1/ca/crl?authority={new string('0', 64)}")).StatusCode);
    }

    private static bool IsSupersession(JsonObject record) => record["event"]?["operation"]?.ToString() is "SupersedeCredential";

    private static string SerialOf(TestPrincipal principal) => SerialOf(principal.Certificate);

    private static string SerialOf(X509Certificate2 certificate) => Convert.ToHexString(certificate.SerialNumberBytes.Span);

    private async Task<TestPrincipal> NewTenantAsync(RestClient root)
    {
        var made = (await root.PostAsync("/v1/tenants", new JsonObject { ["name"] = "acme", ["administrator"] = "alice" })).Expect(201).Json;
        return await _server.EnrolWithCodeAsync("alice", made["code"]!["code"]!.GetValue<string>());
    }

    private async Task<X509Certificate2> RenewAsync(TestPrincipal principal)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=renewing", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        using var client = _server.Client(principal);
        using var issued = X509Certificate2.CreateFromPem((await client.PostAsync("/v1/renew", new JsonObject { ["csr"] = csr })).Expect(200).Text("certificate"));
        using var withKey = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }

    private HttpClient Http()
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = Root.TrustOnly(_server.Server.Authority.Certificate);
        return new HttpClient(handler) { BaseAddress = _server.RestAddress };
    }

    // What the server gives to anybody, with a signature that OpenSSL found good.
    private async Task<ReadList> ReadAsync(X509Certificate2? authority = null)
    {
        using var http = Http();
        var query = authority is null ? "" : "?authority=" + Convert.ToHexString(SHA256.HashData(authority.RawData));
        using var answer = await http.GetAsync("/v1/ca/crl" + query);
        Assert.Equal("application/pkix-crl", answer.EnsureSuccessStatusCode().Content.Headers.ContentType!.ToString());
        var der = await answer.Content.ReadAsByteArrayAsync();
        await File.WriteAllBytesAsync(Path.Combine(_server.Folder, "crl.der"), der);
        authority ??= _server.Server.Authority.Certificate;
        await File.WriteAllTextAsync(Path.Combine(_server.Folder, "authority.pem"), authority.ExportCertificatePem());
        var shown = await OpenSslAsync("crl", "-inform", "DER", "-in", "crl.der", "-CAfile", "authority.pem", "-verify", "-noout", "-text");
        Assert.Contains("verify OK", shown, StringComparison.Ordinal);
        var keyId = authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!;
        Assert.Contains(keyId, shown.Replace(":", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var lines = shown.Split('\n', StringSplitOptions.TrimEntries);
        var number = long.Parse(lines[Array.FindIndex(lines, static l => l.StartsWith("X509v3 CRL Number", StringComparison.Ordinal)) + 1], System.Globalization.CultureInfo.InvariantCulture);
        var serials = lines.Where(static l => l.StartsWith("Serial Number: ", StringComparison.Ordinal)).Select(static l => l["Serial Number: ".Length..]);
        var reasons = lines.Index().Where(static l => l.Item.StartsWith("X509v3 CRL Reason Code", StringComparison.Ordinal)).Select(l => lines[l.Index + 1]);
        return new ReadList(der, number, [.. serials.Zip(reasons)]);
    }

    // As a server of somebody else's would, of one whose certificate it is shown.
    private async Task<string> JudgeAsync(ReadList list, TestPrincipal shown)
    {
        await File.WriteAllTextAsync(Path.Combine(_server.Folder, "crl.pem"), PemEncoding.WriteString("X509 CRL", list.Der));
        await File.WriteAllTextAsync(Path.Combine(_server.Folder, "shown.pem"), shown.CertificatePem);
        return await OpenSslAsync("verify", "-crl_check", "-crl_check_all", "-purpose", "sslclient", "-CAfile", "authority.pem", "-CRLfile", "crl.pem", "shown.pem");
    }

    private async Task<string> OpenSslAsync(params string[] arguments)
    {
        var start = CliProcess.Command(_server.Folder, "openssl");
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = System.Diagnostics.Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);
        return finished.Text + finished.Errors;
    }

    private sealed record ReadList(byte[] Der, long Number, (string Serial, string Reason)[] Revoked);

    private sealed class JumpingServer : ServerFixture
    {
        public JumpingTime Clock { get; } = new();

        public override TimeProvider Time => Clock;

        public TokenIssuerForTests Issuer { get; } = new(Directory.CreateTempSubdirectory("keyreeve-issuer-").FullName);

        protected override IReadOnlyList<string> Settings => [$"server.client-certificate-lifetime={CertificateLifetime.Days}d", "token-issuers.login=" + Issuer.Setting];
    }
}
