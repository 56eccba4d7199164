using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Client;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Client;
using Keyreeve.Integration.Doors;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Kmip.Https;
using Keyreeve.Kmip;
using Xunit;
using Root = Keyreeve.Integration.TestAuthority;

namespace Keyreeve.Integration.Identity;

/// <summary>Certificates that are revoked, or of which nobody can say whether they are: the same at every door, on open connections and on new ones.</summary>
[Trait("Speed", "Slow")]
public sealed class CertificateDoorTests(CertificateDoorTests.ListedServer server) : IClassFixture<CertificateDoorTests.ListedServer>
{
    public static TheoryData<string> Doors => ["kmip", "kmip-https", "rest", "rest-http2", "pkcs11", "sdk", "sdk-kmip"];

    [Theory]
    [MemberData(nameof(Doors))]
    [Trait("Attack", "17")]
    public async Task Certificate_Revoked_IsRefusedOnTheOpenConnectionAndOnANewOne(string door)
    {
        var leaving = await server.EnrolAsync("leaving-" + door, "*", "manage");
        await using var open = await DoorConnection.OpenAsync(door, server, leaving.Certificate, leaving);
        await using var other = await DoorConnection.OpenAsync(door, server, server.App.Certificate, server.App);
        Assert.True(await open.AskAsync());

        server.Revoke(leaving.Certificate);

        await TrailFixture.UntilAsync(async () => !await open.AskAsync(), "refused on the open connection");
        Assert.False(await DoorConnection.IsServedAsync(door, server, leaving));
        Assert.True(await other.AskAsync());
    }

    [Fact]
    [Trait("Attack", "17")]
    [Trait("Attack", "26")]
    public async Task KmipConnection_OfARevokedCertificate_IsClosedByTheServer()
    {
        var leaving = await server.EnrolAsync("leaving-idle", "*", "manage");
        await using var raw = await RawKmipClient.ConnectAsync(server.KmipEndPoint, server.Authority, leaving.Certificate);
        await raw.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);

        server.Revoke(leaving.Certificate);

