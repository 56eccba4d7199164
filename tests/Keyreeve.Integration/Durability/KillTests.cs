using System.Diagnostics;
using System.Globalization;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Durability;

/// <summary>
/// kill -9 at random moments under load: everything that was acknowledged is there afterwards, everything that was not is there
/// whole or not at all, and the audit trail holds together.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Workers = 4;
    private static readonly TimeSpan LongestLoad = TimeSpan.FromMilliseconds(250);

    [Fact]
    [Trait("Attack", "53")]
    public Task Server_KilledAFewTimesUnderLoad_KeepsWhatItAcknowledged() => RunAsync(cycles: 2);

    [Fact]
    [Trait("Speed", "Slow")]
    [Trait("Attack", "53")]
    public Task Server_KilledManyTimesUnderLoad_KeepsWhatItAcknowledged() =>
        RunAsync(Environment.GetEnvironmentVariable("KEYREEVE_TEST_KILL_CYCLES") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 200);

    private async Task RunAsync(int cycles)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"{cycles} cycles, seed {seed}");
        var random = new Random(seed);
        var started = Stopwatch.GetTimestamp();
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(administrator, "user", "g", "use", "manage");
        await server.StopAsync();
        await server.MakeUnsealingCheapAsync();
        await server.StartAsync();
        using var client = ServerProcess.Connect(user);
        var workers = Enumerable.Range(0, Workers).Select(number => new Worker(number, random.Next())).ToList();

        for (var cycle = 0; cycle < cycles; cycle++)
        {
            var firstAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var working = Task.WhenAll(workers.Select(worker => Task.Run(() => worker.WorkAsync(client, firstAnswer))));
            // A server that just started answers slowly; most kills are to hit it at work, some before.
            if (cycle == 0 || random.Next(5) > 0)
                await Task.WhenAny(working, firstAnswer.Task);
            await Task.WhenAny(working, Task.Delay(LongestLoad * random.NextDouble()));
            await server.KillAsync();
            await working;
            // Now and then a start is killed as well, in whatever it was doing.
            if (random.Next(8) == 0)
            {
                server.Launch();
                await Task.Delay(random.Next(0, 700));
                await server.KillAsync();
            }

            await server.StartAsync();
        }

        var keys = workers.SelectMany(static worker => worker.Keys).ToList();
        await LedgerVerifier.VerifyAsync(client, keys);
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        var records = LedgerVerifier.VerifyTrail(Path.Combine(server.DataDirectory, "audit"), keys);

        var acknowledged = workers.Sum(static worker => worker.Acknowledged);
        Assert.True(acknowledged > 0, $"only {acknowledged} requests were acknowledged: {string.Join("; ", workers)}");
        output.WriteLine(
            $"{acknowledged} requests acknowledged, {keys.Count} keys, {keys.Sum(static key => key.Ciphertexts.Count)} ciphertexts, {records} records, {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
    }
}
