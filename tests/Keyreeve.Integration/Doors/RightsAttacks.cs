using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>Attacks on what somebody may do, who is let in: each tries itself at one door.</summary>
internal static class RightsAttacks
{
    private const uint NotSupported = 0x54;
    private const uint NotInitialized = 0x190;

    /// <summary>27: what only looks like a name or an identifier is another.</summary>
    public static async Task LookAlikesAsync(DoorHouse house, Door door)
    {
        var key = await MakeAsync(house, door, "alike-" + door.Name, "alike");
        await using var caller = await OpenAsync(door, house);
        Assert.True((await caller.UseAsync(key)).IsServed);
        // spec: RFC 9562 §4: identifiers "are case insensitive on input"; names are not.
        var shouted = Guid.TryParse(key, out _) ? key + "A" : key.ToUpperInvariant();
        foreach (var other in new[] { shouted, key + "%20", " " + key, key.Replace('a', 'а'), key + ".", key + "\0", "{" + key + "}", key.Replace("-", "", StringComparison.Ordinal), key[..^1] + "ａ" })
        {
            if (string.Equals(other, key, StringComparison.Ordinal)) continue;
            Assert.False((await caller.UseAsync(other)).IsServed, other);
        }

        if (door is not RestHttpDoor) return;
        // Names of principals and of roles as well.
        var victim = await house.EnrolAsync("victim-" + door.Name, "*", "use");
        using var officer = house.Client(house.Admin);
        foreach (var name in new[] { victim.Name.ToUpperInvariant(), victim.Name + ".", "Admin", "ADMIN", "ADMIN%20", "аdmin" })
            Assert.NotEqual(200, (await officer.PostAsync($"/v1/principals/{name}/disable")).Status);
        foreach (var role in new[] { "keyuser", "KEYUSER ", "Admin", "KeyUsеr" })
            Assert.Equal(400, (await ProposeAsync(officer, role, victim.Name, "alike")).Status);
        using var served = house.Client(victim);
        (await served.GetAsync("/v1/keys")).Expect(200);
    }

    /// <summary>28: what belongs to another tenant is answered as what is not there, whatever is asked of it.</summary>
    public static async Task OtherTenantAsync(DoorHouse house, Door door)
    {
        var theirs = await KmipKeys.MakeAsync(house, house.Stranger, "theirs-" + door.Name);
        var absent = Guid.CreateVersion7().ToString();
        await using var caller = await OpenAsync(door, house);
        foreach (var question in Questions(door))
        {
            var (ofTheirs, ofNone) = (await question(caller, theirs), await question(caller, absent));
            Assert.False(ofTheirs.IsServed, ofTheirs.Words);
            Assert.Equal(Without(ofNone.Words, absent), Without(ofTheirs.Words, theirs));
        }

        if (door is AgentDoor) return;
        Assert.DoesNotContain(theirs, (await caller.ListAsync()).Found);
        Assert.Empty((await caller.ListAsync("theirs-" + door.Name)).Found);
    }

    /// <summary>29: lists hold what the caller may see, and a deny takes it out of them.</summary>
    public static async Task ListingAsync(DoorHouse house, Door door)
    {
        var group = "shown-" + door.Name;
        var shown = await MakeAsync(house, door, "shown-" + door.Name, group);
        var denied = await MakeAsync(house, door, "denied-" + door.Name, group + "/denied");
        var hidden = await MakeAsync(house, door, "hidden-" + door.Name, "hidden-" + door.Name);
        var viewer = await house.EnrolAsync("viewer-" + door.Name, group, "view");
        await using var caller = await door.OpenAsync(house, viewer);
        Assert.Equal(new[] { denied, shown }.Order(StringComparer.Ordinal), (await caller.ListAsync()).Found.Order(StringComparer.Ordinal));

        await house.ChangePolicyAsync(policy => policy["bindings"]!.AsArray().Add(Binding("KeyViewer", viewer.Name, group + "/denied", "deny")));

        Assert.Equal([shown], (await caller.ListAsync()).Found);
        foreach (var name in new[] { "denied-" + door.Name, "hidden-" + door.Name }) Assert.Empty((await caller.ListAsync(name)).Found);
        Assert.False((await caller.SeeAsync(denied)).IsServed);
        Assert.False((await caller.SeeAsync(hidden)).IsServed);
    }

