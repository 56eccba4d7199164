using System.Security.Cryptography.X509Certificates;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Identity;

/// <summary>The server's own authority is replaced by commands, and other commands follow it; every one of them a process.</summary>
[Trait("Speed", "Slow")]
public sealed class AuthorityReplacementCommandTests
{
    [Fact]
    public async Task Replace_CommandsRenewWhenDue_FollowOfThemselvesAndNobodyShutsHimselfOut()
    {
        await using var server = await ServerProcess.StartNewAsync();
        // Begins some minutes early for clocks that differ, so that after a hundredth of its life it is due from the first moment on.
        server.Settings.Add("server.client-certificate-lifetime=2h");
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        await server.StartAsync();
        var admin = await server.EnrolAsync("admin", server.AdministratorCode);
        var due = await server.EnrolAsync(admin, "due", "due", "use", "manage");
        await File.AppendAllTextAsync(due, "renew-certificate-after = 1%\n", TestContext.Current.CancellationToken);
        var behind = await server.EnrolAsync(admin, "behind", "behind", "use");
        Task<Finished> RunAsync(string configuration, params string[] command) => CliProcess.RunAsync(server.Folder, [.. command, "--config", configuration]);
        var first = IssuerOf(due);

        await SucceedsAsync(RunAsync(admin, "authority", "prepare"));
        await SucceedsAsync(RunAsync(due, "key", "list"));
        Assert.Equal(first, IssuerOf(due));
        await SucceedsAsync(RunAsync(admin, "client", "renew"));
        await SucceedsAsync(RunAsync(admin, "authority", "activate"));
        // It trusts the server's new certificate by what its last renewal told it, and gets one from the same hand.
        await SucceedsAsync(RunAsync(due, "key", "list"));
        Assert.NotEqual(first, IssuerOf(due));

        var refused = await RunAsync(admin, "authority", "retire");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("keyreeve client renew", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Errors, StringComparison.Ordinal);
        await SucceedsAsync(RunAsync(admin, "client", "renew"));
        await SucceedsAsync(RunAsync(admin, "authority", "retire"));

        await SucceedsAsync(RunAsync(admin, "authority", "status"));
        await SucceedsAsync(RunAsync(due, "key", "list"));
        Assert.NotEqual(0, (await RunAsync(behind, "key", "list")).ExitCode);
    }

    private static async Task SucceedsAsync(Task<Finished> running)
    {
        var finished = await running;
        Assert.True(finished.ExitCode == 0, finished.ToString());
    }

    private static string IssuerOf(string configuration)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(Path.GetDirectoryName(configuration)!, "client-certificate.pem"));
        return certificate.Issuer;
    }
}
