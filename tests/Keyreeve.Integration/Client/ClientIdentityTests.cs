using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Hsm;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>Every way to say who the client is and whom it trusts, as a configuration file says it, tried by <c>keyreeve client check</c>.</summary>
[Trait("Speed", "Slow")]
public sealed class ClientIdentityTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const string Password = "a password 5530";

    private readonly Scratch _scratch = new();

    [Fact]
    public async Task Identity_Pkcs12_IsAccepted()
    {
        _scratch.Write("app.p12", server.App.Certificate.Export(X509ContentType.Pkcs12, Password));
        _scratch.Write("app.password", Encoding.UTF8.GetBytes(Password + "\n"));

        await AssertServesAsync(Authority(), "certificate = app.p12\nprivate-key-password-file = app.password");
    }

    [Fact]
    public async Task Identity_Pkcs12WithAnotherPassword_IsSaid()
    {
        _scratch.Write("app.p12", server.App.Certificate.Export(X509ContentType.Pkcs12, Password));
        _scratch.Write("app.password", "another"u8.ToArray());

        var check = await CheckAsync(Authority(), "certificate = app.p12\nprivate-key-password-file = app.password");

        Assert.NotEqual(0, check.ExitCode);
        Assert.Contains("PKCS #12", check.Text + check.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("another", check.Text + check.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identity_PasswordFromSystemd_IsAccepted()
    {
        WriteCertificate();
        using (var key = server.App.Certificate.GetECDsaPrivateKey()!)
        {
            _scratch.Write("app.key", Encoding.ASCII.GetBytes(key.ExportEncryptedPkcs8PrivateKeyPem(
                Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000))));
        }

        // As systemd gives it: a folder, named in the environment, that nobody else may enter.
        var credentials = Directory.CreateDirectory(_scratch["credentials"]).FullName;
        File.SetUnixFileMode(credentials, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        _scratch.Write("credentials/key-password", Encoding.UTF8.GetBytes(Password));
        File.SetUnixFileMode(Path.Combine(credentials, "key-password"), UnixFileMode.UserRead);
        const string identity = "certificate = app.crt\nprivate-key = app.key\nprivate-key-password-credential = key-password";

        await AssertServesAsync(Authority(), identity, ("CREDENTIALS_DIRECTORY", credentials));
        var without = await CheckAsync(Authority(), identity);
        Assert.NotEqual(0, without.ExitCode);
        Assert.Contains("LoadCredential=key-password", without.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Identity_KeyInAToken_StaysThereAndIsAccepted()
    {
        SoftHsm.Require();
        Assert.SkipUnless(File.Exists("/usr/bin/pkcs11-tool"), "opensc is not installed");
        Assert.SkipUnless(
            Directory.GetDirectories("/usr/lib").Any(static folder => File.Exists(Path.Combine(folder, "engines-3", "pkcs11.so"))),
            "libengine-pkcs11-openssl is not installed");
        WriteCertificate();
        var tokens = Directory.CreateDirectory(_scratch["tokens"]).FullName;
        _scratch.Write("softhsm2.conf", Encoding.UTF8.GetBytes($"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"));
        _scratch.Write("token.pin", "73915"u8.ToArray());
        using (var key = server.App.Certificate.GetECDsaPrivateKey()!)
            _scratch.Write("app.der", key.ExportPkcs8PrivateKey());
        await RunAsync("softhsm2-util", "--init-token", "--free", "--label", "clients", "--pin", "73915", "--so-pin", "44021");
        await RunAsync(
            "pkcs11-tool", "--module", SoftHsm.ModulePath, "--login", "--pin", "73915", "--token-label", "clients",
            "--write-object", _scratch["app.der"], "--type", "privkey", "--id", "01", "--label", "app", "--usage-sign");
        File.Delete(_scratch["app.der"]);
        // SoftHSM does not tell the public half of a private key.
        _scratch.Write("app.pub", server.App.Certificate.PublicKey.ExportSubjectPublicKeyInfo());
        await RunAsync(
            "pkcs11-tool", "--module", SoftHsm.ModulePath, "--login", "--pin", "73915", "--token-label", "clients",
            "--write-object", _scratch["app.pub"], "--type", "pubkey", "--id", "01", "--label", "app");

        await AssertServesAsync(
            Authority(), $"certificate = app.crt\nprivate-key = pkcs11:token=clients;object=app;type=private?pin-source=file:{_scratch["token.pin"]}",
            ("SOFTHSM2_CONF", _scratch["softhsm2.conf"]), ("PKCS11_MODULE_PATH", SoftHsm.ModulePath));
    }

    [Fact]
    public async Task Trust_FolderOfAuthorities_TakesEachInItAndNoOther()
    {
        WriteIdentity();
        using var other = new TestAuthority("CN=another");
        Directory.CreateDirectory(_scratch["authorities"]);
        _scratch.Write("authorities/a.pem", Encoding.ASCII.GetBytes(other.Certificate.ExportCertificatePem()));
        _scratch.Write("authorities/readme.txt", "not a certificate"u8.ToArray());
        const string identity = "certificate = app.crt\nprivate-key = app.key";

        var distrusted = await CheckAsync("authority = authorities", identity);
        Assert.NotEqual(0, distrusted.ExitCode);
        Assert.Contains("ServerNotTrusted", distrusted.Text, StringComparison.Ordinal);

        _scratch.Write("authorities/b.crt", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        await AssertServesAsync("authority = authorities", identity);
    }

    [Fact]
    public async Task Trust_Fingerprint_TakesThatAuthorityAndNoOther()
    {
        WriteIdentity();
        const string identity = "certificate = app.crt\nprivate-key = app.key";

        await AssertServesAsync("authority = sha256:" + Fingerprint(server.Authority), identity);
        using var other = new TestAuthority("CN=another");
        var distrusted = await CheckAsync("authority = sha256:" + Fingerprint(other.Certificate), identity);
        Assert.NotEqual(0, distrusted.ExitCode);
        Assert.Contains("ServerNotTrusted", distrusted.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keyreeve")]
    [InlineData("kmip")]
    public async Task Failover_FirstDoesNotAcceptTheCertificate_IsNotSilent(string provider)
    {
        await using var other = new ServerFixture();
        await other.InitializeAsync();
        await ProviderConnections.EnsureKeyAsync(server, "identity");
        WriteIdentity();
        Directory.CreateDirectory(_scratch["authorities"]);
        _scratch.Write("authorities/a.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        _scratch.Write("authorities/b.pem", Encoding.ASCII.GetBytes(other.Authority.ExportCertificatePem()));
        var (first, second) = provider is "kmip" ? (other.KmipEndPoint.Port, server.KmipEndPoint.Port) : (other.RestAddress.Port, server.RestPort);
        _scratch.Write("client.conf", Encoding.UTF8.GetBytes(
            $"[client]\nprovider = {provider}\nservers = localhost:{first}, localhost:{second}\nkey = identity\nauthority = authorities\ncertificate = app.crt\nprivate-key = app.key\nrequest-time-limit = 5m\nattempt-time-limit = 1m\nconnect-time-limit = 1m\n"));
        _scratch.Write("value.txt", "value"u8.ToArray());

        // Three times: how the end of the connection shows is a matter of who was faster.
        for (var i = 0; i < 3; i++)
        {
            var finished = await CliProcess.RunAsync(_scratch.Folder, "encrypt", "value.txt", "--force", "--config", _scratch["client.conf"]);
            Assert.True(finished.ExitCode == 0, finished.ToString());
            Assert.Contains($"localhost:{first} is given up", finished.Errors, StringComparison.Ordinal);
            Assert.Contains("do not accept the certificate", finished.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [Trait("Attack", "61")]
    [InlineData("client.conf", "chmod 600")]
    [InlineData("app.key", "chmod 600")]
    [InlineData(".", "chmod go-w")]
    public async Task Configuration_OpenToOthers_IsRefusedWithTheCommandThatMendsIt(string what, string command)
    {
        WriteIdentity();
        await AssertServesAsync(Authority(), "certificate = app.crt\nprivate-key = app.key");
        var path = Path.Combine(_scratch.Folder, what);
        var mode = File.GetUnixFileMode(path);
        File.SetUnixFileMode(path, mode | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);

        var refused = await CliProcess.RunAsync(_scratch.Folder, "client", "check", "--config", _scratch["client.conf"]);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(command, refused.Text + refused.Errors, StringComparison.Ordinal);
        File.SetUnixFileMode(path, mode);
        Assert.Equal(0, (await CliProcess.RunAsync(_scratch.Folder, "client", "check", "--config", _scratch["client.conf"])).ExitCode);
    }

    public void Dispose() => _scratch.Dispose();

    private static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));

    private string Authority()
    {
        _scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        return "authority = authority.pem";
    }

    private void WriteCertificate() => _scratch.Write("app.crt", Encoding.ASCII.GetBytes(server.App.CertificatePem));

    private void WriteIdentity()
    {
        WriteCertificate();
        _scratch.Write("app.key", Encoding.ASCII.GetBytes(server.App.KeyPem));
    }

    private async Task AssertServesAsync(string authority, string identity, params (string Name, string Value)[] environment)
    {
        var check = await CheckAsync(authority, identity, environment);
        Assert.True(check.ExitCode == 0, check.ToString());
        var row = JsonDocument.Parse(check.Output).RootElement[0];
        Assert.Contains("Active", row.GetProperty("key").GetString(), StringComparison.Ordinal);
    }

    private async Task<Finished> CheckAsync(string authority, string identity, params (string Name, string Value)[] environment)
    {
        await ProviderConnections.EnsureKeyAsync(server, "identity");
        _scratch.Write("client.conf", Encoding.UTF8.GetBytes($"[client]\nservers = localhost:{server.RestPort}\nkey = identity\n{authority}\n{identity}\n"));
        var start = CliProcess.Command(_scratch.Folder, CliProcess.Executable);
        foreach (var argument in (string[])["client", "check", "--config", _scratch["client.conf"], "--output", "json"])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        return await CliProcess.FinishAsync(process, []);
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var start = CliProcess.Command(_scratch.Folder, program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["SOFTHSM2_CONF"] = _scratch["softhsm2.conf"];
        using var process = Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);
        Assert.True(finished.ExitCode == 0, finished.ToString());
    }
}
