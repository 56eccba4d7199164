using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Benchmarks;

/// <summary>Certificates for the references, and TLS on both sides, set as the server sets it.</summary>
internal static class TlsPeer
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    public static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    public static async Task<SslStream> AcceptAsync(Socket socket, X509Certificate2 certificate)
    {
        socket.NoDelay = true;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = true,
            EnabledSslProtocols = Protocols,
            RemoteCertificateValidationCallback = (_, remote, _, _) => remote is not null,
        });
        return stream;
    }

    public static async Task<SslStream> ConnectAsync(IPEndPoint endpoint, X509Certificate2 certificate, SslProtocols protocols = Protocols)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endpoint);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(ClientOptions(certificate, protocols));
        return stream;
    }

    public static SslClientAuthenticationOptions ClientOptions(X509Certificate2 certificate, SslProtocols protocols = Protocols) => new()
    {
        TargetHost = "localhost",
        ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
        EnabledSslProtocols = protocols,
        // The peer is our own child process on loopback; the handshake is not what is measured.
        RemoteCertificateValidationCallback = (_, remote, _, _) => remote is not null,
    };
}
