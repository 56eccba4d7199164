using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Hosting;

/// <summary>The server as a process of its own: what it takes from its surroundings, and what a sudden end leaves.</summary>
public sealed class ServerProcessTests
{
    [Theory]
    [InlineData("DOTNET_DbgEnableMiniDump", "server")]
    [InlineData("COMPlus_DbgEnableMiniDump", "server")]
    [InlineData("DOTNET_DbgEnableMiniDump", "init")]
    [InlineData("DOTNET_DbgEnableMiniDump", "hsm", "check")]
    public async Task Start_WithARuntimeThatWritesDumps_IsRefused(string variable, params string[] command)
    {
        using var folder = new Scratch();
        var configuration = folder.Write("keyreeve.conf", []);
        var start = CliProcess.Command(folder.Folder, CliProcess.Executable);
        foreach (var argument in (string[])[.. command, "--config", configuration]) start.ArgumentList.Add(argument);
        start.Environment[variable] = "1";

        using var process = Process.Start(start)!;
        var finished = await CliProcess.FinishAsync(process, []);

        Assert.Equal(3, finished.ExitCode);
        Assert.Contains(variable, finished.Errors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task Process_LeavesNoCoreAndShowsNoSecret()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var process = $"/proc/{server.ProcessId.ToString(CultureInfo.InvariantCulture)}";

        var core = (await File.ReadAllLinesAsync(process + "/limits")).Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal));
        Assert.Equal(["0", "0"], core["Max core file size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]);
        foreach (var shown in new[] { "/environ", "/cmdline" })
            Assert.DoesNotContain(server.Passphrase, await File.ReadAllTextAsync(process + shown), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Passphrase, server.Log, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Create_KilledBeforeItAnswered_GivesOneKeyWhenSentAgain()
    {
        await using var server = await ServerProcess.StartNewAsync();
        var certificate = await EnrolAsync(server);
        var body = new JsonObject { ["name"] = "" };
        for (var cycle = 0; cycle < 6; cycle++)
        {
            var name = $"crash-{cycle.ToString(CultureInfo.InvariantCulture)}";
            body["name"] = name;
            var headers = new Dictionary<string, string> { ["Idempotency-Key"] = name };
            using (var client = Client(server, certificate))
            {
                await client.GetAsync("/v1/keys"); // so that the connection is there
                var sending = client.SendAsync(HttpMethod.Post, "/v1/keys", body, headers);
                await Task.Delay(TimeSpan.FromMilliseconds(2 * cycle));
                await server.KillAsync();
                await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(30)));
            }

            await server.StartAsync();
            using var again = Client(server, certificate);
            var first = (await again.SendAsync(HttpMethod.Post, "/v1/keys", body, headers)).Expect(201).Text("id");
            Assert.Equal(first, (await again.SendAsync(HttpMethod.Post, "/v1/keys", body, headers)).Expect(201).Text("id"));
            Assert.Single((await again.GetAsync("/v1/keys?prefix=" + name)).Expect(200).Json["keys"]!.AsArray());
        }
    }

    private static RestClient Client(ServerProcess server, X509Certificate2 certificate)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(server.DataDirectory, "ca.pem"));
        return new RestClient(new Uri(server.Address), authority, certificate, null);
    }

    private static async Task<X509Certificate2> EnrolAsync(ServerProcess server)
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(server.DataDirectory, "ca.pem"));
        using var nobody = new RestClient(new Uri(server.Address), authority, null, null);
        var enrolment = (await nobody.PostAsync("/v1/enrol", new JsonObject { ["code"] = server.AdministratorCode, ["csr"] = request })).Expect(200);
        using var certificate = X509Certificate2.CreateFromPem(enrolment.Text("certificate"));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
