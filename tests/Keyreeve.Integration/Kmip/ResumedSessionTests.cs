using System.Diagnostics;
using System.Text;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>TLS sessions that a client resumes. A resumed handshake shows no certificate, so that who it is has to be asked again.</summary>
public sealed class ResumedSessionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    // Result Status Success, and a status line.
    private static readonly byte[] Success = Convert.FromHexString("42007f050000000400000000");

    [Theory]
    [InlineData("kmip")]
    [InlineData("rest")]
    [InlineData("kmip-https")]
    [Trait("Attack", "20")]
    public async Task Session_ResumedAfterItsPrincipalWasDisabled_IsRefused(string door)
    {
        var app = await server.EnrolAsync("resuming-" + door, "resumed", "use");
        using var client = Start(app, door);
        Assert.Equal("new answered", await AskAsync(client));
        // Whether the server lets a session be resumed or makes a new one is its own affair; who it is, it has to ask either way.
        Assert.EndsWith(" answered", await AskAsync(client), StringComparison.Ordinal);

        using var admin = server.Client(server.Admin);
        (await admin.PostAsync($"/v1/principals/resuming-{door}/disable")).Expect(200);

        Assert.EndsWith(" refused", await AskAsync(client), StringComparison.Ordinal);
        client.StandardInput.Close();
        await client.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("kmip")]
    [InlineData("rest")]
    [Trait("Attack", "20")]
    public async Task Session_InWhichAnotherHandshakeIsBegun_IsClosed(string door)
    {
        var app = await server.EnrolAsync("renegotiating-" + door, "resumed", "use");
        var (certificate, key) = app.WriteFiles(server.Folder);
        var port = door == "kmip" ? server.KmipEndPoint.Port : server.RestPort;
        using var client = Process.Start(new ProcessStartInfo("openssl", ["s_client", "-connect", $"localhost:{port}", "-tls1_2", "-cert", certificate, "-key", key])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var (told, errors) = (client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));

        // With TLS 1.2 a certificate could be replaced so, midway; with TLS 1.3 only if the server asked for another.
        await client.StandardInput.WriteLineAsync("R");
        await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);

        await client.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Contains("verify return", await told + await errors, StringComparison.Ordinal);
        var afterwards = (await errors).Split("RENEGOTIATING");
        Assert.Equal(2, afterwards.Length);
        // Where it is taken, the client verifies the server a second time.
        Assert.DoesNotContain("verify return", afterwards[1], StringComparison.Ordinal);
    }

    private Process Start(TestPrincipal principal, string door)
    {
        var query = RawKmipClient.Query();
        var (port, message, success) = door switch
        {
            "kmip" => (server.KmipEndPoint.Port, query, Success),
            "rest" => (server.RestPort, "GET /v1/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), "HTTP/1.1 200"u8.ToArray()),
            _ => (server.RestPort,
                (byte[])[.. Encoding.ASCII.GetBytes($"POST /kmip HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: {query.Length}\r\n\r\n"), .. query],
                Success),
        };

        var authority = Path.Combine(server.Folder, "resuming-authority.crt");
        File.WriteAllText(authority, server.Authority.ExportCertificatePem());
        var (certificate, key) = principal.WriteFiles(server.Folder);
        var script = Path.Combine(Repository.Root, "tests/Keyreeve.Integration/Kmip/resuming_client.py");
        return Process.Start(new ProcessStartInfo("/usr/bin/python3",
            [script, $"{port}", authority, certificate, key, Convert.ToHexString(message), Convert.ToHexString(success)])
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
