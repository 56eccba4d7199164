using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>Enrolment where the server's own authority issues the certificates.</summary>
public sealed class EnrolmentTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Administrator_OfANewInstallation_AdministersButUsesNothing()
    {
        using var admin = server.Client(server.Admin);

        var grants = (await admin.GetAsync("/v1/whoami")).Expect(200).Json["grants"]!.AsArray().Select(grant => grant!["role"]!.GetValue<string>());
        Assert.Equal(["Auditor", "KeyAdministrator", "SecurityOfficer"], grants.Order(StringComparer.Ordinal));
        await admin.CreateKeyAsync("made-by-admin");
        (await admin.PostAsync("/v1/keys/made-by-admin/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(403, "PermissionDenied");
        (await admin.PostAsync("/v1/keys/made-by-admin/datakey")).ExpectError(403, "PermissionDenied");
    }

    [Fact]
    public async Task Application_OfOneGroup_WorksThereAlone()
    {
        using var admin = server.Client(server.Admin);
        await admin.CreateKeyAsync("cards", "payments/cards");
        await admin.CreateKeyAsync("people", "crm");
        using var app = server.Client(await server.EnrolAsync("payments-app", "payments", "use"));

        var ciphertext = await app.EncryptAsync("cards", [1]);
        (await app.DecryptAsync(ciphertext)).Expect(200);
        (await app.PostAsync("/v1/keys/people/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(404, "ItemNotFound");
        (await app.GetAsync("/v1/principals")).ExpectError(403, "PermissionDenied");
        (await app.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = "friend", ["group"] = "payments", ["allow"] = new JsonArray("use") }))
            .ExpectError(403, "PermissionDenied");
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Code_WrongUsedOrMalformed_IsOneAnswer()
    {
        using var admin = server.Client(server.Admin);
        using var nobody = server.Client();
        var issued = (await admin.PostAsync("/v1/enrolment-codes", new JsonObject
        {
            ["name"] = "once-only", ["group"] = "default", ["allow"] = new JsonArray("use"), ["validFor"] = "PT5M",
        })).Expect(200);
        var code = issued.Text("code");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(server.Authority.RawData)), issued.Text("caFingerprint"));
        (await nobody.PostAsync("/v1/enrol", Body(code))).Expect(200);

        var answers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var wrong in new[] { code, code[..^1] + (code[^1] == '0' ? '1' : '0'), "", "kr-enrol-0000-0000-0000-0000-0000-0000-0000-0000" })
        {
            var refused = (await nobody.PostAsync("/v1/enrol", Body(wrong))).ExpectError(401, "AuthenticationFailed").Json;
            refused.Remove("correlationId");
            answers.Add(refused.ToJsonString());
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task Principals_AreListedAndDisabled()
    {
        using var admin = server.Client(server.Admin);
        using var leaving = server.Client(await server.EnrolAsync("listed", "default", "use", "manage"));
        (await leaving.GetAsync("/v1/keys")).Expect(200);

        var listed = (await admin.GetAsync("/v1/principals")).Expect(200).Json["principals"]!.AsArray()
            .Single(principal => principal!["name"]!.GetValue<string>() == "listed")!;
        Assert.True(listed["enabled"]!.GetValue<bool>());
        var credential = Assert.Single(listed["credentials"]!.AsArray());
        Assert.Equal(("PublicKey", listed["fingerprint"]!.ToString()), (credential!["kind"]!.ToString(), credential["id"]!.ToString()));
        listed.AsObject().Remove("credentials"); // the caller itself is told no more than who it is
        Assert.Equal((await leaving.GetAsync("/v1/whoami")).Expect(200).Body, listed.ToJsonString());

        Assert.False((await admin.PostAsync("/v1/principals/listed/disable")).Expect(200).Json["enabled"]!.GetValue<bool>());
        (await leaving.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
        (await admin.PostAsync("/v1/principals/nobody-there/disable")).ExpectError(404, "ItemNotFound");
    }

    [Fact]
    public async Task Restart_KeepsKeysAndPrincipals()
    {
        await using var own = new ServerFixture();
        await own.InitializeAsync();
        string ciphertext;
        using (var app = own.Client(own.App))
        {
            await app.CreateKeyAsync("kept");
            ciphertext = await app.EncryptAsync("kept", [7]);
        }

        await own.RestartAsync();
        using var again = own.Client(own.App);
        Assert.Equal("Bw==", (await again.DecryptAsync(ciphertext)).Expect(200).Text("plaintext"));
    }

    private static JsonObject Body(string code)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new JsonObject { ["code"] = code, ["csr"] = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256).CreateSigningRequestPem() };
    }
}
