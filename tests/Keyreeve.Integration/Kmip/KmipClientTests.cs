using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Our client with our server.</summary>
[Trait("Speed", "Slow")]
public sealed class KmipClientOnKeyreeveTests(KmipDoor door) : KmipClientContract, IClassFixture<KmipDoor>, IDisposable
{
    private readonly X509Certificate2 _certificate = door.Enrol("client");

    protected override ProtocolVersion Newest => ProtocolVersion.Kmip21;

    protected override KmipClientOptions Options => new() { Host = "127.0.0.1", Port = door.EndPoint.Port, Tls = door.ClientTls(_certificate) };

    public void Dispose() => _certificate.Dispose();
}

/// <summary>Our client with PyKMIP's server, which we did not write.</summary>
[Trait("Speed", "Slow")]
public sealed class KmipClientOnPyKmipTests(PyKmipFixture pyKmip) : KmipClientContract, IClassFixture<PyKmipFixture>
{
    protected override ProtocolVersion Newest => ProtocolVersion.Kmip20;

    protected override KmipClientOptions Options => pyKmip.Options;

    protected override bool KeepsCryptographicParameters => false;

    // It answers with a general failure and a traceback in its log.
    protected override bool DeletesByValue => false;
}

/// <summary>PyKMIP's server for the tests of a class.</summary>
public sealed class PyKmipFixture : IAsyncLifetime
{
    private PyKmipServer? _server;

    /// <summary>How to reach it; skips the running test where PyKMIP is not installed.</summary>
    public KmipClientOptions Options
    {
        get
        {
            if (_server is null) Assert.Skip("python3-pykmip is not installed.");
            return _server.Options;
        }
    }

    public async ValueTask InitializeAsync() => _server = PyKmipServer.IsInstalled() ? await PyKmipServer.StartAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }
}