        // Nothing is sent: the server ends it by itself.
        Assert.True(await raw.IsClosedAsync().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task List_ExpiresOrIsGone_NobodyIsServedAtAnyDoorUntilThereIsOneAgain()
    {
        await using var alone = new ListedServer();
        await alone.InitializeAsync();
        var open = new List<DoorConnection>();
        foreach (var door in Doors.Select(static row => row.Data)) open.Add(await DoorConnection.OpenAsync(door, alone, alone.App.Certificate, alone.App));
        foreach (var connection in open) Assert.True(await connection.AskAsync(), connection.Name);

        // The file is gone, and what was read of it holds no longer: fail closed.
        File.Delete(alone.FilePath);
        alone.Clock.Jump(ListedServer.Validity + TimeSpan.FromHours(1));
        foreach (var connection in open)
        {
            Assert.False(await connection.AskAsync(), connection.Name);
            Assert.False(await DoorConnection.IsServedAsync(connection.Name, alone, alone.App), connection.Name);
            await connection.DisposeAsync();
        }

        alone.WriteList();
        await TrailFixture.UntilAsync(() => DoorConnection.IsServedAsync("rest", alone, alone.App), "served again");
        foreach (var connection in open) Assert.True(await DoorConnection.IsServedAsync(connection.Name, alone, alone.App), connection.Name);
    }

    [Theory]
    [InlineData("X-Client-Cert")]
    [InlineData("X-SSL-Client-Cert")]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-User")]
    [InlineData("Forwarded")]
    [Trait("Attack", "21")]
    public async Task Header_ThatClaimsACaller_IsIgnoredByKmipOverHttpsAndRest(string header)
    {
        var claimed = await server.EnrolAsync("claimed", "*", "manage");
        var own = await server.EnrolAsync("own-" + header, "*", "manage");
        foreach (var value in new[] { claimed.CertificatePem.ReplaceLineEndings(""), "203.0.113.9", "for=203.0.113.9", "claimed" })
        {
            using var nobody = new KmipHttpsClient(server, null);
            var refused = await nobody.SendBodyAsync("application/octet-stream", RawKmipClient.Query(), (header, value));
            Assert.True(refused.Status == HttpStatusCode.Unauthorized || refused.Item.ResultStatus != ResultStatus.Success, value);
            using var kmip = new KmipHttpsClient(server, own.Certificate);
            Assert.Equal(ResultStatus.Success, (await kmip.SendBodyAsync("application/octet-stream", RawKmipClient.Query(), (header, value))).Item.ResultStatus);
            using var rest = server.Client(own);
            var me = (await rest.SendAsync(HttpMethod.Get, "/v1/whoami", (HttpContent?)null, new Dictionary<string, string> { [header] = value })).Expect(200);
            Assert.Equal(own.Name, me.Text("name"));
        }

        var records = server.ReadAudit().Select(static r => r["event"]!).Where(e => (string?)e["principal"] == own.Name && (string?)e["operation"] == "Query").ToList();
        Assert.Equal(4, records.Count);
        Assert.DoesNotContain(records, static e => ((string?)e["sourceAddress"])!.Contains("203.0.113.9", StringComparison.Ordinal));
    }

    /// <summary>A connection of somebody's at one of the doors, on which the same harmless thing is asked again and again.</summary>
    private sealed class DoorConnection(string door, Func<Task<bool>> ask, Func<ValueTask> close) : IAsyncDisposable
    {
        public string Name => door;

        public static async Task<DoorConnection> OpenAsync(string door, ServerFixture server, X509Certificate2 certificate, TestPrincipal principal)
        {
            switch (door)
            {
                case "kmip":
                    var raw = await RawKmipClient.ConnectAsync(server.KmipEndPoint, server.Authority, certificate);
                    return new(door, async () =>
                    {
                        await raw.SendAsync(RawKmipClient.Query());
                        return await raw.ReceiveAsync() is { ResultStatus: ResultStatus.Success };
                    }, raw.DisposeAsync);
                case "kmip-https":
                    var https = new KmipHttpsClient(server, certificate);
                    return new(door, async () => await https.SendAsync("application/octet-stream", RawKmipClient.Query()) is { Status: HttpStatusCode.OK } reply
                        && reply.Item.ResultStatus == ResultStatus.Success, () => Closed(https));
                case "pkcs11":
                    var token = await Door.Find(door).OpenAsync(server, principal);
                    return new(door, async () => (await token.AskAsync()).IsServed, token.DisposeAsync);
                case "sdk":
                    var sdk = new KeyreeveClient(Options(server, principal, server.RestAddress));
                    return new(door, async () => await sdk.WhoAmIAsync() is not null, () => Closed(sdk));
                case "sdk-kmip":
                    var provider = new KmipProvider(Options(server, principal, new Uri($"kmip://localhost:{server.KmipEndPoint.Port}")));
                    return new(door, async () => !await FindsNoKeyIsRefusedAsync(provider), provider.DisposeAsync);
                default:
                    var rest = server.Client(principal, door is "rest" ? HttpVersion.Version11 : HttpVersion.Version20);
                    return new(door, async () => (await rest.GetAsync("/v1/keys")).Status == 200, () => Closed(rest));
            }
        }

        /// <summary>Whether somebody is served on a new connection.</summary>
        public static async Task<bool> IsServedAsync(string door, ServerFixture server, TestPrincipal principal)
        {
            try
            {
                await using var opened = await OpenAsync(door, server, principal.Certificate, principal);
                return await opened.AskAsync();
            }
            catch (Exception refused) when (refused is IOException or AuthenticationException)
            {
                return false;
            }
        }

        /// <summary>Asks; false if it is refused, or the connection was ended.</summary>
        public async Task<bool> AskAsync()
        {
            try
            {
                return await ask();
            }
            catch (Exception refused) when (refused is HttpRequestException or IOException or AuthenticationException or KeyreeveClientException or ObjectDisposedException)
            {
                return false;
            }
        }

        public ValueTask DisposeAsync() => close();

        // A key that is not there is looked for: to be told so is to be served.
        private static async Task<bool> FindsNoKeyIsRefusedAsync(KmipProvider provider)
        {
            try
            {
                await provider.FindKeyAsync("no-such-key");
                return false;
            }
            catch (KeyreeveClientException answer)
            {
                return !answer.Is(ClientError.ItemNotFound);
            }
        }

        private static ClientOptions Options(ServerFixture server, TestPrincipal principal, Uri address) =>
            ProviderConnections.OptionsOf(server, principal, address) with { RequestTimeLimit = TimeSpan.FromMinutes(1), RetryDelay = TimeSpan.Zero };

        private static ValueTask Closed(IDisposable client)
        {
            client.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A server whose clients come from one authority, with its revocation list.</summary>
    public sealed class ListedServer : ServerFixture
    {
        public static readonly TimeSpan Validity = TimeSpan.FromDays(2);

        private readonly List<X509Certificate2> _revoked = [];

        public ListedServer() => WriteList();

        public Root One { get; } = new("CN=Listed");

        public JumpingTime Clock { get; } = new();

        public override TimeProvider Time => Clock;

        public string FilePath => Path.Combine(Folder, "revoked.pem");

        protected override Root? OutsideAuthority => One;

        protected override IReadOnlyList<string> Settings => [$"server.revocation-list-file={FilePath}"];

        public void WriteList() => File.WriteAllText(FilePath, One.RevocationList(_revoked, Clock.GetUtcNow(), Validity));

        public void Revoke(X509Certificate2 certificate)
        {
            _revoked.Add(certificate);
            WriteList();
        }
    }
}