    /// <summary>30: no character of a name means another.</summary>
    public static async Task PatternsAsync(DoorHouse house, Door door)
    {
        var name = "literal-" + door.Name;
        var key = await MakeAsync(house, door, name, "literal");
        await using var caller = await OpenAsync(door, house);
        Assert.True((await caller.UseAsync(key)).IsServed);
        foreach (var pattern in new[] { "*", "/", "+", "%", "?", "_", ".*", "literal*", "literal+", "literal/", "liter_l-" + door.Name, "[l]iteral-" + door.Name, name + "/*" })
        {
            Assert.False((await caller.UseAsync(pattern)).IsServed, pattern);
            if (door is AgentDoor) continue;
            Assert.Empty((await caller.ListAsync(pattern)).Found);
        }

        if (door is not AgentDoor) Assert.Equal([key], (await caller.ListAsync(name)).Found);
    }

    /// <summary>31: nobody hands on more than he has, and nothing to himself.</summary>
    public static async Task MoreThanOneHasAsync(DoorHouse house, Door door)
    {
        var key = await MakeAsync(house, door, "granted-" + door.Name, "granted");
        var granter = await house.EnrolAsync("granter-" + door.Name, "granted", "use", "grant");
        var friend = await house.EnrolAsync("friend-" + door.Name, "elsewhere", "use");
        if (door is RestHttpDoor)
        {
            await using var rest = (RestDoorCaller)await door.OpenAsync(house, granter);
            foreach (var (to, allow) in new[] { (granter.Name, "export"), (granter.Name, "decrypt"), (friend.Name, "export"), (friend.Name, "manage"), (friend.Name, "officer") })
                Assert.False((await rest.SendAsync(HttpMethod.Post, "/v1/grants", new JsonObject { ["key"] = key, ["to"] = to, ["allow"] = new JsonArray(allow) })).IsServed, $"{to} {allow}");
            // A token gives what its principal has, and no more, whatever was asked for it.
            var made = await rest.Client.PostAsync("/v1/tokens", new JsonObject { ["label"] = "more", ["allow"] = new JsonArray("export", "manage") });
            if (made.Status == 201)
            {
                await using var byToken = RestHttpDoor.OpenWith(house, made.Text("token"));
                Assert.False((await byToken.DestroyAsync(key)).IsServed);
            }

            return;
        }

        await using var caller = (KmipDoorCaller)await door.OpenAsync(house, granter);
        Assert.True((await caller.UseAsync(key)).IsServed);
        var version = ProtocolVersion.Kmip21;
        var request = new DelegatedLoginRequest { Rights = new Rights { Items = [new Right { Operations = new OperationList { Items = [Operation.Get, Operation.Destroy, Operation.DelegatedLogin] } }] } };
        var login = await caller.ExchangeAsync(Operation.DelegatedLogin, RawKmipClient.Payload(request, version));
        Assert.Equal(ResultStatus.Success, login.ResultStatus);
        var ticket = login.ResponsePayload!.Value.Decode<LoginResponse>(version).Ticket;
        caller.Credential = Credential.From(new TicketCredential { Ticket = new Ticket { TicketType = ticket.TicketType, TicketValue = ticket.TicketValue.ToArray() } });
        Assert.False((await caller.TakeAsync(key)).IsServed);
        Assert.False((await caller.DestroyAsync(key)).IsServed);
        Assert.False((await caller.SendAsync(request)).IsServed);
    }

