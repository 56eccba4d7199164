using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Keyreeve.Integration.Audit;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>A server that sends what it has made to an endpoint of the test's.</summary>
public sealed class ServerThatNotifies : ServerFixture
{
    private readonly TcpListener _listener = Listening();

    public TcpListener Listener => _listener;

    protected override IReadOnlyList<string> Settings =>
        [$"notify.endpoint=localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}", "notify.principal=tape-library"];

    protected override ValueTask EndAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private static TcpListener Listening()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }
}

/// <summary>That a notification whose endpoint does not take it is sent again.</summary>
public sealed class NotifierRetryTests(ServerThatNotifies server) : IClassFixture<ServerThatNotifies>
{
    [Fact]
    public async Task Put_ToAnEndpointThatHangsUpTwice_IsSentAgainAndThenNoMore()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var library = await server.EnrolAsync("tape-library", "*", "export");
        await using var kmip = server.Kmip(server.App);
        var first = await CreateAsync(kmip);

        // Before the handshake, and after the message has been read.
        using (await server.Listener.AcceptTcpClientAsync(cancellation))
        {
        }

        using (var second = await server.Listener.AcceptTcpClientAsync(cancellation))
        await using (var stream = await SecureAsync(second, library))
            Assert.Contains(first, await ReadAsync(stream), StringComparison.Ordinal);

        using var third = await server.Listener.AcceptTcpClientAsync(cancellation);
        await using var taken = await SecureAsync(third, library);
        Assert.Contains(first, await ReadAsync(taken), StringComparison.Ordinal);
        await taken.WriteAsync(RawKmipClient.Answer(Operation.Put, default(EmptyResponse)), cancellation);

        // What was answered is not sent again: the next message, on the same connection, is of the next key.
        Assert.Contains(await CreateAsync(kmip), await ReadAsync(taken), StringComparison.Ordinal);
        await TrailFixture.UntilAsync(() => server.Log.Lines.Any(static line => line.Contains("cannot be notified now", StringComparison.Ordinal)), "that it was told");
    }

    private static async Task<string> CreateAsync(KmipClient kmip) => (await kmip.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
        new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)),
        new(Tag.CryptographicLength, KmipValue.Integer(256)),
        new(Tag.CryptographicUsageMask, KmipValue.Integer((int)CryptographicUsageMask.Encrypt))))).ToString();

    private static async Task<SslStream> SecureAsync(TcpClient connection, TestPrincipal shown)
    {
        var stream = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = shown.Certificate, ClientCertificateRequired = true });
        return stream;
    }

    // A whole message; names stand in TTLV as they are.
    private static async Task<string> ReadAsync(SslStream stream)
    {
        var header = new byte[8];
        await stream.ReadExactlyAsync(header);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        await stream.ReadExactlyAsync(body);
        return Encoding.Latin1.GetString(body);
    }
}
