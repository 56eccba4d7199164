using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Client.Rest;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Rest;
using Xunit;
using Root = Keyreeve.Integration.TestAuthority;

namespace Keyreeve.Integration.Identity;

/// <summary>Whom the server trusts, replaced while it runs and connections are open at both doors.</summary>
public sealed class TrustReplacementTests
{
    [Fact]
    [Trait("Attack", "17")]
    public async Task AuthoritiesFile_OneIsRemoved_ItsConnectionsEndAndTheOthersGoOn()
    {
        await using var server = await StartAsync<WithFile>();
        using var leaving = await server.EnrolOfTwoAsync("leaving");
        using var app = server.Client(server.App);
        (await app.GetAsync("/v1/whoami")).Expect(200);
        await using var rest = await IdleAsync(server.RestPort, server, leaving);
        await using var kmip = await IdleAsync(server.KmipEndPoint.Port, server, leaving);

        server.WriteFile(server.One);
        await EndsAsync(rest);
        await EndsAsync(kmip);

        using (var refused = server.Client(leaving))
            await Assert.ThrowsAsync<HttpRequestException>(() => refused.GetAsync("/v1/whoami"));
        (await app.GetAsync("/v1/whoami")).Expect(200);
        server.WriteFile(server.One, server.Two);
        await UntilAsync(async () =>
        {
            using var again = server.Client(leaving);
            try
            {
                return (await again.GetAsync("/v1/whoami")).Status == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    [Trait("Attack", "18")]
    public async Task AuthoritiesFile_CannotBeUsed_TheOldOnesStayAndItIsSaid()
    {
        await using var server = await StartAsync<WithFile>();
        using var admin = server.Client(server.Admin);
        Assert.Empty(await FaultsAsync(admin));

        await File.WriteAllTextAsync(server.FilePath, "no certificate", TestContext.Current.CancellationToken);

        await UntilAsync(async () => (await FaultsAsync(admin)).Exists(fault => fault.Contains(server.FilePath, StringComparison.Ordinal)));
        Assert.Contains(server.Log.Lines, message => message.Contains("those that were read before stay", StringComparison.Ordinal));
        using (var app = server.Client(server.App))
            (await app.GetAsync("/v1/whoami")).Expect(200);
        server.WriteFile(server.One, server.Two);
        await UntilAsync(async () => (await FaultsAsync(admin)).Count == 0);
    }

    [Fact]
    public async Task OwnAuthority_IsReplaced_ClientsFollowAndOldConnectionsEndInTheEnd()
    {
        await using var server = await StartAsync<ServerFixture>();
        using var scratch = new Scratch();
        var old = server.Authority;
        var client = await server.EnrolAsync("follower", "follower", "use", "manage");
        var stays = await server.EnrolAsync("stays-behind", "stays-behind", "use", "manage");
        await using var rest = await IdleAsync(server.RestPort, server, stays);
        await using var kmip = await IdleAsync(server.KmipEndPoint.Port, server, stays);
        using var admin = server.Client(server.Admin);
        (await admin.PostAsync("/v1/ca/replace", Step("activate"))).ExpectError(400, "InvalidField");
        (await admin.PostAsync("/v1/ca/replace", Step("prepare"))).Expect(200);
        using (var app = server.Client(server.App)) (await app.PostAsync("/v1/ca/replace", Step("activate"))).ExpectError(403, "PermissionDenied");
        var options = Options(server, scratch, client) with { FirstCertificateCheck = TimeSpan.FromHours(1) };

        // Who asks now learns of the next one, and trusts it when it comes.
        using (var learning = new KeyreeveClient(new RestTransport(options, TimeProvider.System)))
        {
            await learning.RenewCertificatesAsync(evenIfNotDue: true, TestContext.Current.CancellationToken);
            Assert.Equal(2, Certificates(options.CertificateAuthorityFile!).Count);
            (await admin.PostAsync("/v1/ca/replace", Step("activate"))).Expect(200);
        }

        using var following = new KeyreeveClient(new RestTransport(options with { FirstCertificateCheck = TimeSpan.Zero }, TimeProvider.System));
        Assert.Equal("follower", (await following.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);
        var next = Certificates(options.CertificateAuthorityFile!).Single(one => !one.Equals(old));
        await UntilAsync(() => Task.FromResult(string.Equals(Certificates(options.CertificateFile!)[0].Issuer, next.Subject, StringComparison.Ordinal)));
        // Open ones are served under the certificate of before.
        (await admin.GetAsync("/v1/whoami")).Expect(200);

        // Who would shut himself out is told what to do, and does it if he means it.
        (await admin.PostAsync("/v1/ca/replace", new JsonObject { ["step"] = "prepare", ["force"] = true })).ExpectError(400, "InvalidField");
        var shutOut = (await admin.PostAsync("/v1/ca/replace", Step("retire"))).ExpectError(400, "InvalidField").Text("detail");
        Assert.Contains("keyreeve client renew", shutOut, StringComparison.Ordinal);
        Assert.Contains("\"force\": true", shutOut, StringComparison.Ordinal);
        Assert.Equal(2, (await admin.GetAsync("/v1/ca")).Expect(200).Json["authorities"]!.AsArray().Count);
        var left = (await admin.PostAsync("/v1/ca/replace", new JsonObject { ["step"] = "retire", ["force"] = true })).Expect(200).Json["authorities"]!.AsArray();
        Assert.Equal("current", Assert.Single(left)!["role"]!.ToString());
        await EndsAsync(rest);
        await EndsAsync(kmip);
        using var refused = new RestClient(server.RestAddress, next, stays.Certificate, null);
        await Assert.ThrowsAsync<HttpRequestException>(() => refused.GetAsync("/v1/whoami"));
        using var nobody = new RestClient(server.RestAddress, old, null, null);
        await Assert.ThrowsAsync<HttpRequestException>(() => nobody.GetAsync("/v1/health"));
        Assert.Equal("follower", (await following.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);
        await following.RenewCertificatesAsync(evenIfNotDue: true, TestContext.Current.CancellationToken);
        Assert.Equal(next, Assert.Single(Certificates(options.CertificateAuthorityFile!)));

        await server.RestartAsync();

        using var after = new RestClient(server.RestAddress, next, null, null);
        Assert.Single((await after.GetAsync("/v1/ca")).Expect(200).Json["authorities"]!.AsArray());
    }

    [Fact]
    public async Task OwnAuthority_IsReplaced_TheSdkFollowsOfItselfThroughAllSteps()
    {
        await using var server = await StartAsync<ServerFixture>();
        using var scratch = new Scratch();
        var old = server.Authority;
        var principal = await server.EnrolAsync("by-itself", "by-itself", "use", "manage");
        using var admin = server.Client(server.Admin);
        var options = Options(server, scratch, principal) with { FirstCertificateCheck = TimeSpan.Zero };
        // Asks every hour of its own clock, and nobody tells it to.
        using var client = new KeyreeveClient(new RestTransport(options, new HurryingTime()));
        Assert.Equal("by-itself", (await client.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);

        (await admin.PostAsync("/v1/ca/replace", Step("prepare"))).Expect(200);
        await UntilAsync(() => Task.FromResult(Certificates(options.CertificateAuthorityFile!).Count == 2));
        var next = Certificates(options.CertificateAuthorityFile!).Single(one => !one.Equals(old));
        Assert.Equal(old.Subject, Certificates(options.CertificateFile!)[0].Issuer);

        (await admin.PostAsync("/v1/ca/replace", Step("activate"))).Expect(200);
        await UntilAsync(() => Task.FromResult(string.Equals(Certificates(options.CertificateFile!)[0].Issuer, next.Subject, StringComparison.Ordinal)));
        Assert.Equal("by-itself", (await client.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);

        (await admin.PostAsync("/v1/ca/replace", new JsonObject { ["step"] = "retire", ["force"] = true })).Expect(200);
        await UntilAsync(() => Task.FromResult(Certificates(options.CertificateAuthorityFile!) is [var left] && left.Equals(next)));
        Assert.Equal("by-itself", (await client.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);
        using var anew = new KeyreeveClient(new RestTransport(options, TimeProvider.System));
        Assert.Equal("by-itself", (await anew.WhoAmIAsync(TestContext.Current.CancellationToken)).Name);
    }

    // A pause of a minute is over in a moment, after which a minute has gone by.
    private sealed class HurryingTime : JumpingTime
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // Shorter ones are how long an answer may take.
            if (dueTime < Pause || period != Timeout.InfiniteTimeSpan) return base.CreateTimer(callback, state, dueTime, period);
            return base.CreateTimer(
                given =>
                {
                    Jump(dueTime);
                    callback(given);
                },
                state, TimeSpan.FromMilliseconds(5), period);
        }
    }

    private static async Task<T> StartAsync<T>()
        where T : ServerFixture, new()
    {
        var fixture = new T();
        await fixture.InitializeAsync();
        return fixture;
    }

    private static JsonObject Step(string step) => new() { ["step"] = step };

    private static ClientOptions Options(ServerFixture server, Scratch scratch, TestPrincipal principal) => new()
    {
        Servers = [new Uri($"https://localhost:{server.RestPort}")],
        CertificateAuthorityFile = scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem())),
        CertificateFile = scratch.Write("client.crt", Encoding.ASCII.GetBytes(principal.CertificatePem)),
        PrivateKeyFile = scratch.Write("client.key", Encoding.ASCII.GetBytes(principal.KeyPem)),
    };

    private static X509Certificate2Collection Certificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates;
    }

    private static async Task<List<string>> FaultsAsync(RestClient admin) =>
        [.. (await admin.GetAsync("/v1/status")).Expect(200).Json["fileFaults"]!.AsArray().Select(static fault => fault!.ToString())];

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition()) await Task.Delay(20, limit.Token);
    }

    /// <summary>A connection on which nothing is said.</summary>
    private static async Task<SslStream> IdleAsync(int port, ServerFixture server, TestPrincipal principal)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", port);
        var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [principal.Certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => principal.Certificate,
            CertificateChainPolicy = Root.TrustOnly(server.Authority),
        });
        return stream;
    }

