using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Keyreeve.Core.Audit;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Server.Forwarding.Transports;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>What is behind a sink may hang in the kernel, and not only far away: the server serves and stops all the same.</summary>
public sealed class HangingSinkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Call_ThatHangs_IsWaitedForNoLongerThanTheLimitAndHasNoSecondBesideIt()
    {
        using var released = new ManualResetEventSlim();
        var calls = new HangingCalls(TimeSpan.FromMilliseconds(50));
        var made = 0;

        var first = await Assert.ThrowsAsync<IOException>(async () => await calls.RunAsync(released.Wait, CancellationToken.None).AsTask().WaitAsync(Patience));
        var second = await Assert.ThrowsAsync<IOException>(async () => await calls.RunAsync(() => made++, CancellationToken.None).AsTask().WaitAsync(Patience));
        released.Set();
        await TrailFixture.UntilAsync(() => TryAsync(() => made++), "a call after the one that hung has ended");

        Assert.Contains("does not answer", first.Message, StringComparison.Ordinal);
        Assert.Contains("does not answer", second.Message, StringComparison.Ordinal);
        Assert.Equal(1, made);

        async Task<bool> TryAsync(Action call)
        {
            try
            {
                await calls.RunAsync(call, CancellationToken.None).AsTask().WaitAsync(Patience);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Call_ThatHangsWhenItIsCancelled_IsLeftBehind()
    {
        using var released = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var calls = new HangingCalls(TimeSpan.FromHours(1));

        var call = calls.RunAsync(released.Wait, stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.WaitAsync(Patience));
        released.Set();
    }

    [Fact]
    public async Task Call_UnderWayWhenItIsCancelled_CountsIfItEndsSoon()
    {
        using var begun = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var calls = new HangingCalls(TimeSpan.FromHours(1));
        var isDone = false;

        var call = calls.RunAsync(
            () =>
            {
                begun.Set();
                stop.Token.WaitHandle.WaitOne();
                isDone = true;
            },
            stop.Token).AsTask();
        begun.Wait(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        var ended = await Record.ExceptionAsync(() => call.WaitAsync(Patience));

        // On a machine that stands still for longer than the grace it is left behind instead.
        Assert.True(ended is null ? isDone : ended is OperationCanceledException, ended?.ToString());
    }

    [Fact]
    [Trait("Attack", "50")]
    [Trait("Speed", "Slow")]
    public async Task Server_WhoseSinksAllHang_ServesAndStops()
    {
        await using var server = await ServerProcess.StartNewAsync();
        using var hung = HungFileSystem.TryMount(Path.Combine(server.Folder, "hung"));
        Assert.SkipUnless(hung is not null, "This process may not mount a file system.");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(server.Folder, "nobody-reads")));
        // Who connects comes into its queue, is never taken out of it, and what it sends is never read.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var administrator = await server.EnrolAsync("root", server.AdministratorCode);
        await server.StopAsync();
        using (var fifo = Process.Start("mkfifo", [Path.Combine(server.Folder, "fifo")])) await fifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(server.ConfigurationFile, $"""

            [sinks]
            hung    = file:{hung.Path}/audit.log
            fifo    = file:{server.Folder}/fifo
            unix    = unix:{server.Folder}/nobody-reads
            tcp     = tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}
            [checkpoints]
            hung    = file:{hung.Path}/heads
            [log-sinks]
            hung    = file:{hung.Path}/system.log
            other   = file:{hung.Path}/other.log
            """, TestContext.Current.CancellationToken);
        await server.StartAsync();

        for (var i = 0; i < 3; i++)
        {
            var made = await CliProcess.RunAsync(server.Folder, "key", "create", $"k{i}", "--config", administrator);
            Assert.True(made.ExitCode == 0, made.ToString());
        }

        await TrailFixture.UntilAsync(() => HangsAsync(server, administrator, "hung", "does not answer"), "that the file system does not answer");
        await TrailFixture.UntilAsync(() => HangsAsync(server, administrator, "fifo", "is no file"), "that a FIFO is no file");
        var (exitCode, time) = await server.StopAsync();

        Assert.Equal(0, exitCode);
        TestContext.Current.SendDiagnosticMessage($"stopped in {time}");
        // Its own bounds come to less than 20 s; the rest is the machine's.
        Assert.True(time < TimeSpan.FromSeconds(45), $"The stop took {time}.");
        var trail = new AuditVerifierOptions { Directory = Path.Combine(server.DataDirectory, AuditDirectory.Name) };
        Assert.Null(AuditVerifier.Verify(trail, TestContext.Current.CancellationToken).Finding);
    }

    private static async Task<bool> HangsAsync(ServerProcess server, string configuration, string sink, string failure)
    {
        var status = await CliProcess.RunAsync(server.Folder, "status", "--config", configuration, "--output", "json");
        Assert.True(status.ExitCode == 0, status.ToString());
        return JsonDocument.Parse(status.Output).RootElement.GetRawText() is var text
            && text.Contains(failure, StringComparison.Ordinal) && text.Contains($"\"{sink}\"", StringComparison.Ordinal);
    }
}