    /// <summary>32: what takes another's approval is not done without, not by one's own, not twice, and not to something else.</summary>
    public static async Task ApprovalAsync(DoorHouse house, Door door)
    {
        var careful = await house.CarefulAsync();
        var group = "careful-" + door.Name;
        var who = await careful.EnrolWithApprovalAsync("asking-" + door.Name, group, "manage", "export");
        var maker = await careful.EnrolWithApprovalAsync("making-" + door.Name, group, "manage");
        // Over KMIP what is active is not destroyed, whoever agrees.
        Task<string> NewAsync(string name) =>
            door is KmipTlsDoor or KmipHttpsDoor ? KmipKeys.MakeAsync(careful, maker, name, isActive: false) : door.MakeKeyAsync(careful, maker, name, group);
        var (one, two) = (await NewAsync("one-" + door.Name), await NewAsync("two-" + door.Name));
        // PKCS#11 destroys nothing: there it is the material.
        Func<DoorCaller, string, Task<DoorAnswer>> act = door is Pkcs11Door ? static (caller, key) => caller.TakeAsync(key) : static (caller, key) => caller.DestroyAsync(key);
        await using var asking = await door.OpenAsync(careful, who);
        Assert.False((await act(asking, one)).IsServed);
        using var officer = careful.Client(careful.Olga);
        using var own = careful.Client(who);
        var id = await PendingAsync(officer, who.Name);

        (await own.PostAsync($"/v1/approvals/{id}/approve")).ExpectError(403, "PermissionDenied");
        Assert.False((await act(asking, one)).IsServed);
        await careful.ApproveAsync(id);
        (await officer.PostAsync($"/v1/approvals/{id}/approve")).ExpectError(409, "Conflict");
        Assert.False((await act(asking, two)).IsServed);
        Assert.True((await act(asking, one)).IsServed);
        Assert.False((await act(asking, one)).IsServed);
        Assert.True((await asking.SeeAsync(two)).IsServed);

        // Past its time it approves nothing: no approval is there, and none is made of it.
        Assert.Equal("Executed", (await officer.GetAsync($"/v1/approvals/{id}")).Expect(200).Text("state"));
    }

    /// <summary>33: what another has begun is not ended by who has no right to.</summary>
    public static async Task CancellingAsync(DoorHouse house, Door door)
    {
        var outsider = await house.EnrolAsync("outsider-" + door.Name, "*", "use", "view");
        switch (door)
        {
            case RestHttpDoor:
                using (var app = house.Client(house.App))
                {
                    await using var rest = (RestDoorCaller)await door.OpenAsync(house, outsider);
                    var key = await MakeAsync(house, door, "scheduled-" + door.Name, "scheduled");
                    (await app.PostAsync($"/v1/keys/{key}/destruction", new JsonObject())).Expect(200);
                    Assert.StartsWith("403 ", (await rest.SendAsync(HttpMethod.Delete, $"/v1/keys/{key}/destruction")).Words, StringComparison.Ordinal);
                    Assert.False((await rest.UseAsync(key)).IsServed);
                    Assert.False((await rest.SendAsync(HttpMethod.Delete, "/v1/seal/shares")).IsServed);
                    await WithdrawAsync(house, door);
                }

                break;
            case Pkcs11Door:
                await using (var mine = (Pkcs11DoorCaller)await door.OpenAsync(house, house.App))
                await using (var other = house.Kmip(outsider))
                {
                    var intruder = mine.Caller.By(other);
                    foreach (var (function, input) in new[] { (14u, Pkcs11Caller.Numbers(mine.Caller.Session)), (15u, Pkcs11Caller.Numbers(1)), (2u, []) })
                        Assert.Equal(NotInitialized, (await intruder.CallAsync(function, input)).Code);
                    Assert.True((await mine.AskAsync()).IsServed);
                }

                break;
            default:
                await using (var mine = (KmipDoorCaller)await door.OpenAsync(house, house.App))
                await using (var other = (KmipDoorCaller)await door.OpenAsync(house, outsider))
                {
                    var query = RawKmipClient.Payload(new QueryRequest { QueryFunctions = [QueryFunction.QueryObjects] }, ProtocolVersion.Kmip21);
                    var pending = await mine.ExchangeAsync(Operation.Query, query, AsynchronousIndicator.Mandatory);
                    var correlation = pending.AsynchronousCorrelationValue!.Value.ToArray();
                    // Of another's it is as of one that never was.
                    foreach (var value in new[] { correlation, new byte[correlation.Length] })
                    {
                        var answer = await other.ExchangeAsync(Operation.Cancel, RawKmipClient.Payload(new CancelRequest { AsynchronousCorrelationValue = value }, ProtocolVersion.Kmip21));
                        Assert.Equal(CancellationResult.Unavailable, answer.ResponsePayload!.Value.Decode<CancelResponse>(ProtocolVersion.Kmip21).CancellationResult);
                    }

                    Assert.False((await other.SendAsync(new PollRequest { AsynchronousCorrelationValue = correlation })).IsServed);
                    Assert.True((await mine.SendAsync(new PollRequest { AsynchronousCorrelationValue = correlation })).IsServed);
                }

                break;
        }
    }

