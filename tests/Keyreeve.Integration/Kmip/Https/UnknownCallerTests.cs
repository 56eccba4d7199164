using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Xunit;

namespace Keyreeve.Integration.Kmip.Https;

/// <summary>Somebody whose certificate is good and whom nobody knows: refused on every door, and recorded only so often.</summary>
public sealed class UnknownCallerTests(RestDoor door) : IClassFixture<RestDoor>
{
    private const int Burst = 100;

    [Fact]
    public async Task Refusals_OfWhomNobodyKnows_AreRecordedFromOneBucketForBothDoors()
    {
        using var certificate = door.Issuer.IssueClient("stranger");
        using var https = new KmipHttpsClient(door, certificate);
        var before = Records();
        var began = TimeProvider.System.GetTimestamp();

        // As many on the one door as are recorded at all, then as many on the other.
        await using var tls = await RawTlsAsync(certificate);
        var messages = Enumerable.Repeat(RawKmipClient.Query(), 2 * Burst).SelectMany(query => query).ToArray();
        await tls.WriteAsync(messages);
        for (var i = 0; i < 2 * Burst; i++) Assert.Equal(ResultReason.AuthenticationNotSuccessful, await ReadReasonAsync(tls));
        for (var i = 0; i < Burst; i++) Assert.Equal(ResultReason.AuthenticationNotSuccessful, (await https.SendAsync("text/xml", RawKmipClient.Query())).Item.ResultReason);

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        Assert.InRange(Records() - before, 1, Burst + (10 * ((int)seconds + 2)));
    }

    private int Records() => door.ReadAudit().Count(record => record.ToJsonString().Contains("\"Authenticate\"", StringComparison.Ordinal));

    private async Task<System.Net.Security.SslStream> RawTlsAsync(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate)
    {
        var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(door.KmipEndPoint);
        var stream = new System.Net.Security.SslStream(new System.Net.Sockets.NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions
        {
            TargetHost = "localhost", ClientCertificates = [certificate], CertificateChainPolicy = TestAuthority.TrustOnly(door.Authority),
        });
        return stream;
    }

    private static async Task<ResultReason?> ReadReasonAsync(Stream stream)
    {
        var header = new byte[8];
        await stream.ReadExactlyAsync(header);
        var message = new byte[8 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(8));
        foreach (var item in ResponseMessage.Decode(message, 10).Items) return item.ResultReason;
        return null;
    }
}
