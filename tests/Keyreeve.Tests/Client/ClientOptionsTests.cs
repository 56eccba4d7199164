using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class ClientOptionsTests
{
    [Theory]
    [InlineData("http://a:8443")]
    [InlineData("https://a:8443/path")]
    [InlineData("https://user@a:8443")]
    [InlineData("https://a:8443?x=1")]
    public void Constructor_ServerThatIsNoServer_IsRefused(string server)
    {
        var options = new ClientOptions { Servers = [new Uri(server)], CertificateAuthorityFile = "ca.pem" };

        Assert.Equal(ClientError.InvalidOptions, Assert.Throws<KeyreeveClientException>(() => new KeyreeveClient(options)).Error);
    }

    [Fact]
    public void Constructor_NoServerOrHalfAnIdentity_IsRefused()
    {
        var options = new ClientOptions { Servers = [new Uri("https://a:1")], CertificateAuthorityFile = "ca.pem" };

        Assert.Throws<KeyreeveClientException>(() => new KeyreeveClient(options with { Servers = [] }));
        Assert.Throws<KeyreeveClientException>(() => new KeyreeveClient(options with { CertificateFile = "c.pem" }));
        Assert.Throws<KeyreeveClientException>(() => new KeyreeveClient(options with { RequestTimeLimit = TimeSpan.Zero }));
    }

    [Fact]
    public void CaFingerprint_AnySpelling_MatchesThatCertificateAlone()
    {
        using var one = MakeCertificate();
        using var two = MakeCertificate();
        var hex = Convert.ToHexString(one.GetCertHash(HashAlgorithmName.SHA256));

        foreach (var spelling in (string[])[hex, hex.ToLowerInvariant(), "SHA256:" + hex, string.Join(':', hex.Chunk(2).Select(static pair => new string(pair)))])
        {
            Assert.True(CaFingerprint.Parse(spelling).Matches(one));
            Assert.False(CaFingerprint.Parse(spelling).Matches(two));
        }

        Assert.False(default(CaFingerprint).Matches(one));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcd")]
    [InlineData("zz5ae25fbd14eb9f1e1a2ec4f4b16ffbd9dc85fa4e9b7c1a3a4e0f1d2c3b4a59")]
    public void CaFingerprint_AnythingElse_IsRefused(string text) => Assert.Throws<FormatException>(() => CaFingerprint.Parse(text));

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
    }
}
