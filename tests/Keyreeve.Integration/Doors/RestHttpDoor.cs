using System.Text.Json.Nodes;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Integration.Rest;

namespace Keyreeve.Integration.Doors;

/// <summary>The REST API.</summary>
internal sealed class RestHttpDoor(string name, Version version) : Door
{
    public override string Name => name;

    public override string Protocol => "Rest";

    public override Task<DoorCaller> OpenAsync(ServerFixture server, TestPrincipal? who) => Task.FromResult<DoorCaller>(new RestDoorCaller(server, who?.Name, server.Client(who, version)));

    /// <summary>A client that shows a token, and no certificate.</summary>
    public static RestDoorCaller OpenWith(ServerFixture server, string token, Version? version = null) => new(server, null, server.Client(version: version)) { Token = token };

    public override async Task<string> MakeKeyAsync(ServerFixture server, TestPrincipal maker, string name, string group)
    {
        using var client = server.Client(maker, version);
        await client.CreateKeyAsync(name, group);
        return name;
    }
}

/// <summary>What the REST API is asked.</summary>
internal sealed class RestDoorCaller(ServerFixture server, string? who, RestClient client) : DoorCaller
{
    public RestClient Client => client;

    public string? Token { get; set; }

    public override Task<DoorAnswer> AskAsync() => SendAsync(HttpMethod.Get, "/v1/keys?limit=1", operation: OperationName.ListKeys);

    public override Task<DoorAnswer> UseAsync(string key) => SendAsync(HttpMethod.Post, $"/v1/keys/{key}/encrypt", new JsonObject { ["plaintext"] = "AA==" }, OperationName.Encrypt);

    public override Task<DoorAnswer> SeeAsync(string key) => SendAsync(HttpMethod.Get, $"/v1/keys/{key}", operation: OperationName.GetKey);

    public override Task<DoorAnswer> DestroyAsync(string key) => SendAsync(HttpMethod.Delete, $"/v1/keys/{key}?confirm={key}", operation: OperationName.Destroy);

    // A key's material: no route gives it; a data key is another key, and is not asked for here.
    public override async Task<DoorAnswer> ListAsync(string? name = null)
    {
        var reply = await ReplyAsync(HttpMethod.Get, "/v1/keys?limit=1000" + (name is null ? "" : $"&prefix={Uri.EscapeDataString(name)}"), operation: OperationName.ListKeys);
        return reply.Status == 200
            ? DoorAnswer.Served with { Found = [.. reply.Json["keys"]!.AsArray().Select(static key => key!["name"]!.GetValue<string>())] }
            : Refusal(reply);
    }

    public async Task<DoorAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null, OperationName? operation = null)
    {
        var reply = await ReplyAsync(method, path, body, operation);
        return reply.Status is >= 200 and < 300 ? DoorAnswer.Served : Refusal(reply);
    }

    public override ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<RestReply> ReplyAsync(HttpMethod method, string path, JsonNode? body = null, OperationName? operation = null)
    {
        var id = RefusalLedger.NewRequestId();
        var headers = new Dictionary<string, string> { ["X-Request-Id"] = id };
        if (Token is not null) headers["Authorization"] = "Bearer " + Token;
        var reply = await client.SendAsync(method, path, body, headers);
        // docs/threat-model.md: what reaches no operation, since there is no such route, it is no HTTP as it should be, or no key can have the name, is not in the trail.
        if (reply.Status >= 400 && reply.Body.Length > 0 && reply.Error is not "InvalidMessage" && !reply.Text("detail").StartsWith("There is no such route", StringComparison.Ordinal)
            && (reply.Status != 404 || NamesAKey(path)))
            RefusalLedger.Note(new Refused(server, id, Token is null ? who : null, operation, error => string.Equals(error.ToString(), reply.Error, StringComparison.Ordinal), $"{method} {path}: {reply.Body}"));
        return reply;
    }

    private static bool NamesAKey(string path)
    {
        var parts = path.Split('/', '?');
        return parts.Length < 4 || parts[2] is not "keys" || Guid.TryParse(parts[3], out _) || KeySelector.IsName(parts[3]);
    }

    private static DoorAnswer Refusal(RestReply reply) =>
        new(IsServed: false, reply.Body.Length == 0 ? $"{reply.Status}" : $"{reply.Status} {reply.Error} {reply.Text("detail")}");
}
