using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class ClientCertificateTests : IAsyncLifetime
{
    private readonly Installation _server = new();

    public async ValueTask InitializeAsync() => await _server.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Identify_EnrolledClient_IsWhoeverHoldsTheKey()
    {
        var (principal, certificate) = await _server.EnrolNewAsync("billing");

        var identity = _server.Identity.Clients.Identify(certificate, out var fault);

        Assert.Null(fault);
        Assert.Equal(principal.Fingerprint, identity!.Fingerprint);
        Assert.Equal("billing", identity.FindPrincipal().Name);
        Assert.Equal("SHA256:" + Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())), "SHA256:" + identity.Fingerprint);
    }

    [Fact]
    [Trait("Attack", "16")]
    public void Identify_NoCertificate_IsRefused() => AssertRefused(null, "no certificate");

    [Fact]
    [Trait("Attack", "16")]
    public void Identify_WrongExtendedKeyUsage_IsRefused()
    {
        using var authority = new TestAuthority(_server);

        AssertRefused(authority.Issue("CN=a", usage: "1.3.6.1.5.5.7.3.1"), "not for authenticating clients");
        AssertRefused(authority.Issue("CN=a", usage: null), "not for authenticating clients");
        // The server's own certificate lets nobody in.
        AssertRefused(_server.Identity.Certificate.Context.TargetCertificate, "not for authenticating clients");
        AssertRefused(_server.Identity.Authority.Certificate, "not for authenticating clients");
    }

    [Fact]
    [Trait("Attack", "16")]
    public void Identify_AnotherAuthorityOfTheSameName_IsRefused()
    {
        var own = _server.Identity.Authority.Certificate;
        using var impostor = new TestAuthority(own.Subject, subjectKeyIdOf: own);

        AssertRefused(impostor.Issue("CN=billing"), "no trusted authority issued it");
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Identify_IssuedByALeaf_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var enrolment = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), Installation.RequestOf(key));
        using var leaf = X509Certificate2.CreateFromPem(enrolment.Certificate.CertificatePem);
        using var issuer = new TestAuthority(leaf, key);

        AssertRefused(issuer.Issue("CN=admin"), "no trusted authority issued it");
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Identify_Expired_IsRefusedAlsoWhenItWasKept()
    {
        var (_, certificate) = await _server.EnrolNewAsync("billing");
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;

        _server.Time.Advance(TimeSpan.FromDays(91));

        AssertRefused(certificate, "it has expired");
        // On a connection that is open, too.
        Assert.True(identity.FindPrincipal().IsDisabled);
        Assert.Equal("anonymous", identity.FindPrincipal().Name);
    }

    [Fact]
    [Trait("Attack", "16")]
    public void Identify_NotYetValid_IsRefused()
    {
        using var authority = new TestAuthority(_server);

        AssertRefused(authority.Issue("CN=a", notBefore: _server.Time.GetUtcNow().AddDays(1)), "does not hold now");
    }

    [Fact]
    [Trait("Attack", "16")]
    public void Identify_SelfSigned_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=billing", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, _server.Time.GetUtcNow().AddDays(1));

        AssertRefused(certificate, "no trusted authority issued it");
    }

    [Fact]
    public void Identify_WeakKeyOrDigest_IsRefused()
    {
        using var authority = new TestAuthority(_server);
        using var weak = RSA.Create(1024);

        AssertRefused(authority.Issue("CN=a", publicKey: new PublicKey(weak)), "2048");
        AssertRefused(authority.Issue("CN=a", withSha1: true), "not");
    }

    [Fact]
    [Trait("Attack", "19")]
    public async Task Identify_SameNameAndSerialWithAnotherKey_IsAnotherIdentity()
    {
        var (principal, certificate) = await _server.EnrolNewAsync("billing");
        using var authority = new TestAuthority(_server);
        // Not even the true authority's signature makes the name an identity.
        using var twin = authority.Issue(certificate.Subject, serial: certificate.SerialNumberBytes.ToArray());
        Assert.Equal((certificate.Subject, certificate.SerialNumber, certificate.Issuer), (twin.Subject, twin.SerialNumber, twin.Issuer));

        var identity = _server.Identity.Clients.Identify(twin, out _)!;

        Assert.NotEqual(principal.Fingerprint, identity.Fingerprint, StringComparer.Ordinal);
        Assert.Equal("anonymous", identity.FindPrincipal().Name);
        Assert.True(identity.FindPrincipal().IsDisabled);
    }

    [Fact]
    [Trait("Attack", "17")]
    [Trait("Attack", "26")]
    public async Task FindPrincipal_DisabledWhileConnected_IsRefusedAtTheNextRequest()
    {
        var (_, certificate) = await _server.EnrolNewAsync("billing");
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;
        Assert.False(identity.FindPrincipal().IsDisabled);

        await _server.DisableAsync("billing");

        Assert.True(identity.FindPrincipal().IsDisabled);
        // Still named, so that the trail tells who was refused.
        Assert.Equal("billing", identity.FindPrincipal().Name);
    }

    [Fact]
    public async Task FindPrincipal_Repeated_AllocatesNothing()
    {
        var (_, certificate) = await _server.EnrolNewAsync("billing");
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;
        for (var i = 0; i < 1000; i++) identity.FindPrincipal();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) identity.FindPrincipal();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task ServerCertificate_HasItsNames_AndIsRenewedBeforeItEnds()
    {
        var first = _server.Identity.Certificate.Context.TargetCertificate;
        var names = first.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["keys.example.org", "localhost"], names.EnumerateDnsNames().Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(["127.0.0.1", "::1"], names.EnumerateIPAddresses().Select(a => a.ToString()).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.True(first.HasPrivateKey);

        Assert.False(await _server.Identity.Certificate.RenewIfDueAsync(CancellationToken.None));
        _server.Time.Advance(TimeSpan.FromDays(61));
        Assert.True(await _server.Identity.Certificate.RenewIfDueAsync(CancellationToken.None));

        var second = _server.Identity.Certificate.Context.TargetCertificate;
        Assert.NotEqual(first.SerialNumber, second.SerialNumber, StringComparer.Ordinal);
        Assert.Equal(first.Issuer, second.Issuer);
        // The new one is there after a restart.
        await _server.CloseAsync();
        await _server.OpenAsync();
        Assert.Equal(second.SerialNumber, _server.Identity.Certificate.Context.TargetCertificate.SerialNumber);
    }

    [Fact]
    public async Task Enrol_WithYourOwnAuthority_BindsTheShownCertificateAndIssuesNone()
    {
        using var yours = new TestAuthority("CN=Your root");
        await using var server = await new Installation { TrustedAuthorities = yours.Pem }.StartAsync();
        using var certificate = yours.Issue("CN=payments.example.org");
        using var strangers = new TestAuthority("CN=Another root");

        var enrolment = await server.EnrolAsync(await server.IssueCodeAsync("billing"), certificate.ExportCertificatePem());

        Assert.Equal("billing", server.Identity.Clients.Identify(certificate, out _)!.FindPrincipal().Name);
        Assert.Equal(certificate.ExportCertificatePem() + "\n", enrolment.Certificate.CertificatePem);
        var code = await server.IssueCodeAsync("shop");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Assert.ThrowsAsync<Keyreeve.Core.KeyreeveException>(() => server.EnrolAsync(code, Installation.RequestOf(key)));
        await Assert.ThrowsAsync<Keyreeve.Core.KeyreeveException>(() => server.EnrolAsync(code, strangers.Issue("CN=a").ExportCertificatePem()));
        Assert.Single(server.Identity.Principals.List(TenantId.Default));
    }

    private void AssertRefused(X509Certificate2? certificate, string because)
    {
        Assert.Null(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Contains(because, fault, StringComparison.Ordinal);
    }
}
