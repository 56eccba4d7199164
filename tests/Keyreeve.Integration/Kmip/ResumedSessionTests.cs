using System.Diagnostics;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>TLS sessions that a client resumes. A resumed handshake shows no certificate, so that who it is has to be asked again.</summary>
public sealed class ResumedSessionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Attack", "20")]
    public async Task Session_ResumedAfterItsPrincipalWasDisabled_IsRefused()
    {
        var app = await server.EnrolAsync("resuming", "resumed", "use");
        using var client = Start(app);
        Assert.Equal("new answered", await AskAsync(client));
        // Whether the server lets a session be resumed or makes a new one is its own affair; who it is, it has to ask either way.
        Assert.EndsWith(" answered", await AskAsync(client), StringComparison.Ordinal);

        using var admin = server.Client(server.Admin);
        (await admin.PostAsync("/v1/principals/resuming/disable")).Expect(200);

        Assert.EndsWith(" refused", await AskAsync(client), StringComparison.Ordinal);
        client.StandardInput.Close();
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private Process Start(TestPrincipal principal)
    {
        var authority = Path.Combine(server.Folder, "resuming-authority.crt");
        File.WriteAllText(authority, server.Authority.ExportCertificatePem());
        var (certificate, key) = principal.WriteFiles(server.Folder);
        var script = Path.Combine(Repository.Root, "tests/Keyreeve.Integration/Kmip/resuming_client.py");
        return Process.Start(new ProcessStartInfo("/usr/bin/python3",
            [script, $"{server.KmipEndPoint.Port}", authority, certificate, key, Convert.ToHexString(RawKmipClient.Query())])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        })!;
    }

    private static async Task<string?> AskAsync(Process client)
    {
        await client.StandardInput.WriteLineAsync("again");
        await client.StandardInput.FlushAsync();
        return await client.StandardOutput.ReadLineAsync();
    }
}
