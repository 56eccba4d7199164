using System.Security.Cryptography;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class RevocationTests : IAsyncLifetime
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("keyreeve-crl-").FullName, "crl.pem");
    private readonly TestAuthority _authority = new("CN=Your root");
    private Installation _server = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact]
    public async Task Identify_NotOnTheList_IsAccepted()
    {
        await StartAsync(_authority.RevocationList([]));
        using var certificate = _authority.Issue("CN=a");

        Assert.NotNull(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Null(fault);
    }

    [Fact]
    [Trait("Attack", "17")]
    public async Task Identify_OnTheList_IsRefused()
    {
        using var certificate = _authority.Issue("CN=a");
        await StartAsync(_authority.RevocationList([certificate]));

        Assert.Null(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Equal("it was revoked", fault);
    }

    [Fact]
    [Trait("Attack", "17")]
    public async Task FindPrincipal_RevokedWhileConnected_IsRefusedWithinASecond()
    {
        using var certificate = _authority.Issue("CN=a");
        await StartAsync(_authority.RevocationList([]));
        await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), certificate.ExportCertificatePem());
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;
        Assert.Equal("billing", identity.FindPrincipal().Name);

        await File.WriteAllTextAsync(_file, _authority.RevocationList([certificate], thisUpdate: TimeProvider.System.GetUtcNow()));

        await TrailFixture.UntilAsync(() => identity.FindPrincipal().IsDisabled, "refused");
        Assert.Null(_server.Identity.Clients.Identify(certificate, out _));
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListMissingThoughConfigured_IsRefused()
    {
        await StartAsync(null);

        await AssertNobodyIsLetInAsync("there is no revocation list");
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListExpiredWhenRead_IsRefused()
    {
        var past = TimeProvider.System.GetUtcNow().AddDays(-2);
        await StartAsync(_authority.RevocationList([], TimeSpan.FromDays(1), past));

        await AssertNobodyIsLetInAsync("expired");
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListExpiresMeanwhile_IsRefused()
    {
        await StartAsync(_authority.RevocationList([], TimeSpan.FromHours(1)));
        using var certificate = _authority.Issue("CN=a");
        var identity = _server.Identity.Clients.Identify(certificate, out _);
        Assert.NotNull(identity);

        _server.Time.Advance(TimeSpan.FromHours(2));

        Assert.Null(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Contains("expired", fault, StringComparison.Ordinal);
        Assert.True(identity.FindPrincipal().IsDisabled);
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListSignedByAnother_IsRefused()
    {
        using var forger = new TestAuthority("CN=Your root");
        await StartAsync(_authority.RevocationList([], signedBy: forger));

        await AssertNobodyIsLetInAsync("signature is not the issuer's");
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListWithAByteChanged_IsRefused()
    {
        using var certificate = _authority.Issue("CN=a");
        var der = PemToDer(_authority.RevocationList([certificate]));
        // The serial number of the revoked certificate.
        var place = der.AsSpan().IndexOf(certificate.SerialNumberBytes.Span);
        der[place + 4] ^= 1;
        await StartAsync(PemEncoding.WriteString("X509 CRL", der));

        await AssertNobodyIsLetInAsync("signature is not the issuer's");
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Identify_ListOfAnotherIssuer_IsRefused()
    {
        using var other = new TestAuthority("CN=Another root");
        await StartAsync(other.RevocationList([]));

        await AssertNobodyIsLetInAsync("of another issuer");
    }

    [Theory]
    [InlineData("nonsense", "no list in the file")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "something else")]
    [InlineData("-----BEGIN X509 CRL-----\nMAMCAQE=\n-----END X509 CRL-----\n", "malformed")]
    [Trait("Attack", "18")]
    public async Task Identify_NotAList_IsRefused(string content, string because)
    {
        await StartAsync(content);

        await AssertNobodyIsLetInAsync(because);
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task Refresh_OlderListPutInPlace_IsNotTakenOver()
    {
        using var certificate = _authority.Issue("CN=a");
        var older = _authority.RevocationList([], thisUpdate: TimeProvider.System.GetUtcNow().AddHours(-2));
        await StartAsync(_authority.RevocationList([certificate]));

        await File.WriteAllTextAsync(_file, older);

        await TrailFixture.UntilAsync(() => _server.Log.Any(l => l.Contains("older than the one in force", StringComparison.Ordinal)), "refused list");
        Assert.Null(_server.Identity.Clients.Identify(certificate, out _));
    }

    [Fact]
    public async Task Refresh_UnsoundListPutInPlace_OldOneGoesOnHolding()
    {
        using var good = _authority.Issue("CN=a");
        using var revoked = _authority.Issue("CN=b");
        await StartAsync(_authority.RevocationList([revoked]));

        await File.WriteAllTextAsync(_file, "half a fil");

        await TrailFixture.UntilAsync(() => _server.Log.Any(l => l.Contains("is not accepted", StringComparison.Ordinal)), "refused list");
        Assert.NotNull(_server.Identity.Clients.Identify(good, out _));
        Assert.Null(_server.Identity.Clients.Identify(revoked, out _));
    }

    private static byte[] PemToDer(string pem) => Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);

    private async Task StartAsync(string? list)
    {
        if (list is not null) await File.WriteAllTextAsync(_file, list);
        _server = await new Installation { RevocationListFile = _file, TrustedAuthorities = _authority.Pem }.StartAsync();
    }

    private Task AssertNobodyIsLetInAsync(string because)
    {
        using var certificate = _authority.Issue("CN=a");
        Assert.Null(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Equal("there is no revocation list of its issuer", fault);
        if (!because.StartsWith("there is no", StringComparison.Ordinal))
            Assert.Contains(_server.Log, line => line.Contains("is not accepted", StringComparison.Ordinal) && line.Contains(because, StringComparison.Ordinal));
        return Task.CompletedTask;
    }
}
