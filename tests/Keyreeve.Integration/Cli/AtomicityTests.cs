using System.Diagnostics;
using System.Security.Cryptography;
using Xunit;

namespace Keyreeve.Integration.Cli;

[Trait("Speed", "Slow")]
public sealed class AtomicityTests(AtomicityTests.Shop shop) : IClassFixture<AtomicityTests.Shop>
{
    private static readonly byte[] Contents = RandomNumberGenerator.GetBytes(3_000_000);

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Encrypt_EndedHalfway_LeavesNothing(string signal, int exitCode)
    {
        using var scratch = new Scratch();

        var ended = await EndHalfwayAsync(scratch, signal, Contents, "encrypt", "-", "--to", scratch["out.kre"], "--key", "orders");

        Assert.Equal(exitCode, ended);
        AssertEmpty(scratch);
    }

    /// <summary>From file to file several threads write: killed at the twentieth write of one of them.</summary>
    [Theory]
    [InlineData("encrypt")]
    [InlineData("decrypt")]
    [Trait("Attack", "52")]
    public async Task FileToFile_KilledWhileWriting_LeavesNothing(string command)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed.");
        using var scratch = new Scratch();
        var input = scratch.Write("in.kre", new byte[64 * 1024 * 1024]);
        if (command is "decrypt")
            Assert.Equal(0, (await RunAsync(scratch, [], "encrypt", input, "--to", input, "--force", "--key", "orders")).ExitCode);
        string[] ofCommand = command is "decrypt" ? [] : ["--key", "orders"];

        var start = CliProcess.Command(scratch.Folder, "/usr/bin/strace");
        foreach (var argument in (string[])["-f", "-qq", "-e", "trace=pwrite64", "-e", "inject=pwrite64:signal=SIGKILL:when=20", "-o", "/dev/null", CliProcess.Executable, command, input, "--to", scratch["out"], .. ofCommand, "--config", shop.Configuration])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);

        Assert.SkipWhen(finished.Errors.Contains("Operation not permitted", StringComparison.Ordinal), "strace may not trace here.");
        Assert.Equal(137, finished.ExitCode);
        Assert.Equal([input], Directory.EnumerateFileSystemEntries(scratch.Folder));
    }

    [Theory]
    [InlineData("KILL", 137)]
    [InlineData("INT", 130)]
    [Trait("Attack", "52")]
    public async Task Decrypt_EndedHalfway_LeavesNoPlaintext(string signal, int exitCode)
    {
        using var scratch = new Scratch();
        var envelope = await EncryptAsync(scratch);

        var ended = await EndHalfwayAsync(scratch, signal, envelope[..2_500_000], "decrypt", "-", "--to", scratch["out"]);

        Assert.Equal(exitCode, ended);
        AssertEmpty(scratch);
    }

    [Fact]
    [Trait("Attack", "41")]
    public async Task Decrypt_CutShort_FailsAndLeavesNothing()
    {
        using var scratch = new Scratch();
        var envelope = await EncryptAsync(scratch);

        foreach (var length in (int[])[0, 10, 200, 1_000_000, envelope.Length - 1])
        {
            var input = scratch.Write("in.kre", envelope[..length]);
            var toFile = await RunAsync(scratch, [], "decrypt", input, "--to", scratch["out"]);
            var toPipe = await RunAsync(scratch, [], "decrypt", input, "--to", "-");
            var fromPipe = await RunAsync(scratch, envelope[..length], "decrypt", "-", "--to", scratch["out"]);

            Assert.Equal((8, 8, 8), (toFile.ExitCode, toPipe.ExitCode, fromPipe.ExitCode));
            Assert.Empty(toPipe.Output);
            Assert.False(File.Exists(scratch["out"]));
            File.Delete(input);
            AssertEmpty(scratch);
        }
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_AlteredAnywhere_SaysTheSameAndLeavesNothing()
    {
        using var scratch = new Scratch();
        var envelope = (await RunAsync(scratch, "short"u8.ToArray(), "encrypt", "-", "--to", "-", "--key", "orders")).Output;
        var refusals = new HashSet<string>(StringComparer.Ordinal);

        // Magic, version, mode, suite, ids, lengths, the wrapped key, salt, commitment, chunk and tag: a place in each.
        for (var place = 0; place < envelope.Length; place += place < 48 ? 5 : 23)
        {
            var altered = (byte[])envelope.Clone();
            altered[place] ^= 0x01;
            var input = scratch.Write("in.kre", altered);
            var finished = await RunAsync(scratch, [], "decrypt", input, "--to", scratch["out"]);

            Assert.Equal(8, finished.ExitCode);
            refusals.Add(finished.Errors.Split('\n')[0]);
            Assert.False(File.Exists(scratch["out"]));
        }

        Assert.Single(refusals);
    }

    [Fact]
    public async Task Encrypt_Refused_LeavesNothing()
    {
        using var scratch = new Scratch();
        var input = scratch.Write("in", Contents);

        var finished = await RunAsync(scratch, [], "encrypt", input, "--key", "no-such-key");

        Assert.Equal(6, finished.ExitCode);
        File.Delete(input);
        AssertEmpty(scratch);
    }

    [Fact]
    public async Task Encrypt_OverItself_WithForce_ReplacesThePlaintext()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("file", Contents);

        var encrypted = await RunAsync(scratch, [], "encrypt", path, "--to", path, "--force", "--key", "orders");
        var inspected = await RunAsync(scratch, [], "inspect", path);
        var decrypted = await RunAsync(scratch, [], "decrypt", path, "--to", path, "--force");

        Assert.Equal((0, 0, 0), (encrypted.ExitCode, inspected.ExitCode, decrypted.ExitCode));
        Assert.Equal(Contents, await File.ReadAllBytesAsync(path));
    }

    private async Task<byte[]> EncryptAsync(Scratch scratch)
    {
        var finished = await RunAsync(scratch, Contents, "encrypt", "-", "--to", "-", "--key", "orders");
        Assert.True(finished.ExitCode == 0, finished.Errors);
        return finished.Output;
    }

    private Task<Finished> RunAsync(Scratch scratch, byte[] input, params string[] arguments) =>
        CliProcess.RunAsync(scratch.Folder, input, [.. arguments, "--config", shop.Configuration]);

    /// <summary>Feeds a command half of its input, and ends it by a signal once it has taken that in.</summary>
    private async Task<int> EndHalfwayAsync(Scratch scratch, string signal, byte[] half, params string[] arguments)
    {
        using var process = CliProcess.Start(scratch.Folder, [.. arguments, "--config", shop.Configuration]);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(half);
            await process.StandardInput.BaseStream.FlushAsync();
            // A pipe holds 64 KiB: when the write is over, the command has read almost all, and works on it.
            await ProcessSignal.SendAsync(process.Id, signal);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static void AssertEmpty(Scratch scratch) => Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Folder));

    /// <summary>A server with a key and somebody who may use it.</summary>
    public sealed class Shop : IAsyncLifetime
    {
        private ServerProcess? _server;

        public string Configuration { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _server = await ServerProcess.StartNewAsync();
            var administrator = await _server.EnrolAsync("admin", _server.AdministratorCode);
            Configuration = await _server.EnrolAsync(administrator, "shop", "payments", "use");
            using var client = ServerProcess.Connect(administrator);
            await client.Keys.CreateAsync(new Keyreeve.Client.NewKey { Name = "orders", Group = "payments" });
        }

        public async ValueTask DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
