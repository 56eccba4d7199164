using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Identity;
using Xunit;

namespace Keyreeve.Integration.Identity;

/// <summary>Principals that are known by a name which their own authority vouches for, whatever key they come with.</summary>
public sealed class CertificateNameTests : IAsyncLifetime
{
    private const string Billing = "spiffe://example.org/billing";

    private readonly TestAuthority _authority = new("CN=workloads");
    private readonly TestAuthority _second = new("CN=others");
    private Installation _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new Installation { TrustedAuthorities = _authority.Pem + "\n" + _second.Pem };
        await _server.StartAsync();
        await AddAsync("billing", "uri:" + Billing);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Identify_NameThatTheAuthorityVouchesFor_IsThePrincipalWhateverTheKey()
    {
        for (var i = 0; i < 2; i++)
            Assert.Equal(("billing", false), Find(_authority.Issue("CN=x", names: Names(b => b.AddUri(new Uri(Billing))))));
    }

    [Fact]
    public async Task Identify_HostsName_IsComparedInLowerCase()
    {
        await AddAsync("shop", "dns:Shop.example.org");

        Assert.Equal(("shop", false), Find(_authority.Issue("CN=x", names: Names(b => b.AddDnsName("Shop.Example.ORG")))));
    }

    [Fact]
    [Trait("Attack", "19")]
    public void Identify_TheSameNameFromAnotherAuthority_IsNobody() =>
        Assert.Equal(("anonymous", true), Find(_second.Issue("CN=x", names: Names(b => b.AddUri(new Uri(Billing))))));

    [Theory]
    [InlineData("spiffe://example.org/Billing")]
    [InlineData("spiffe://example.org/billing/")]
    [InlineData("spiffe://example.org/bill")]
    [Trait("Attack", "27")]
    public void Identify_NameThatOnlyLooksLikeIt_IsNobody(string uri) =>
        Assert.Equal(("anonymous", true), Find(_authority.Issue("CN=x", names: Names(b => b.AddUri(new Uri(uri))))));

    [Fact]
    [Trait("Attack", "19")]
    public void Identify_NameInTheSubjectAlone_IsNobody() => Assert.Equal(("anonymous", true), Find(_authority.Issue("CN=" + Billing)));

    [Fact]
    public async Task Identify_TwoNamesOfTwoPrincipals_IsNobody()
    {
        await AddAsync("shop", "dns:shop.example.org");

        Assert.Equal(("anonymous", true), Find(_authority.Issue("CN=x", names: Names(b =>
        {
            b.AddUri(new Uri(Billing));
            b.AddDnsName("shop.example.org");
        }))));
    }

    [Theory]
    [InlineData("spiffe://example.org/other")]
    [InlineData("https://example.org/")]
    [InlineData("SPIFFE://example.org/billing")]
    [Trait("Attack", "19")]
    public void Identify_SpiffeIdAndAnotherUri_IsRefused(string other)
    {
        using var certificate = _authority.Issue("CN=x", names: Names(b =>
        {
            b.AddUri(new Uri(Billing));
            b.AddUri(new Uri(other));
        }));

        Assert.Null(_server.Identity.Clients.Identify(certificate, out var fault));
        Assert.Contains("SPIFFE ID", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("uri:SPIFFE://example.org/billing")]
    [InlineData("uri:spiffe://Example.org/billing")]
    [InlineData("uri:spiffe://example.org/bill%69ng")]
    [InlineData("uri:spiffe://example.org/billing/")]
    [InlineData("uri:spiffe://example.org/../billing")]
    [InlineData("uri:spiffe://example.org:8443/billing")]
    [InlineData("uri:spiffe:billing")]
    [InlineData("dns:*.example.org")]
    public async Task Add_NameThatNoCertificateCanHave_IsRefused(string name) =>
        Assert.Equal(KeyreeveError.InvalidField, (await Assert.ThrowsAsync<KeyreeveException>(() => AddAsync("never", name))).Error);

    [Fact]
    [Trait("Attack", "26")]
    public async Task Identify_PrincipalDisabled_IsRefused()
    {
        var certificate = _authority.Issue("CN=x", names: Names(b => b.AddUri(new Uri(Billing))));
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;
        Assert.False(identity.FindPrincipal().IsDisabled);

        await _server.DisableAsync("billing");

        Assert.True(identity.FindPrincipal().IsDisabled);
    }

    [Fact]
    public void Identify_NamesThatAreNotDer_IsRefused()
    {
        var broken = new X509Extension("2.5.29.17", [0x30, 0x05, 0x86, 0x7F, 0x61], critical: false);

        Assert.Null(_server.Identity.Clients.Identify(_authority.Issue("CN=x", names: broken), out var fault));
        Assert.NotNull(fault);
    }

    private static X509Extension Names(Action<SubjectAlternativeNameBuilder> add)
    {
        var builder = new SubjectAlternativeNameBuilder();
        add(builder);
        return builder.Build();
    }

    private (string Name, bool IsDisabled) Find(X509Certificate2 certificate)
    {
        using (certificate)
        {
            var found = _server.Identity.Clients.Identify(certificate, out var fault)?.FindPrincipal();
            Assert.True(found is not null, fault);
            return (found.Name, found.IsDisabled);
        }
    }

    private async Task AddAsync(string principal, string name)
    {
        var credential = PrincipalCredential.OfName(PublicKeyRules.FingerprintOf(_authority.Certificate.PublicKey), name);
        var request = new AddPrincipalRequest { Name = principal, Group = GroupName.Parse("payments"), Roles = [Role.KeyUser], Credential = credential };
        var held = await _server.Pipeline.RunAsync(new AddPrincipalOperation(_server.Identity.Principals), _server.CallOf(_server.Officer), request, CancellationToken.None);
        await held.ReleaseAsync(CancellationToken.None);
    }
}
