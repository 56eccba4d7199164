using System.Diagnostics;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary><c>keyreeve client renew</c>, killed at every step by which its files change.</summary>
[Trait("Speed", "Slow")]
public sealed class RenewalKilledTests
{
    private const int Killed = 137;

    [Fact]
    public async Task ClientRenew_KilledAnywhere_TheNextCommandIsLetIn()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        await using var server = await ServerProcess.StartNewAsync();
        var configuration = await server.EnrolAsync("admin", server.AdministratorCode);
        var folder = Path.GetDirectoryName(configuration)!;
        string[] files = ["client-authority.pem", "client-certificate.pem", "client-certificate.pem.lock", "client-key.pem", "client.conf"];
        // The new pair's own file, then key and certificate, which are the second and third only if one thread writes all three; and the end
        // of that file.
        foreach (var (fault, isCertain) in ((string, bool)[])[("rename:signal=KILL:when=1", true), ("rename:signal=KILL:when=2", false), ("rename:signal=KILL:when=3", false), ("unlink:signal=KILL:when=1", true)])
        {
            var exitCode = await RenewAsync(server.Folder, configuration, fault);
            Assert.True(exitCode == Killed || (exitCode == 0 && !isCertain), $"{fault}: {exitCode}");

            // Who is still let in finishes what was begun.
            var next = await CliProcess.RunAsync(server.Folder, "key", "list", "--config", configuration);
            Assert.True(next.ExitCode == 0, $"{fault}: {next}");
            Assert.False(File.Exists(Path.Combine(folder, "client-certificate.pem.next")), fault);
        }

        // What was left of a file that was being written goes with the next renewal.
        Assert.Equal(0, (await CliProcess.RunAsync(server.Folder, "client", "renew", "--config", configuration)).ExitCode);
        Assert.Equal(files, Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private static async Task<int> RenewAsync(string folder, string configuration, string fault)
    {
        var start = CliProcess.Command(folder, "strace");
        string[] arguments =
        [
            "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,unlink", "-e", "inject=" + fault,
            CliProcess.Executable, "client", "renew", "--config", configuration,
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);
        Assert.SkipWhen(finished.Errors.Contains("ptrace", StringComparison.OrdinalIgnoreCase), "strace may not trace");
        // strace ends itself by the signal that ended what it traced.
        return finished.ExitCode;
    }
}
