using System.Text;
using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class ConfigurationFileTests
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly byte[] Sound = Encoding.UTF8.GetBytes("""
        [client]
        servers = https://localhost:1
        authority = ca.pem
        certificate = cert.pem
        private-key = key.pem
        """);

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [Trait("Attack", "61")]
    public async Task Config_OthersMayReadOrWriteIt_IsRefusedWithTheCommandThatMendsIt(UnixFileMode others)
    {
        using var scratch = new Scratch();
        var path = scratch.Write("client.conf", Sound, Mine | others);

        var finished = await CliProcess.RunAsync(scratch.Folder, "key", "list", "--config", path);

        Assert.Equal(3, finished.ExitCode);
        Assert.Contains($"chmod 600 '{path}'", finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Config_OwnedBySomebodyElse_IsRefusedWithTheCommandThatMendsIt()
    {
        Assert.SkipUnless(Environment.UserName is "root", "only root can give a file away");
        using var scratch = new Scratch();
        var path = scratch.Write("client.conf", Sound);
        using (var chown = System.Diagnostics.Process.Start("chown", ["65534", path]))
            await chown.WaitForExitAsync();

        var finished = await CliProcess.RunAsync(scratch.Folder, "key", "list", "--config", path);

        Assert.Equal(3, finished.ExitCode);
        Assert.Contains($"chown 0 '{path}'", finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task PrivateKey_OthersMayReadIt_IsRefusedWithTheCommandThatMendsIt()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("client.conf", Sound);
        using (var openssl = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("openssl", [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-keyout", scratch["key.pem"], "-out", scratch["cert.pem"]])
            { UseShellExecute = false, RedirectStandardError = true })!)
        {
            await openssl.StandardError.ReadToEndAsync();
            await openssl.WaitForExitAsync();
        }

        File.Copy(scratch["cert.pem"], scratch["ca.pem"]);
        File.SetUnixFileMode(scratch["key.pem"], Mine | UnixFileMode.GroupRead);

        var finished = await CliProcess.RunAsync(scratch.Folder, "key", "list", "--config", path);

        Assert.Equal(3, finished.ExitCode);
        Assert.Contains($"chmod 600 '{scratch["key.pem"]}'", finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_SeveralFaults_AreAllReported()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("client.conf", """
            [client]
            servers = ftp://x
            request-time-limit = soon
            colour = red
            nonsense
            [server]
            port = 1
            """u8.ToArray());

        var finished = await CliProcess.RunAsync(scratch.Folder, "key", "list", "--config", path);

        Assert.Equal(3, finished.ExitCode);
        foreach (var place in (string[])["client.conf:2", "client.conf:3", "client.conf:4", "client.conf:5", "[server]", "'authority' is missing"])
            Assert.Contains(place, finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_FilesThatAreNotThere_AreNamed()
    {
        using var scratch = new Scratch();
        var path = scratch.Write("client.conf", Sound);

        var finished = await CliProcess.RunAsync(scratch.Folder, "key", "list", "--config", path);

        Assert.Equal(10, finished.ExitCode);
        Assert.Contains("ca.pem", finished.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", finished.Errors, StringComparison.Ordinal);
    }
}