    /// <summary>34: what the server does of itself, no client asks for.</summary>
    public static async Task InternalOperationsAsync(DoorHouse house, Door door)
    {
        await using var caller = await OpenAsync(door, house);
        switch (caller)
        {
            case KmipDoorCaller kmip:
                var empty = RawKmipClient.Payload(new PingRequest(), ProtocolVersion.Kmip21);
                foreach (var operation in new[] { Operation.Notify, Operation.Put, (Operation)0x7FFFFFFF, (Operation)0x80000001 })
                    Assert.False((await kmip.SendRawAsync(operation, empty)).IsServed, operation.ToString());
                break;
            case Pkcs11DoorCaller token:
                // C_InitToken, C_InitPIN, C_SetPIN, C_GetOperationState, C_SetOperationState, C_CreateObject, C_CopyObject, C_DestroyObject, C_GenerateKey, C_UnwrapKey.
                foreach (var function in new uint[] { 10, 11, 12, 17, 18, 21, 22, 23, 59, 62 })
                    Assert.Equal(NotSupported, (await token.Caller.CallAsync(function, Pkcs11Caller.Numbers(token.Caller.Session))).Code);
                break;
            case RestDoorCaller rest:
                foreach (var path in new[] { "/v1/sync", "/v1/migrate", "/v1/internal", "/v1/replicate", "/v1/seal/rewrap", "/v1/erase-tenant", "/v1/notify", "/v1/record" })
                    Assert.StartsWith("404 ", (await rest.SendAsync(HttpMethod.Post, path)).Words, StringComparison.Ordinal);
                foreach (var path in new[] { "/v1/seal/rotate", "/v1/seal/tenant-key/rotate" })
                    Assert.StartsWith("403 ", (await rest.SendAsync(HttpMethod.Post, path)).Words, StringComparison.Ordinal);
                break;
            case AgentDoorCaller agent:
                foreach (var path in new[] { "/v1/keys", "/v1/keys/x/datakey", "/v1/random", "/v1/policy", "/v1/sync", "/v1/enrol", "/kmip", "/v1/encrypt/" })
                    Assert.Contains("urn:keyreeve:error:NotFound", (await agent.PostAsync(path, new JsonObject())).Words, StringComparison.Ordinal);
                break;
        }
    }

