using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Client;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary><c>keyreeve agent</c>: by its sample, by hand, and by somebody else.</summary>
[Trait("Speed", "Slow")]
public sealed class AgentTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private const string Nobody = "65534";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Scratch _scratch = new();
    private Process _agent = null!;

    private string SocketPath => _scratch["agent.sock"];

    public async ValueTask InitializeAsync()
    {
        await ProviderConnections.EnsureKeyAsync(server, "agents");
        // The first server is nobody: what the agent does for it, failing over, no program has to do.
        ProviderConnections.WriteConfiguration(server, _scratch, $"servers = localhost:1, localhost:{server.RestPort}\nkey = agents");
        _agent = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_agent.HasExited)
            _agent.Kill();
        await _agent.WaitForExitAsync();
        _agent.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Sample_InPython_EncryptsAndDecrypts()
    {
        var finished = await RunAsync("/usr/bin/python3", Path.Combine(Repository.Root, "samples", "agent.py"), SocketPath);

        Assert.True(finished.ExitCode == 0, finished.ToString());
        Assert.Equal("4111 1111 1111 1111", finished.Text.Trim());
        var code = (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "samples", "agent.py"))).Count(static line => line.Length > 0 && line[0] != '#');
        Assert.Equal(10, code);
    }

    [Fact]
    public async Task Requests_ManyValues_AskTheServerOnce()
    {
        using var agent = Connect();
        var before = Fetches();
        for (var i = 0; i < 20; i++)
        {
            var made = await AskAsync(agent, "/v1/encrypt", new JsonObject { ["plaintext"] = Base64("value"), ["context"] = new JsonObject { ["row"] = $"{i}" } });
            var opened = await AskAsync(agent, "/v1/decrypt", new JsonObject { ["ciphertext"] = made["ciphertext"]!.GetValue<string>(), ["context"] = new JsonObject { ["row"] = $"{i}" } });
            Assert.Equal(Base64("value"), opened["plaintext"]!.GetValue<string>());
        }

        Assert.Equal(1, Fetches() - before);
        var health = JsonNode.Parse(await agent.GetStringAsync(new Uri("http://agent/v1/health")))!;
        Assert.Equal(("keyreeve", 2), (health["provider"]!.GetValue<string>(), health["servers"]!.AsArray().Count));
        Assert.False(health["servers"]![0]!["serves"]!.GetValue<bool>());
    }

    [Fact]
    [Trait("Attack", "37")]
    [Trait("Attack", "39")]
    public async Task Decrypt_OtherContextOrAltered_IsOneRefusal()
    {
        using var agent = Connect();
        var made = await AskAsync(agent, "/v1/encrypt", new JsonObject { ["plaintext"] = Base64("value"), ["context"] = new JsonObject { ["row"] = "1" } });
        var envelope = Convert.FromBase64String(made["ciphertext"]!.GetValue<string>());
        var answers = new HashSet<string>(StringComparer.Ordinal) { await RefusedAsync(agent, envelope, "2") };
        foreach (var i in (int[])[0, 1, 30, envelope.Length - 1])
        {
            var altered = (byte[])envelope.Clone();
            altered[i] ^= 1;
            answers.Add(await RefusedAsync(agent, altered, "1"));
        }

        Assert.Contains("CryptographicFailure", Assert.Single(answers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/encrypt", "{\"plaintext\":\"AA==\"}", 400)]
    [InlineData("/v1/encrypt", "{\"plaintext\":\"AA==\",\"context\":{},\"nonce\":\"AA==\"}", 400)]
    [InlineData("/v1/encrypt", "not json", 400)]
    [InlineData("/v1/encrypt", "{\"plaintext\":\"AA==\",\"context\":{},\"key\":\"no-such-key\"}", 404)]
    [InlineData("/v1/keys", "{}", 404)]
    public async Task Request_ThatDoesNotFit_IsRefused(string path, string body, int status)
    {
        using var agent = Connect();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await agent.PostAsync(new Uri("http://agent" + path), content);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Peer_OfAnotherUser_IsTurnedAwayUnlessAllowed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Acting as another user needs root.");
        File.SetUnixFileMode(_scratch.Folder, File.GetUnixFileMode(_scratch.Folder) | UnixFileMode.OtherExecute);
        File.Copy(Path.Combine(Repository.Root, "samples", "agent.py"), _scratch["agent.py"]);
        File.SetUnixFileMode(_scratch["agent.py"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        string[] asNobody = ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", "/usr/bin/python3", _scratch["agent.py"], SocketPath];

        Assert.NotEqual(0, (await RunAsync("setpriv", asNobody)).ExitCode);
        using (var limit = new CancellationTokenSource(Bound))
        {
            string? said;
            do
                said = await _agent.StandardError.ReadLineAsync(limit.Token);
            while (said?.Contains("was turned away", StringComparison.Ordinal) == false);
            Assert.Contains($"user {Nobody} of this machine", said, StringComparison.Ordinal);
        }

        _agent.Kill();
        await _agent.WaitForExitAsync();
        _agent.Dispose();
        _agent = await StartAsync("--allow-uid", Nobody);
        var allowed = await RunAsync("setpriv", asNobody);
        Assert.True(allowed.ExitCode == 0, allowed.ToString());
    }

    [Fact]
    public async Task Socket_OfARunningAgent_IsNotTakenAndGoesWithIt()
    {
        var second = await CliProcess.RunAsync(_scratch.Folder, "agent", "--config", _scratch["client.conf"]);
        Assert.Equal(10, second.ExitCode);

        using (var kill = Process.Start("kill", ["-TERM", $"{_agent.Id}"]))
            await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(Bound);
        await _agent.WaitForExitAsync(limit.Token);
        Assert.Equal(0, _agent.ExitCode);
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Folder_OpenToOthers_IsRefusedWithTheCommandThatMendsIt()
    {
        var open = Directory.CreateDirectory(_scratch["open"]).FullName;
        File.SetUnixFileMode(open, File.GetUnixFileMode(open) | UnixFileMode.OtherWrite);

        var refused = await CliProcess.RunAsync(_scratch.Folder, "agent", "--config", _scratch["client.conf"], "--socket", Path.Combine(open, "a.sock"));

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("chmod go-w", refused.Errors, StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task<JsonNode> AskAsync(HttpClient agent, string path, JsonObject question)
    {
        using var answer = await agent.PostAsJsonAsync(new Uri("http://agent" + path), question);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<string> RefusedAsync(HttpClient agent, byte[] envelope, string row)
    {
        using var answer = await agent.PostAsJsonAsync(
            new Uri("http://agent/v1/decrypt"), new JsonObject { ["ciphertext"] = Convert.ToBase64String(envelope), ["context"] = new JsonObject { ["row"] = row } });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private int Fetches() => server.ReadAudit().Count(static line => line["event"]?["operation"]?.GetValue<string>() is "GenerateDataKey");

    private HttpClient Connect() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, token) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private async Task<Process> StartAsync(params string[] more)
    {
        var agent = CliProcess.Start(_scratch.Folder, ["agent", "--config", _scratch["client.conf"], .. more]);
        using var limit = new CancellationTokenSource(Bound);
        var ready = await agent.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(ready is "Keyreeve's agent is ready.", $"{ready} {(ready is null ? await agent.StandardError.ReadToEndAsync(limit.Token) : "")}");
        return agent;
    }

    private async Task<Finished> RunAsync(string program, params string[] arguments)
    {
        var start = CliProcess.Command(_scratch.Folder, program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        return await CliProcess.FinishAsync(process, []);
    }
}