    private static async Task EndsAsync(SslStream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[256];
        try
        {
            // What a server says of itself first, such as HTTP/2's settings, is passed over.
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // It was reset, which is an end too.
        }
    }

    /// <summary>A server whose clients' authorities are two, in a file.</summary>
    public sealed class WithFile : ServerFixture
    {
        public WithFile() => WriteFile(One, Two);

        public Root One { get; } = new("CN=One");

        public Root Two { get; } = new("CN=Two");

        public string FilePath => Path.Combine(Folder, "authorities.pem");

        protected override Root? OutsideAuthority => One;

        protected override IReadOnlyList<string> Settings => [$"server.client-authorities-file={FilePath}"];

        public void WriteFile(params IEnumerable<Root> roots) =>
            File.WriteAllText(FilePath, string.Concat(roots.Select(static root => root.Certificate.ExportCertificatePem() + "\n")));

        public async Task<TestPrincipal> EnrolOfTwoAsync(string name)
        {
            var issued = Two.IssueClient(name);
            using var admin = Client(Admin);
            var body = new JsonObject { ["name"] = name, ["group"] = name, ["allow"] = new JsonArray("use") };
            var code = (await admin.PostAsync("/v1/enrolment-codes", body)).Expect(200).Text("code");
            using var nobody = Client();
            (await nobody.PostAsync("/v1/enrol", new JsonObject { ["code"] = code, ["csr"] = issued.ExportCertificatePem() })).Expect(200);
            return new TestPrincipal(name, issued);
        }
    }
}
