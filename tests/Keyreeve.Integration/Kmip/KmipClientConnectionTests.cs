using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Connections that break, and a client that goes on.</summary>
public sealed class KmipClientConnectionTests(KmipDoor door) : IClassFixture<KmipDoor>, IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = door.Enrol("connections");
    private readonly TcpRelay _relay = new(door.EndPoint);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        _certificate.Dispose();
    }

    [Fact]
    public async Task Listen_OnAllInterfaces_TakesConnectionsOfBothProtocols()
    {
        await using var everywhere = new KmipDoor { Options = new KmipOptions { Port = 0, Listen = IPAddress.IPv6Any } };
        await everywhere.InitializeAsync();
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var connection = new TcpClient(address.AddressFamily);
            await connection.ConnectAsync(address, everywhere.EndPoint.Port, TestContext.Current.CancellationToken);
            Assert.True(connection.Connected);
        }
    }

    [Fact]
    public async Task Send_IdleConnectionsWereClosed_OpensOthersWithoutAnyoneNoticing()
    {
        await using var client = Client();
        for (var i = 0; i < 3; i++)
        {
            Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
            _relay.Cut();
        }

        Assert.Equal(3, _relay.Connections);
    }

    [Fact]
    public async Task Send_ConnectionBreaksBeforeTheAnswer_ThrowsAndTheNextRequestSucceeds()
    {
        await using var client = Client();
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
        _relay.IsDeaf = true;
        var lost = client.QueryAsync([QueryFunction.QueryObjects]);
        _relay.Cut();
        await Assert.ThrowsAnyAsync<IOException>(() => lost);
        _relay.IsDeaf = false;
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryObjects])).ObjectTypes);
    }

    [Fact]
    public async Task Send_NoAnswerInTime_ThrowsTimeoutAndTheNextRequestSucceeds()
    {
        await using var client = Client();
        var impatient = client.With(new KmipRequestOptions { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
        _relay.IsDeaf = true;
        await Assert.ThrowsAsync<TimeoutException>(() => impatient.QueryAsync([QueryFunction.QueryOperations]));
        _relay.IsDeaf = false;
        Assert.NotEmpty((await client.QueryAsync([QueryFunction.QueryOperations])).Operations);
        Assert.Equal(2, _relay.Connections);
    }

    [Fact]
    public async Task Send_AnswerLongerThanAccepted_IsRefusedBeforeItIsRead()
    {
        await using var client = new KmipClient(Options with { MaximumResponseLengthInBytes = 64 });
        await Assert.ThrowsAsync<TtlvException>(() => client.QueryAsync([QueryFunction.QueryOperations]));
    }

    [Fact]
    public async Task Send_ServerOfAnotherAuthority_IsNotTrusted()
    {
        using var stranger = new TestAuthority("CN=Somebody else");
        var tls = door.ClientTls(_certificate);
        tls.CertificateChainPolicy = TestAuthority.TrustOnly(stranger.Certificate);
        await using var client = new KmipClient(Options with { Tls = tls });
        await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => client.QueryAsync([QueryFunction.QueryOperations]));
    }

    private KmipClientOptions Options => new()
    {
        Host = "127.0.0.1", Port = _relay.Port, Tls = door.ClientTls(_certificate), Versions = [ProtocolVersion.Kmip14],
    };

    private KmipClient Client() => new(Options);
}
