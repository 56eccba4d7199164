using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class RunOnceTests
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task RunOnce_OnThisMachine_DoesTheWholeJobAndLeavesNothing()
    {
        using var scratch = new Scratch();
        var start = CliProcess.Command(scratch.Folder, Path.Combine(Repository.Root, "run"));
        start.ArgumentList.Add("--once");
        start.ArgumentList.Add("--no-build");
        start.Environment["TMPDIR"] = scratch.Folder;
        using var process = System.Diagnostics.Process.Start(start)!;

        var finished = await CliProcess.FinishAsync(process, []);

        Assert.True(finished.ExitCode == 0, finished.ToString());
        foreach (var part in (string[])["256.0 MiB", "the same SHA-256", "kill -9", "Both files open.", "Decryption is refused", "ObjectDestroyed", "All of it worked"])
            Assert.Contains(part, finished.Text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch.Folder));
    }
}
