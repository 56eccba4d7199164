using System.Text.Json.Nodes;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Client;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>
/// What outlives one request, and how it ends: nobody is asked to connect again. docs/sessions.md has the kinds. (Who is disabled, at every
/// door, is attack 26 of <see cref="AttackTable"/>.)
/// </summary>
[Trait("Speed", "Slow")]
public sealed class OpenConnectionTests(DoorHouse house) : IClassFixture<DoorHouse>
{
    public static TheoryData<string> Doors => [.. Door.All.Select(static door => door.Name)];

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Policy_Changed_HoldsForTheNextRequestOnTheOpenConnection(string name)
    {
        var door = Door.Find(name);
        var group = "changing-" + name;
        var key = await door.MakeKeyAsync(house, await house.EnrolAsync("maker-" + group, group, "manage"), "changing-" + name, group);
        var user = await house.EnrolAsync("user-" + name, group, "use");
        await using var open = await door.OpenAsync(house, user);
        Assert.True((await open.UseAsync(key)).IsServed);

        await house.ChangePolicyAsync(policy => policy["bindings"]!.AsArray().Add(new JsonObject
        {
            ["name"] = "stop-" + name, ["principals"] = new JsonArray(user.Name), ["role"] = "KeyUser", ["group"] = group, ["effect"] = "deny",
        }));
        Assert.False((await open.UseAsync(key)).IsServed);

        await house.ChangePolicyAsync(policy =>
        {
            var bindings = policy["bindings"]!.AsArray();
            bindings.Remove(bindings.Single(binding => binding!["name"]?.GetValue<string>() == "stop-" + name));
        });
        Assert.True((await open.UseAsync(key)).IsServed);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    [Trait("Attack", "26")]
    public async Task Tenant_Frozen_IsRefusedOnTheOpenConnectionUntilItIsThawed(string name)
    {
        var door = Door.Find(name);
        using var root = house.Client(house.Admin);
        using var tenant = await NewTenantAsync(root, "icy-" + name);
        if (door is AgentDoor) await GiveKeyAsync(tenant);
        await using var open = await door.OpenAsync(house, tenant);
        // Who administers a tenant uses no key: to be told so is to be served.
        var before = await open.AskAsync();
        (await root.PostAsync($"/v1/tenants/icy-{name}/freeze", new JsonObject { ["reason"] = "unpaid" })).Expect(200);
        var frozen = await open.AskAsync();
        Assert.False(frozen.IsServed);
        Assert.Contains("is frozen since", frozen.Words, StringComparison.Ordinal);
        (await root.PostAsync($"/v1/tenants/icy-{name}/thaw")).Expect(200);
        Assert.Equal(before.Words, (await open.AskAsync()).Words);
        Assert.True(before.IsServed || door is AgentDoor);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task KmipConnection_OfWhoIsDisabled_IsClosedByTheServer()
    {
        var leaving = await house.EnrolAsync("idle", "*", "manage");
        await using var raw = await RawKmipClient.ConnectAsync(house.KmipEndPoint, house.Authority, leaving.Certificate);
        await raw.SendAsync(RawKmipClient.Query());
        Assert.Equal(ResultStatus.Success, (await raw.ReceiveAsync())!.Value.ResultStatus);

        await house.DisableAsync(leaving.Name);

        // Nothing is sent: the server ends it by itself.
        Assert.True(await raw.IsClosedAsync().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("frozen")]
    [Trait("Attack", "26")]
    public async Task TurnedConnection_OnWhichNothingIsTold_IsClosedByTheServer(string how)
    {
        using var root = house.Client(house.Admin);
        using var tenant = how is "frozen" ? await NewTenantAsync(root, "icy-turned") : null;
        var listener = tenant ?? await house.EnrolAsync("listening", "*", "manage");
        await using var client = house.Kmip(listener, ProtocolVersion.Kmip21);
        await using var endpoint = await client.ListenAsync();
        var listening = Record.ExceptionAsync(async () =>
        {
            await foreach (var told in endpoint.ReceiveAsync()) Assert.Fail($"Told of {told}.");
        }).AsTask();

        if (tenant is null) await house.DisableAsync(listener.Name);
        else (await root.PostAsync("/v1/tenants/icy-turned/freeze")).Expect(200);

        Assert.True(await listening.WaitAsync(TimeSpan.FromSeconds(60)) is null or IOException);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task AuditFollow_OfWhoIsDisabled_Ends()
    {
        var auditor = await house.EnrolAsync("following", "*", "audit");
        using var scratch = new Scratch();
        ProviderConnections.WriteConfiguration(house, scratch, $"servers = localhost:{house.RestPort}", who: auditor);
        using var process = CliProcess.Start(scratch.Folder, "audit", "search", "--follow", "--config", scratch["client.conf"]);
        // Whatever is shown first: it follows by then.
        Assert.NotNull(await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)));

        await house.DisableAsync(auditor.Name);

        var ended = await CliProcess.FinishAsync(process, []);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains("AuthenticationFailed", ended.Errors, StringComparison.Ordinal);
    }

    private async Task<TestPrincipal> NewTenantAsync(RestClient root, string name)
    {
        var made = (await root.PostAsync("/v1/tenants", new JsonObject { ["name"] = name, ["administrator"] = name + "-admin" })).Expect(201).Json;
        return await house.EnrolWithCodeAsync(name + "-admin", made["code"]!["code"]!.GetValue<string>());
    }

    private async Task GiveKeyAsync(TestPrincipal tenant) => await AgentDoor.MakeOwnKeyAsync(house, tenant, tenant.Name, "default");
}
