using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary><c>keyreeve enroll</c> where an authority of one's own issues the certificates.</summary>
public sealed class OwnCertificateEnrolmentTests(OwnCertificateEnrolmentTests.House house) : IClassFixture<OwnCertificateEnrolmentTests.House>, IDisposable
{
    private readonly Scratch _scratch = new();

    [Fact]
    public async Task Enroll_WithACertificateOfYourAuthority_BindsItAndLeavesItWhereItIs()
    {
        using var certificate = house.Issuer.IssueClient("whatever the authority calls it");
        var (shown, key) = Write("alice", certificate);
        var before = await File.ReadAllBytesAsync(key, TestContext.Current.CancellationToken);

        var enrolled = await EnrollAsync(await CodeAsync("alice"), "--certificate", "alice.pem", "--private-key", "alice.key");

        Assert.True(enrolled.ExitCode == 0, enrolled.ToString());
        Assert.DoesNotContain("whatever", enrolled.Text, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(key, TestContext.Current.CancellationToken));
        Assert.Equal([key, shown, _scratch["client-authority.pem"], _scratch["client.conf"]], Directory.GetFiles(_scratch.Folder).Order(StringComparer.Ordinal));
        var status = await CliProcess.RunAsync("/", ["status", "--config", _scratch["client.conf"]]);
        Assert.True(status.ExitCode == 0, status.ToString());
        Assert.Contains("alice", status.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enroll_WithAnothersKey_IsRefusedAndTheCodeIsNotSpent()
    {
        using var certificate = house.Issuer.IssueClient("bob");
        using var other = house.Issuer.IssueClient("other");
        Write("bob", certificate);
        Write("other", other);
        var code = await CodeAsync("bob");

        var refused = await EnrollAsync(code, "--certificate", "bob.pem", "--private-key", "other.key");

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("other.key", refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_scratch["client.conf"]));
        Assert.Equal(0, (await EnrollAsync(code, "--certificate", "bob.pem", "--private-key", "bob.key")).ExitCode);
    }

    [Theory]
    [InlineData("--private-key", "--certificate", "bob.pem")]
    [InlineData("--certificate", "--private-key", "bob.key")]
    [InlineData("--curve", "--certificate", "bob.pem", "--private-key", "bob.key", "--curve", "p384")]
    [InlineData("nosuch.pem", "--certificate", "nosuch.pem", "--private-key", "bob.key")]
    public async Task Enroll_WithHalfOfIt_SaysWhatIsMissing(string said, params string[] options)
    {
        using var certificate = house.Issuer.IssueClient("bob");
        Write("bob", certificate);

        var refused = await EnrollAsync("kr-enrol-0000", options);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(said, refused.Errors, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    private async Task<string> CodeAsync(string name)
    {
        using var admin = house.Client(house.Admin);
        return (await admin.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = name, ["group"] = "default", ["allow"] = new JsonArray("use") })).Expect(200).Text("code");
    }

    private Task<Finished> EnrollAsync(string code, params IEnumerable<string> options) => CliProcess.RunAsync(
        _scratch.Folder,
        [
            "enroll", "--server", house.RestAddress.AbsoluteUri.TrimEnd('/'), "--code", code,
            "--ca-fingerprint", Convert.ToHexStringLower(SHA256.HashData(house.Authority.RawData)), "--config", "client.conf", .. options,
        ]);

    private (string Certificate, string Key) Write(string name, X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return (_scratch.Write(name + ".pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem())),
            _scratch.Write(name + ".key", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem())));
    }

    /// <summary>A server that issues no certificates.</summary>
    public sealed class House : ServerFixture
    {
        public TestAuthority Issuer { get; } = new();

        protected override TestAuthority? OutsideAuthority => Issuer;
    }
}
