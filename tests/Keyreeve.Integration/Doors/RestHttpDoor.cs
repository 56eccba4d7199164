using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;

namespace Keyreeve.Integration.Doors;

/// <summary>The REST API.</summary>
internal sealed class RestHttpDoor(string name, Version version) : Door
{
    public override string Name => name;

    public override string Protocol => "Rest";

    public override Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who) => Task.FromResult<DoorCaller>(new RestDoorCaller(server.Client(who, version)));

    /// <summary>A client that shows a token, and no certificate.</summary>
    public static RestDoorCaller OpenWith(ServerFixture server, string token, Version? version = null) => new(server.Client(version: version)) { Token = token };

    public override async Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group)
    {
        using var client = server.Client(maker, version);
        await client.CreateKeyAsync(name, group);
        return name;
    }
}

/// <summary>What the REST API is asked.</summary>
internal sealed class RestDoorCaller(RestClient client) : DoorCaller
{
    public RestClient Client => client;

    public string? Token { get; set; }

    public override Task<DoorAnswer> AskAsync() => SendAsync(HttpMethod.Get, "/v1/keys?limit=1");

    public override Task<DoorAnswer> UseAsync(string key) => SendAsync(HttpMethod.Post, $"/v1/keys/{key}/encrypt", new JsonObject { ["plaintext"] = "AA==" });

    public override Task<DoorAnswer> SeeAsync(string key) => SendAsync(HttpMethod.Get, $"/v1/keys/{key}");

    public override Task<DoorAnswer> DestroyAsync(string key) => SendAsync(HttpMethod.Delete, $"/v1/keys/{key}?confirm={key}");

    // A key's material: no route gives it; a data key is another key, and is not asked for here.
    public override async Task<DoorAnswer> ListAsync(string? name = null)
    {
        var reply = await ReplyAsync(HttpMethod.Get, "/v1/keys?limit=1000" + (name is null ? "" : $"&prefix={Uri.EscapeDataString(name)}"));
        return reply.Status == 200
            ? DoorAnswer.Served with { Found = [.. reply.Json["keys"]!.AsArray().Select(static key => key!["name"]!.GetValue<string>())] }
            : Refusal(reply);
    }

    public async Task<DoorAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        var reply = await ReplyAsync(method, path, body);
        return reply.Status is >= 200 and < 300 ? DoorAnswer.Served : Refusal(reply);
    }

    public override ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task<RestReply> ReplyAsync(HttpMethod method, string path, JsonNode? body = null) =>
        client.SendAsync(method, path, body, Token is null ? null : new Dictionary<string, string> { ["Authorization"] = "Bearer " + Token });

    private static DoorAnswer Refusal(RestReply reply) =>
        new(IsServed: false, reply.Body.Length == 0 ? $"{reply.Status}" : $"{reply.Status} {reply.Error} {reply.Text("detail")}");
}
