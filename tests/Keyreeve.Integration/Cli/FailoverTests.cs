using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Three servers as processes, killed and stopped in turn under load: no call is lost while one lives.</summary>
[Trait("Speed", "Slow")]
public sealed class FailoverTests(ITestOutputHelper output)
{
    private const int Workers = 8;

    [Fact]
    public async Task Load_ServersKilledAndHungInTurn_LosesNoCall()
    {
        await using var first = await ServerProcess.StartNewAsync();
        var administrator = await first.EnrolAsync("admin", first.AdministratorCode);
        var shop = await first.EnrolAsync(administrator, "shop", "payments", "use");
        using (var admin = ServerProcess.Connect(administrator))
            await admin.Keys.CreateAsync(new NewKey { Name = "orders", Group = "payments" });
        await first.StopAsync();
        await using var second = await ServerProcess.StartCopyAsync(first);
        await using var third = await ServerProcess.StartCopyAsync(first);
        await first.StartAsync();

        var load = new Load();
        var connection = ClientSettings.Load(shop).Connection;
        using var client = new KeyreeveClient(connection with
        {
            Servers = [new Uri(first.Address), new Uri(second.Address), new Uri(third.Address)],
            AttemptTimeLimit = TimeSpan.FromSeconds(2),
            // A machine that stands still for a while is no lost call.
            RequestTimeLimit = TimeSpan.FromMinutes(5),
            RetryDelay = TimeSpan.FromMilliseconds(100),
        });
        // Without a cache: every value asks a server twice.
        using var encryptor = new EnvelopeEncryptor(client, new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero });
        using var end = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).Select(_ => Task.Run(() => load.RunAsync(encryptor, end.Token))).ToArray();

        await load.MoveOnAsync();
        await first.KillAsync();
        await load.MoveOnAsync();
        Assert.False(client.Servers[0].Serves);
        await second.SignalAsync("STOP");
        await load.MoveOnAsync();
        await first.StartAsync();
        await load.UntilAsync(() => client.Servers[0].Serves);
        await third.KillAsync();
        await load.MoveOnAsync();
        await second.SignalAsync("CONT");
        await load.UntilAsync(() => client.Servers[1].Serves);
        await first.SignalAsync("STOP");
        await load.MoveOnAsync();
        await first.SignalAsync("CONT");
        await load.UntilAsync(() => client.Servers[0].Serves);
        await load.MoveOnAsync();

        await end.CancelAsync();
        await Task.WhenAll(workers);
        output.WriteLine($"{load.Done} values, slowest {load.Slowest.TotalMilliseconds:0} ms, {load.Failures.Count} lost");
        Assert.Empty(load.Failures);
    }

    /// <summary>Values that are encrypted and decrypted, one after another by each worker.</summary>
    private sealed class Load
    {
        private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
        private static readonly EncryptionContext Context = EncryptionContext.Of(("row", "1"));

        private readonly Lock _gate = new();
        private int _done;

        public List<string> Failures { get; } = [];

        public TimeSpan Slowest { get; private set; }

        public int Done => Volatile.Read(ref _done);

        public async Task RunAsync(EnvelopeEncryptor encryptor, CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                var started = TimeProvider.System.GetTimestamp();
                try
                {
                    var envelope = await encryptor.EncryptAsync("orders", "value"u8.ToArray(), Context, CancellationToken.None);
                    Assert.Equal("value"u8.ToArray(), await encryptor.DecryptAsync(envelope, Context, CancellationToken.None));
                    Interlocked.Increment(ref _done);
                }
                catch (Exception e)
                {
                    lock (_gate)
                        Failures.Add(e.Message);
                    return;
                }

                lock (_gate)
                    Slowest = TimeProvider.System.GetElapsedTime(started) is var took && took > Slowest ? took : Slowest;
            }
        }

        /// <summary>Waits until calls that began after now have come through.</summary>
        public Task MoveOnAsync()
        {
            var enough = Done + (10 * Workers);
            return UntilAsync(() => Done >= enough);
        }

        public async Task UntilAsync(Func<bool> condition)
        {
            using var limit = new CancellationTokenSource(Bound);
            while (!condition())
            {
                lock (_gate)
                    Assert.Empty(Failures);
                await Task.Delay(10, limit.Token);
            }
        }
    }
}
