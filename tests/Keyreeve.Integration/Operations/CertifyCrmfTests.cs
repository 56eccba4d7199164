using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Certificate requests of RFC 4211, as OpenSSL 3.0 makes them (openssl cmp -cmd ir -popo 1 -reqout).</summary>
public sealed class CertifyCrmfTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private const string OfRsa =
        "MIICgzCCAn8wggFjAgEAMIIBXKUZMBcxFTATBgNVBAMMDGNybWYuZXhhbXBsZaaCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAKg6WNdxRkwo7+sU"
        + "V2KNsePEV/YkeSZD7zwQC7UvwiaHocv42HWGsw10QSCfk9wKQ+xMDl6l0wy7FVy2raeIIREsh1STn9ukbTd2y2ymp1qbpqf4hwmRIKmcsArsh/jHxE4zKqAa"
        + "RXdWMfiprY/EBWDeovZX25QiooxnzpliOJXwJGG13/ZFk0W4QUoDUde4XljFQuW/Wwz05VararZvgl0YssMDKZP2FfXwqZZJ11IBqIpRGt9Nug/hPUuvmzmW"
        + "RV7xnCVzTwyXCEYtPwmy2GLZOfNGgnduGM7BjUJRB9YoJkddAGanRbJGdiBPrcykLDpQDFtVgw+gvlnsHfpXUPsCAwEAAakZMBcGA1UdEQQQMA6CDGNybWYu"
        + "ZXhhbXBsZaGCARQwDQYJKoZIhvcNAQELBQADggEBAHp6m8t2Bk6PyB2/8B2Qh3tyn+tMp7p0Cw64T93RkirwfJ7JppDV8uPtzraBK2W2xB+FnkcBbFvOceTF"
        + "K6jTpyGVT/q8mjTp+kaZFZ/b6W5RDklcCD1tx7viRnijNqatb8u9oK9eJSI/pFGfzKGR2pVwyGguWk9/H1213Dw7VtcvoZ+/Ck7CqPPx6n8Wtc0QVne2rUHD"
        + "GVZwityfVt8mpq/oUmTx6nhtQ3zwi8cvT6CKvvcZZmlYwSuEnS9st0isHJdoJn3+KMkTqyoPk4bHdbww22MFQzRKMgjPJgMEGuVtfIGAJmcRe+p3EyCNnZvy"
        + "nekkk/GSahd8hJIv+2L5e3g=";

    private const string OfEc =
        "MIH1MIHyMIGXAgEAMIGRpRkwFzEVMBMGA1UEAwwMY3JtZi5leGFtcGxlplkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/G8AMnE6S8OB9PGgyLqDba556XeC"
        + "EE/nXV+gWSVo/GeysvMzfD8h7JWEHRv1rGHlUgYAMXfQybX78rKspt0G+KkZMBcGA1UdEQQQMA6CDGNybWYuZXhhbXBsZaFWMAoGCCqGSM49BAMCA0gAMEUC"
        + "IQD8XUdd9pqZRhn46CSp+aG+Vjq9A+NMWunp/ulyIJea6gIgSstoWZk1w+H0OhidtpUeuLAmikHmFoPUi4bynVWO8lQ=";

    private const string OfEd25519 =
        "MIG4MIG1MGcCAQAwYqUZMBcxFTATBgNVBAMMDGNybWYuZXhhbXBsZaYqMAUGAytlcAMhAGzxz05t3V1jMwMeRhvcT2eSh7X5zoAPhbh7fY+5HKqIqRkwFwYD"
        + "VR0RBBAwDoIMY3JtZi5leGFtcGxloUowBQYDK2VwA0EAZtsy/18jSh3CQh3bxL8Iv6VcxhIS8bxsVifo/SRVg3HPeB0/zU5uDgQLY6+ERCvsOxzXllezsHGQ"
        + "0Xlbyg4qAg==";

    [Theory]
    [InlineData(OfRsa, "1.2.840.113549.1.1.1")]
    [InlineData(OfEc, "1.2.840.10045.2.1")]
    [InlineData(OfEd25519, "1.3.101.112")]
    public async Task Certify_SignedRequest_MakesItsCertificate(string request, string algorithm)
    {
        var id = (await engine.RunAsync(new CertifyOperation(), Wish(Convert.FromBase64String(request)))).Id;
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var lease = got.Value.Bytes!.Reveal();
        using var certificate = X509CertificateLoader.LoadCertificate(lease.Span);
        Assert.Equal("CN=crmf.example", certificate.Subject);
        Assert.Equal(algorithm, certificate.PublicKey.Oid.Value);
        var names = Assert.Single(certificate.Extensions, e => string.Equals(e.Oid!.Value, "2.5.29.17", StringComparison.Ordinal));
        Assert.Equal(["crmf.example"], new X509SubjectAlternativeNameExtension(names.RawData).EnumerateDnsNames());
    }

    [Theory]
    [InlineData(OfRsa)]
    [InlineData(OfEc)]
    [InlineData(OfEd25519)]
    public async Task Certify_AnyByteOfTheRequestChanged_IsRefused(string request)
    {
        var original = Convert.FromBase64String(request);
        for (var at = 0; at < original.Length; at += 7)
        {
            var changed = (byte[])original.Clone();
            changed[at] ^= 1;
            Assert.Equal(KeyreeveError.InvalidCertificateRequest, await engine.RefusedAsync(new CertifyOperation(), Wish(changed)));
        }
    }

    [Theory]
    [InlineData(0x80)] // raVerified
    [InlineData(-1)] // none
    public async Task Certify_RequestThatNobodySigned_IsRefused(int proof)
    {
        var request = new AsnReader(Convert.FromBase64String(OfEc), AsnEncodingRules.DER).ReadSequence().ReadSequence().ReadEncodedValue();
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(request.Span);
            if (proof >= 0) writer.WriteEncodedValue([(byte)proof, 0]);
        }

        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await engine.RefusedAsync(new CertifyOperation(), Wish(writer.Encode())));
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await engine.RefusedAsync(new CertifyOperation(), Wish([.. Convert.FromBase64String(OfEc), 0])));
    }

    private static CertifyRequest Wish(byte[] request) => new() { CertificateRequest = new CertificateRequestBytes(CertificateRequestType.CRMF, request) };
}
