using System.Net;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>A seal slot at another Keyreeve.</summary>
public sealed class KmipSealSlotAtKeyreeveTests(KmipDoor door) : KmipSealSlotContract, IClassFixture<KmipDoor>
{
    private readonly X509Certificate2 _certificate = door.Enrol("sealed-server", "seals");

    protected override string Mechanism => "aes-gcm";

    protected override KmipClient Client => door.Client(_certificate);

    protected override KmipSlotOptions Options
    {
        get
        {
            using var key = _certificate.GetECDsaPrivateKey()!;
            return WriteFiles(
                new DnsEndPoint("127.0.0.1", door.EndPoint.Port), door.Authority.Certificate.ExportCertificatePem(), _certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }
    }

    public override void Dispose()
    {
        _certificate.Dispose();
        base.Dispose();
    }
}

/// <summary>A seal slot at PyKMIP's server, which we did not write.</summary>
public sealed class KmipSealSlotAtPyKmipTests(PyKmipFixture pyKmip) : KmipSealSlotContract, IClassFixture<PyKmipFixture>
{
    protected override string Mechanism => "aes-gcm";

    protected override KmipClient Client => new(pyKmip.Options);

    protected override KmipSlotOptions Options
    {
        get
        {
            var tls = pyKmip.Options.Tls;
            var certificate = (X509Certificate2)tls.ClientCertificates![0];
            using var key = certificate.GetRSAPrivateKey()!;
            return WriteFiles(
                new DnsEndPoint("127.0.0.1", pyKmip.Options.Port), tls.CertificateChainPolicy!.CustomTrustStore[0].ExportCertificatePem(), certificate.ExportCertificatePem(),
                key.ExportPkcs8PrivateKeyPem());
        }
    }
}
