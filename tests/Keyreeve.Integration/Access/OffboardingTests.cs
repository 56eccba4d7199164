using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Keyreeve.Integration.Identity;
using Keyreeve.Integration.Rest;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>Shutting somebody out, and what the report says of it.</summary>
[Trait("Speed", "Slow")]
public sealed class OffboardingTests(OffboardingTests.Door server) : IClassFixture<OffboardingTests.Door>
{
    /// <summary>A server that trusts an issuer of tokens.</summary>
    public sealed class Door : ServerFixture
    {
        private readonly string _keys = Directory.CreateTempSubdirectory("keyreeve-issuer-").FullName;

        public Door() => Issuer = new TokenIssuerForTests(_keys);

        internal TokenIssuerForTests Issuer { get; }

        protected override IReadOnlyList<string> Settings => ["token-issuers.login=" + Issuer.Setting];
    }

    [Fact]
    public async Task Issuer_OfTokens_Offboarded_LetsNobodyInByThem_AndOnlyThatCredentialOfWhoHasAnother()
    {
        using var admin = server.Client(server.Admin);
        using var nobody = server.Client();
        using var enrolled = server.Client(await server.EnrolAsync("by-both", "tokens", "use"));
        JsonObject Subject(string name) => new() { ["issuer"] = server.Issuer.Issuer, ["subject"] = name };
        (await admin.PostAsync("/v1/principals", new JsonObject { ["name"] = "by-token", ["group"] = "tokens", ["allow"] = new JsonArray("use"), ["credential"] = Subject("one") })).Expect(200);
        (await admin.PostAsync("/v1/principals/by-both/credentials", Subject("two"))).Expect(200);
        Task<RestReply> AskAsync(string subject) => nobody.SendAsync(
            HttpMethod.Get, "/v1/keys", (HttpContent?)null,
            new Dictionary<string, string> { ["Authorization"] = "Bearer " + server.Issuer.Token(server.Issuer.Claims(subject, DateTimeOffset.UtcNow)) });
        (await AskAsync("one")).Expect(200);
        (await AskAsync("two")).Expect(200);

        var dry = await OffboardAsync(admin, new JsonObject { ["issuer"] = server.Issuer.Issuer, ["dryRun"] = true });
        (await AskAsync("one")).Expect(200);
        var done = await OffboardAsync(admin, new JsonObject { ["issuer"] = server.Issuer.Issuer });

        Assert.Equal(dry["principals"]!.ToJsonString(), done["principals"]!.ToJsonString());
        Assert.Equal(
            [("by-both", "parted from credentials"), ("by-token", "disabled")],
            done["principals"]!.AsArray().Select(static p => (p!["name"]!.GetValue<string>(), p["outcome"]!.GetValue<string>())));
        Assert.NotEqual(200, (await AskAsync("one")).Status);
        Assert.NotEqual(200, (await AskAsync("two")).Status);
        (await enrolled.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    public async Task Grants_ByAndToWhoIsOffboarded_AreNoMore_AndTheReportNamesThem()
    {
        using var admin = server.Client(server.Admin);
        using var giver = server.Client(await server.EnrolAsync("giver", "given", "use", "manage", "grant"));
        using var holder = server.Client(await server.EnrolAsync("holder", "elsewhere", "use"));
        using var leaver = server.Client(await server.EnrolAsync("granted-leaver", "left", "use", "manage", "grant"));
        Task<RestReply> GrantAsync(RestClient by, string key, string to) => by.PostAsync("/v1/grants", new JsonObject { ["key"] = key, ["to"] = to, ["allow"] = new JsonArray("decrypt") });
        await giver.CreateKeyAsync("givers-key", "given");
        await leaver.CreateKeyAsync("leavers-key", "left");
        var ciphertext = await leaver.EncryptAsync("leavers-key", [1]);
        var to = (await GrantAsync(giver, "givers-key", "granted-leaver")).Expect(201).Text("id");
        var by = (await GrantAsync(leaver, "leavers-key", "holder")).Expect(201).Text("id");
        (await holder.DecryptAsync(ciphertext, key: "leavers-key")).Expect(200);
        await server.ChangePolicyAsync(static policy => policy["bindings"]!.AsArray().Add(
            JsonNode.Parse("""{"name": "by-policy", "principals": ["granted-leaver"], "role": "KeyViewer", "group": "seen"}""")));

        var dry = await OffboardAsync(admin, new JsonObject { ["principal"] = "granted-leaver", ["dryRun"] = true });
        (await holder.DecryptAsync(ciphertext, key: "leavers-key")).Expect(200);
        var done = await OffboardAsync(admin, new JsonObject { ["principal"] = "granted-leaver" });

        Assert.Equal(dry["grants"]!.ToJsonString(), done["grants"]!.ToJsonString());
        // Whether enrolment gave it or the policy.
        Assert.Equal(
            ["Granter@left", "KeyAdministrator@left", "KeyUser@left", "by-policy"],
            done["principals"]![0]!["rights"]!.AsArray().Select(static r => r!.GetValue<string>()).Order(StringComparer.Ordinal));
        var told = done["grants"]!.AsArray().Select(static g => g!.GetValue<string>()).ToList();
        Assert.Equal(2, told.Count);
        Assert.Contains(told, text => text.StartsWith($"grant:{to} of 'giver' to 'granted-leaver'", StringComparison.Ordinal));
        Assert.Contains(told, text => text.StartsWith($"grant:{by} of 'granted-leaver' to 'holder'", StringComparison.Ordinal));
        (await holder.GetAsync("/v1/keys/leavers-key")).ExpectError(404, "ItemNotFound");
        Assert.Empty((await admin.GetAsync("/v1/grants?all=true")).Expect(200).Json["grants"]!.AsArray());
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Principal_Offboarded_IsOutOnOpenConnections_AndTheReportSaysWhatIsExposedSinceWhen()
    {
        using var admin = server.Client(server.Admin);
        var mallory = await server.EnrolAsync("mallory", "leaving", "use", "manage", "export");
        using var rest = server.Client(mallory);
        await using var kmip = server.Kmip(mallory);
        await rest.CreateKeyAsync("read", "leaving");
        await rest.CreateKeyAsync("written", "leaving");
        var from = DateTimeOffset.UtcNow.AddSeconds(-1);
        await rest.DecryptAsync(await rest.EncryptAsync("read", [1]));
        await rest.DecryptAsync(await rest.EncryptAsync("read", [2]));
        await rest.EncryptAsync("written", [1]);
        var taken = await kmip.CreateAsync(Keyreeve.Kmip.ObjectType.SymmetricKey, new AttributeList(
            new(Keyreeve.Kmip.Tag.CryptographicAlgorithm, Keyreeve.Kmip.KmipValue.Enumeration(Keyreeve.Kmip.CryptographicAlgorithm.AES)),
            new(Keyreeve.Kmip.Tag.CryptographicLength, Keyreeve.Kmip.KmipValue.Integer(256)),
            new(Keyreeve.Kmip.Tag.CryptographicUsageMask, Keyreeve.Kmip.KmipValue.Integer(12))));
        await kmip.GetAsync(taken);

        var dry = await OffboardAsync(admin, new JsonObject { ["principal"] = "mallory", ["dryRun"] = true, ["keys"] = "rotate" });
        Assert.Equal((true, "would be rotated"), (dry["dryRun"]!.GetValue<bool>(), Key(dry, "read")["outcome"]!.GetValue<string>()));
        (await rest.GetAsync("/v1/keys/read")).Expect(200);

        var done = await OffboardAsync(admin, new JsonObject { ["principal"] = "mallory", ["keys"] = "rotate" });
        (await rest.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
        await Assert.ThrowsAsync<KmipException>(() => kmip.LocateAsync(AttributeList.Empty));
        Assert.Equal(["disabled"], done["principals"]!.AsArray().Select(static p => p!["outcome"]!.GetValue<string>()));
        Assert.True(done["complete"]!.GetValue<bool>());

        // The worst first: the key that left, then the one whose ciphertexts were read; what was only written is not exposed.
        var keys = done["keys"]!.AsArray().Select(static k => k!.AsObject()).ToList();
        Assert.Equal(["Material", "Plaintexts"], keys.Select(static k => k["exposure"]!.GetValue<string>()));
        Assert.Equal(taken.ToString(), keys[0]["id"]!.GetValue<string>());
        var read = Key(done, "read");
        Assert.Equal((2, "rotated to version 2"), (read["operations"]!["Decrypt"]!.GetValue<int>(), read["outcome"]!.GetValue<string>()));
        Assert.InRange(read["since"]!.GetValue<DateTimeOffset>(), from, DateTimeOffset.UtcNow);
        Assert.Equal([1], read["versions"]!.AsArray().Select(static v => v!.GetValue<int>()));
        using var app = server.Client(server.App);
        Assert.Equal(2, (await app.GetAsync("/v1/keys/read")).Expect(200).Number("currentVersion"));
        Assert.Equal(1, (await app.GetAsync("/v1/keys/written")).Expect(200).Number("currentVersion"));

        // One correlation id for all that was done.
        var id = done["correlationId"]!.GetValue<string>();
        var records = server.ReadAudit().Where(r => r["event"]!["correlationId"]!.GetValue<string>() == id).Select(static r => r["event"]!["operation"]!.GetValue<string>());
        Assert.Equal(["Offboard", "Rotate"], records.Where(static o => o is "Offboard" or "Rotate").Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Report_Signed_IsCheckedWithOpenSslByTheScriptOfItsPage()
    {
        using var admin = server.Client(server.Admin);
        await server.EnrolAsync("leaver", "script", "use");
        var answer = (await admin.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "leaver" })).Expect(200);
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "report")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "report.json"), answer.Text("report"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "report.json.sig"), Convert.FromBase64String(answer.Text("signature")));
        File.Copy(Path.Combine(server.DataDirectory, "audit", "verifier.pub"), Path.Combine(folder, "verifier.pub"));
        Assert.Equal((await File.ReadAllTextAsync(Path.Combine(folder, "verifier.pub"))).Trim(), answer.Text("verifier"));

        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "formats", "offboarding.md"));
        var script = Regex.Match(page, "```sh\n(?<script>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10)).Groups["script"].Value;
        Assert.Equal((0, true), await ShellAsync(folder, script));

        await File.WriteAllTextAsync(Path.Combine(folder, "report.json"), answer.Text("report").Replace("disabled", "enabled", StringComparison.Ordinal));
        Assert.NotEqual((0, true), await ShellAsync(folder, script));
    }

