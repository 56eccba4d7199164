using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>
/// Three servers as processes, killed, stopped, slow and out of reach in turn under load, over REST and over KMIP at once: no call is
/// lost while one lives.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class FailoverTests(FailoverTests.ThreeServers servers, ITestOutputHelper output) : IClassFixture<FailoverTests.ThreeServers>
{
    private static readonly TimeSpan TooSlow = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Load_ServersKilledHungAndSlowInTurn_LosesNoCall()
    {
        var (first, second, third) = (servers.First, servers.Second, servers.Third);
        await servers.MoveThirdAsync([], []);
        await using var restRelay = new Relay(second.HttpsPort);
        await using var kmipRelay = new Relay(second.KmipPort);
        await using var load = new LoadOverBoth(
            servers.Options, "localhost", (first.HttpsPort, first.KmipPort), (restRelay.Port, kmipRelay.Port), (third.HttpsPort, third.KmipPort));

        await load.MoveOnAsync();
        await first.KillAsync();
        await load.UntilGivenUpAsync(0);
        await load.MoveOnAsync();
        restRelay.Delay = kmipRelay.Delay = TooSlow;
        await load.UntilGivenUpAsync(1);
        await load.MoveOnAsync();
        restRelay.Delay = kmipRelay.Delay = TimeSpan.Zero;
        await load.UntilTakenBackAsync(1);
        await second.SignalAsync("STOP");
        await load.UntilGivenUpAsync(1);
        await first.StartAsync();
        await load.UntilTakenBackAsync(0);
        await third.KillAsync();
        await load.MoveOnAsync();
        await second.SignalAsync("CONT");
        await load.UntilTakenBackAsync(1);
        await first.SignalAsync("STOP");
        await load.UntilGivenUpAsync(0);
        await load.MoveOnAsync();
        await first.SignalAsync("CONT");
        await load.UntilTakenBackAsync(0);
        await load.MoveOnAsync();

        // The last of the list is back, and serves when it alone is left.
        await third.StartAsync();
        await first.KillAsync();
        await second.KillAsync();
        await load.UntilGivenUpAsync(1);
        await load.MoveOnAsync();
        await second.StartAsync();
        await first.StartAsync();
        await load.UntilTakenBackAsync(0);
        await load.MoveOnAsync();

        output.WriteLine(await load.EndAsync());
    }

    [Fact]
    public async Task Load_ServerBecomesUnreachable_LosesNoCall()
    {
        await using var elsewhere = await NetworkNamespace.CreateAsync();
        var (second, far) = (servers.Second, servers.Third);
        await servers.MoveThirdAsync(elsewhere.Enter, [$"server.names=localhost,{elsewhere.Address}", "rest.listen=0.0.0.0", "kmip.listen=0.0.0.0"]);
        await using var load = new LoadOverBoth(servers.Options, elsewhere.Address, (far.HttpsPort, far.KmipPort), (second.HttpsPort, second.KmipPort));

        await load.MoveOnAsync();
        await load.UntilTakenBackAsync(0);
        await elsewhere.PullAsync();
        await load.UntilGivenUpAsync(0);
        await load.MoveOnAsync();
        await elsewhere.PlugAsync();
        await load.UntilTakenBackAsync(0);
        await load.MoveOnAsync();

        output.WriteLine(await load.EndAsync());
        await far.KillAsync();
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
            var copies = await Task.WhenAll(ServerProcess.StartCopyAsync(First), ServerProcess.StartCopyAsync(First));
            (Second, Third) = (copies[0], copies[1]);
            await First.StartAsync();
        }

        /// <summary>Has the third server run where and as a test needs it: in another network, or as at first.</summary>
        internal async Task MoveThirdAsync(IReadOnlyList<string> prefix, IReadOnlyList<string> settings)
        {
            if (Third.IsRunning && Third.Prefix.SequenceEqual(prefix) && Third.Settings.SequenceEqual(settings))
                return;
            await Third.KillAsync();
            Third.Prefix = prefix;
            Third.Settings.Clear();
            Third.Settings.AddRange(settings);
            await Third.StartAsync();
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
                AttemptTimeLimit = TimeSpan.FromSeconds(1),
                RequestTimeLimit = TimeSpan.FromMinutes(5),
                RetryDelay = TimeSpan.FromMilliseconds(100),
            };
        }
    }
}
