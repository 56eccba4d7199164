using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>The socket of <c>keyreeve agent</c>, a process of its own; it keeps no data key, so that what it says is the server's word.</summary>
internal sealed class AgentDoor : Door
{
    private const string OwnKey = "of-the-agent";

    public override string Name => "agent";

    public override string? Protocol => null;

    public override async Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who)
    {
        var scratch = new Scratch();
        scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        scratch.Write("client.crt", Encoding.ASCII.GetBytes(who!.CertificatePem));
        scratch.Write("client.key", Encoding.ASCII.GetBytes(who.KeyPem));
        scratch.Write("client.conf", Encoding.UTF8.GetBytes(
            $"""
            [client]
            servers = localhost:{server.RestPort}
            authority = authority.pem
            certificate = client.crt
            private-key = client.key
            key = {OwnKey}-{who.Name}
            cache-lifetime = 0s
            request-time-limit = 5m
            attempt-time-limit = 1m
            connect-time-limit = 1m

            """));
        var agent = CliProcess.Start(scratch.Folder, "agent", "--config", scratch["client.conf"], "--socket", scratch["agent.sock"]);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var ready = await agent.StandardOutput.ReadLineAsync(limit.Token);
        Assert.True(ready is "Keyreeve's agent is ready.", $"{ready} {(ready is null ? await agent.StandardError.ReadToEndAsync(limit.Token) : "")}");
        return new AgentDoorCaller(agent, scratch, $"{OwnKey}-{who.Name}");
    }

    public override async Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group)
    {
        using var client = server.Client(maker);
        await client.CreateKeyAsync(name, group);
        return name;
    }

    /// <summary>Makes the key that the agent of a principal uses when none is named.</summary>
    public static async Task MakeOwnKeyAsync(ServerFixture server, TestPrincipal maker, string principal, string group)
    {
        using var client = server.Client(maker);
        await client.CreateKeyAsync($"{OwnKey}-{principal}", group);
    }
}

/// <summary>What the agent is asked, over one connection.</summary>
internal sealed class AgentDoorCaller : DoorCaller
{
    private readonly Process _agent;
    private readonly Scratch _scratch;
    private readonly string _ownKey;
    private readonly HttpClient _http;

    public AgentDoorCaller(Process agent, Scratch scratch, string ownKey)
    {
        (_agent, _scratch, _ownKey) = (agent, scratch, ownKey);
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(scratch["agent.sock"]), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    public override Task<DoorAnswer> AskAsync() => UseAsync(_ownKey);

    public override Task<DoorAnswer> UseAsync(string key) =>
        PostAsync("/v1/encrypt", new JsonObject { ["key"] = key, ["plaintext"] = "AA==", ["context"] = new JsonObject() });

    public async Task<DoorAnswer> PostAsync(string path, JsonObject question)
    {
        using var answer = await _http.PostAsJsonAsync(new Uri("http://agent" + path), question);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? DoorAnswer.Served : new DoorAnswer(IsServed: false, text);
    }

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_agent.HasExited) _agent.Kill();
        await _agent.WaitForExitAsync();
        _agent.Dispose();
        _scratch.Dispose();
    }
}
