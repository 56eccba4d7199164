using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Three servers as processes, killed, stopped and slow in turn under load: no call is lost while one lives.</summary>
[Trait("Speed", "Slow")]
public sealed class FailoverTests(FailoverTests.ThreeServers servers, ITestOutputHelper output) : IClassFixture<FailoverTests.ThreeServers>
{
    [Theory]
    [InlineData("keyreeve")]
    [InlineData("kmip")]
    public async Task Load_ServersKilledHungAndSlowInTurn_LosesNoCall(string kind)
    {
        var (first, second, third) = (servers.First, servers.Second, servers.Third);
        await using var relay = new Relay(kind is "kmip" ? second.KmipPort : second.HttpsPort);
        var scheme = kind is "kmip" ? "kmip" : "https";
        var options = servers.Options with
        {
            Servers =
            [
                new Uri($"{scheme}://localhost:{(kind is "kmip" ? first.KmipPort : first.HttpsPort)}"),
                new Uri($"{scheme}://localhost:{relay.Port}"),
                new Uri($"{scheme}://localhost:{(kind is "kmip" ? third.KmipPort : third.HttpsPort)}"),
            ],
        };
        await using IKeyProvider provider = kind is "kmip" ? new KmipProvider(options) : new KeyreeveProvider(new KeyreeveClient(options));
        var condition = provider is KmipProvider kmip ? (Func<int, bool>)(i => kmip.Servers[i].Serves) : i => ((KeyreeveProvider)provider).Client.Servers[i].Serves;
        await using var load = new EncryptionLoad(provider);

        await load.MoveOnAsync();
        await first.KillAsync();
        await load.UntilAsync(() => !condition(0), "the first was given up");
        await load.MoveOnAsync();
        relay.Delay = TimeSpan.FromSeconds(3);
        await load.UntilAsync(() => !condition(1), "the slow one was given up");
        await load.MoveOnAsync();
        relay.Delay = TimeSpan.Zero;
        await load.UntilAsync(() => condition(1), "it was taken back");
        await second.SignalAsync("STOP");
        await load.UntilAsync(() => !condition(1), "the one that hangs was given up");
        await first.StartAsync();
        await load.UntilAsync(() => condition(0), "the first was taken back");
        await third.KillAsync();
        await load.MoveOnAsync();
        await second.SignalAsync("CONT");
        await load.UntilAsync(() => condition(1), "the second was taken back");
        await first.SignalAsync("STOP");
        await load.UntilAsync(() => !condition(0), "the first was given up again");
        await load.MoveOnAsync();
        await third.StartAsync();
        await first.SignalAsync("CONT");
        await load.UntilAsync(() => condition(0), "the first was taken back again");
        await load.MoveOnAsync();

        output.WriteLine($"{kind}: {await load.EndAsync()}");
    }

    [Theory]
    [InlineData("keyreeve")]
    [InlineData("kmip")]
    public async Task Load_ServerBecomesUnreachable_LosesNoCall(string kind)
    {
        await using var elsewhere = await NetworkNamespace.CreateAsync();
        var far = servers.Third;
        await far.KillAsync();
        var (prefix, settings) = (far.Prefix, far.Settings.ToArray());
        try
        {
            far.Prefix = elsewhere.Enter;
            far.Settings.AddRange([$"server.names=localhost,{elsewhere.Address}", "rest.listen=0.0.0.0", "kmip.listen=0.0.0.0"]);
            await far.StartAsync();
            var options = servers.Options with
            {
                Servers = kind is "kmip"
                    ? [new Uri($"kmip://{elsewhere.Address}:{far.KmipPort}"), new Uri($"kmip://localhost:{servers.Second.KmipPort}")]
                    : [new Uri($"https://{elsewhere.Address}:{far.HttpsPort}"), new Uri($"https://localhost:{servers.Second.HttpsPort}")],
            };
            await using IKeyProvider provider = kind is "kmip" ? new KmipProvider(options) : new KeyreeveProvider(new KeyreeveClient(options));
            var serves = provider is KmipProvider kmip ? (Func<bool>)(() => kmip.Servers[0].Serves) : () => ((KeyreeveProvider)provider).Client.Servers[0].Serves;
            await using var load = new EncryptionLoad(provider);

            await load.MoveOnAsync();
            Assert.True(serves());
            await elsewhere.PullAsync();
            await load.UntilAsync(() => !serves(), "the unreachable one was given up");
            await load.MoveOnAsync();
            await elsewhere.PlugAsync();
            await load.UntilAsync(serves, "it was taken back");
            await load.MoveOnAsync();

            output.WriteLine($"{kind}: {await load.EndAsync()}");
        }
        finally
        {
            await far.KillAsync();
            far.Prefix = prefix;
            far.Settings.Clear();
            far.Settings.AddRange(settings);
            await far.StartAsync();
        }
    }

    /// <summary>One installation three times, with one key.</summary>
    public sealed class ThreeServers : IAsyncLifetime
    {
        internal ServerProcess First { get; private set; } = null!;

        internal ServerProcess Second { get; private set; } = null!;

        internal ServerProcess Third { get; private set; } = null!;

        /// <summary>How an application that may use the key connects.</summary>
        public ClientOptions Options { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            First = await ServerProcess.StartNewAsync();
            Options = await EnrolAsync(First);
            await First.StopAsync();
            Second = await ServerProcess.StartCopyAsync(First);
            Third = await ServerProcess.StartCopyAsync(First);
            await First.StartAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var server in (ServerProcess?[])[First, Second, Third])
            {
                if (server is not null)
                    await server.DisposeAsync();
            }
        }

        /// <summary>Makes a key and somebody who may use it; attempts are short, and a machine that stands still for a while is no lost call.</summary>
        internal static async Task<ClientOptions> EnrolAsync(ServerProcess server)
        {
            var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
            var shop = await server.EnrolAsync(administrator, "shop", "payments", "use");
            using (var admin = ServerProcess.Connect(administrator))
                await admin.Keys.CreateAsync(new NewKey { Name = "orders", Group = "payments" });
            return ClientSettings.Load(shop).Connection with
            {
                AttemptTimeLimit = TimeSpan.FromSeconds(2),
                RequestTimeLimit = TimeSpan.FromMinutes(5),
                RetryDelay = TimeSpan.FromMilliseconds(100),
            };
        }
    }
}