    [Fact]
    public async Task Group_Offboarded_TakesThoseWhoseRightsLieInItAndLeavesTheOthers()
    {
        using var admin = server.Client(server.Admin);
        var inside = await server.EnrolAsync("in-shop", "shop/till", "use", "manage");
        await server.EnrolAsync("in-shop-2", "shop", "use");
        var outside = await server.EnrolAsync("in-shopping", "shopping", "use");
        using var rest = server.Client(inside);
        using var other = server.Client(outside);
        await rest.CreateKeyAsync("till", "shop/till");
        await rest.DecryptAsync(await rest.EncryptAsync("till", [1]));

        var done = await OffboardAsync(admin, new JsonObject { ["group"] = "shop", ["keys"] = "disable" });

        Assert.Equal(["in-shop", "in-shop-2"], done["principals"]!.AsArray().Select(static p => p!["name"]!.GetValue<string>()));
        Assert.Equal("disabled", Key(done, "till")["outcome"]!.GetValue<string>());
        (await rest.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
        (await other.GetAsync("/v1/keys")).Expect(200);
        using var app = server.Client(server.App);
        Assert.False((await app.GetAsync("/v1/keys/till")).Expect(200).Json["enabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Issuer_Offboarded_TakesWhoIsItsIdentity_AndOnlyTheCredentialOfWhoIsKnownBySomethingElse()
    {
        using var admin = server.Client(server.Admin);
        var authority = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem((await admin.GetAsync("/v1/ca")).Expect(200).Text("caChain"));
        var issuer = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()));
        JsonObject Named(string uri) => new() { ["certificateName"] = uri, ["authority"] = issuer };
        await server.EnrolAsync("by-key", "g", "use");
        (await admin.PostAsync("/v1/principals", new JsonObject
        {
            ["name"] = "by-name", ["group"] = "g", ["allow"] = new JsonArray("use"), ["credential"] = Named("uri:spiffe://x/by-name"),
        })).Expect(200);
        (await admin.PostAsync("/v1/principals/by-key/credentials", Named("uri:spiffe://x/by-key"))).Expect(200);

        var done = await OffboardAsync(admin, new JsonObject { ["issuer"] = issuer });

        Assert.Equal(
            [("by-key", "parted from credentials"), ("by-name", "disabled")],
            done["principals"]!.AsArray().Select(static p => (p!["name"]!.GetValue<string>(), p["outcome"]!.GetValue<string>())));
        var left = (await admin.GetAsync("/v1/principals")).Expect(200).Json["principals"]!.AsArray().Single(static p => p!["name"]!.GetValue<string>() == "by-key")!;
        Assert.Equal((true, "PublicKey"), (left["enabled"]!.GetValue<bool>(), left["credentials"]!.AsArray().Single()!["kind"]!.GetValue<string>()));
    }

    [Fact]
    [Trait("Attack", "33")]
    public async Task Offboarding_OfOneself_OrWithoutTheRight_OrOfTwoAtOnce_IsRefused()
    {
        using var admin = server.Client(server.Admin);
        using var app = server.Client(server.App);
        (await app.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "admin" })).ExpectError(403, "PermissionDenied");
        (await app.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "absent", ["dryRun"] = true })).ExpectError(403, "PermissionDenied");
        (await admin.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "admin" })).ExpectError(403, "PermissionDenied");
        (await admin.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "absent" })).ExpectError(404, "ItemNotFound");
        (await admin.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "app", ["group"] = "g" })).ExpectError(400, "InvalidField");
        (await admin.PostAsync("/v1/offboardings", new JsonObject { ["principal"] = "app", ["keys"] = "burn" })).ExpectError(400, "InvalidField");
        (await app.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Codes_ByAndForWhoIsOffboarded_LetNobodyIn()
    {
        using var admin = server.Client(server.Admin);
        // With a second officer others would have to agree to each code, which is not what this is about.
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["approvals"] = JsonNode.Parse("""[{"for": ["policy", "export"], "tenant": true, "insecureAlone": true}]""");
        (await admin.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy })).Expect(200);
        var officer = await server.EnrolAsync("rogue", "*", "officer");
        using var rogue = server.Client(officer);
        var code = (await rogue.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = "backdoor", ["group"] = "g", ["allow"] = new JsonArray("use") })).Expect(200).Text("code");
        var second = (await rogue.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = "friend", ["group"] = "g", ["allow"] = new JsonArray("use") })).Expect(200).Text("code");
        using var friend = await server.EnrolWithCodeAsync("friend", second);
        // Nor does a token that they made for somebody who stays.
        await server.EnrolAsync("bystander", "g", "use");
        var token = (await rogue.PostAsync("/v1/tokens", new JsonObject { ["principal"] = "bystander", ["label"] = "spare", ["allow"] = new JsonArray("use"), ["groups"] = new JsonArray("g") }))
            .Expect(201).Text("token");
        using var nobody = server.Client();
        var bearer = new Dictionary<string, string> { ["Authorization"] = "Bearer " + token };
        (await nobody.SendAsync(HttpMethod.Get, "/v1/keys", (HttpContent?)null, bearer)).Expect(200);

        var done = await OffboardAsync(admin, new JsonObject { ["principal"] = "rogue" });

        (await nobody.SendAsync(HttpMethod.Get, "/v1/keys", (HttpContent?)null, bearer)).ExpectError(401, "AuthenticationFailed");
        Assert.Equal(
            [("rogue", "disabled"), ("bystander", "parted from credentials")],
            done["principals"]!.AsArray().Select(static p => (p!["name"]!.GetValue<string>(), p["outcome"]!.GetValue<string>())));
        Assert.Equal(["backdoor"], done["codes"]!.AsArray().Select(static c => c!["name"]!.GetValue<string>()));
        Assert.Equal(["friend"], done["introduced"]!.AsArray().Select(static c => c!.GetValue<string>()));
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => server.EnrolWithCodeAsync("backdoor", code));
        Assert.Contains("AuthenticationFailed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Tenant_Offboarded_IsFrozenAndEmptyOfPrincipals_AndItsKeysHaveNoNamesInTheReport()
    {
        using var admin = server.Client(server.Admin);
        var made = (await admin.PostAsync("/v1/tenants", new JsonObject { ["name"] = "gone", ["administrator"] = "alice" })).Expect(201).Json;
        using var alice = await server.EnrolWithCodeAsync("alice", made["code"]!["code"]!.GetValue<string>());
        using var rest = server.Client(alice);
        var code = (await rest.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = "bob", ["group"] = "*", ["allow"] = new JsonArray("use", "manage") })).Expect(200).Text("code");
        using var bob = await server.EnrolWithCodeAsync("bob", code);
        using var work = server.Client(bob);
        await work.CreateKeyAsync("secret-name", "g");
        await work.DecryptAsync(await work.EncryptAsync("secret-name", [1]));

        var done = await OffboardAsync(admin, new JsonObject { ["tenant"] = "gone" });

        Assert.Equal(["alice", "bob"], done["principals"]!.AsArray().Select(static p => p!["name"]!.GetValue<string>()));
        Assert.Single(done["keys"]!.AsArray());
        Assert.DoesNotContain("secret-name", done.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("Frozen", (await admin.GetAsync("/v1/tenants/gone")).Expect(200).Text("state"));
        (await admin.PostAsync("/v1/tenants/gone/thaw")).Expect(200);
        (await work.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
        // No other tenant's officer does that.
        using var app = server.Client(server.App);
        (await app.PostAsync("/v1/offboardings", new JsonObject { ["tenant"] = "gone" })).ExpectError(403, "PermissionDenied");
    }

    private static async Task<JsonObject> OffboardAsync(RestClient officer, JsonObject body) =>
        JsonNode.Parse((await officer.PostAsync("/v1/offboardings", body)).Expect(200).Text("report"))!.AsObject();

    private static JsonObject Key(JsonObject report, string name) =>
        report["keys"]!.AsArray().Select(static k => k!.AsObject()).Single(k => k["name"]?.GetValue<string>() == name);

    private static async Task<(int ExitCode, bool Ended)> ShellAsync(string folder, string script)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["-ec", script]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        TestContext.Current.TestOutputHelper?.WriteLine(new StringBuilder(await output).Append(await errors).ToString());
        return (process.ExitCode, process.HasExited);
    }
}