    /// <summary>35: what never leaves does not, for whoever may everything.</summary>
    public static async Task MaterialAsync(DoorHouse house, Door door)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var name = "kept-" + door.Name;
        await using var kmip = house.Kmip(house.App);
        var id = await kmip.RegisterAsync(KmipObjects.Aes(secret), new AttributeList(
            KmipAttribute.Name(name), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt), KmipAttribute.Sensitive(true)));
        var never = await KmipKeys.MakeAsync(house, house.App, "never-" + door.Name, leaves: false);
        await using var caller = await OpenAsync(door, house);
        if (caller is not RestDoorCaller rest)
        {
            foreach (var key in new[] { id.ToString(), never }) Assert.False((await caller.TakeAsync(key)).IsServed);
            return;
        }

        // No route gives it: what there is says nothing of the material.
        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/versions"), (HttpMethod.Post, "/datakey"), (HttpMethod.Post, "/datakey/wrapped") })
        {
            var body = (await rest.Client.SendAsync(method, $"/v1/keys/{id}{path}", method == HttpMethod.Post ? new JsonObject() : null)).Body;
            Assert.DoesNotContain(Convert.ToBase64String(secret), body, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(secret), body, StringComparison.OrdinalIgnoreCase);
        }

        foreach (var path in new[] { "material", "export", "value", "get" })
            Assert.StartsWith("404 ", (await rest.SendAsync(HttpMethod.Get, $"/v1/keys/{id}/{path}")).Words, StringComparison.Ordinal);
    }

    // Over KMIP a key lies in its maker's group.
    private static async Task<string> MakeAsync(DoorHouse house, Door door, string name, string group) =>
        await door.MakeKeyAsync(house, await house.EnrolAsync("maker-" + group.Replace('/', '-'), group, "manage"), name, group);

    private static async Task<DoorCaller> OpenAsync(Door door, DoorHouse house) => await door.OpenAsync(house, house.App);

    private static IEnumerable<Func<DoorCaller, string, Task<DoorAnswer>>> Questions(Door door)
    {
        yield return static (caller, key) => caller.UseAsync(key);
        if (door is AgentDoor) yield break;
        yield return static (caller, key) => caller.SeeAsync(key);
        if (door is not RestHttpDoor) yield return static (caller, key) => caller.TakeAsync(key);
        if (door is not Pkcs11Door) yield return static (caller, key) => caller.DestroyAsync(key);
    }

    private static string Without(string words, string id) => words.Replace(id, "ID", StringComparison.OrdinalIgnoreCase);

    private static JsonObject Binding(string role, string principal, string group, string? effect = null)
    {
        var binding = new JsonObject { ["principals"] = new JsonArray(principal), ["role"] = role, ["group"] = group };
        if (effect is not null) binding["effect"] = effect;
        return binding;
    }

    private static async Task<RestReply> ProposeAsync(RestClient officer, string role, string principal, string group)
    {
        var policy = (await officer.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["bindings"]!.AsArray().Add(Binding(role, principal, group));
        return await officer.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy });
    }

    private static async Task<string> PendingAsync(RestClient officer, string requester) =>
        (await officer.GetAsync("/v1/approvals")).Expect(200).Json["requests"]!.AsArray()
            .Single(request => request!["requester"]!.GetValue<string>() == requester && request["state"]!.GetValue<string>() is "Pending")!["id"]!.GetValue<string>();

    private static async Task WithdrawAsync(DoorHouse house, Door door)
    {
        var careful = await house.CarefulAsync();
        var key = await door.MakeKeyAsync(careful, careful.App, "withdrawn-" + door.Name, "default");
        await using var asking = (RestDoorCaller)await door.OpenAsync(careful, careful.App);
        Assert.False((await asking.DestroyAsync(key)).IsServed);
        using var officer = careful.Client(careful.Olga);
        using var admin = careful.Client(careful.Admin);
        var id = await PendingAsync(officer, careful.App.Name);
        Assert.NotEqual(204, (await officer.DeleteAsync($"/v1/approvals/{id}")).Status);
        Assert.NotEqual(204, (await admin.DeleteAsync($"/v1/approvals/{id}")).Status);
        Assert.Equal("Pending", (await officer.GetAsync($"/v1/approvals/{id}")).Expect(200).Text("state"));
        (await officer.PostAsync($"/v1/approvals/{id}/reject")).Expect(200);
    }
}
