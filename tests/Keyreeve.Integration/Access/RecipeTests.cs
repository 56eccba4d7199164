using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>
/// The recipes of docs/access.md, followed on a server of their own. Its commands as they stand there, and the recipe for a thousand tenants, are the
/// session <c>recipes</c>; what a thousand cost is <see cref="ThousandTenantsTests"/>.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class RecipeTests : IAsyncLifetime
{
    private readonly ServerFixture _server = new();

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task TeamOfThree_EachNeedsTheOtherAndNobodyUsesWhatHeAdministers()
    {
        using var admin = _server.Client(_server.Admin);
        using var shop = _server.Client(await _server.EnrolAsync("shop", "payments", "use"));
        using var olga = _server.Client(await _server.EnrolAsync("olga", "*", "officer"));
        await admin.CreateKeyAsync("cards", "payments");
        await admin.CreateKeyAsync("wages", "office");

        var ciphertext = await shop.EncryptAsync("cards", [1, 2, 3]);
        (await shop.DecryptAsync(ciphertext)).Expect(200);
        (await shop.PostAsync("/v1/keys/wages/encrypt", Plaintext())).Expect(404);
        (await admin.PostAsync("/v1/keys/cards/encrypt", Plaintext())).ExpectError(403, "PermissionDenied");

        // To enrol a fourth, and to destroy at once, takes the other officer.
        var code = new JsonObject { ["name"] = "fourth", ["group"] = "payments", ["allow"] = new JsonArray("use") };
        var asked = (await admin.PostAsync("/v1/enrolment-codes", code.DeepClone())).ExpectError(403, "ApprovalRequired").Text("reference");
        (await olga.PostAsync($"/v1/approvals/{asked}/approve")).Expect(200);
        (await admin.PostAsync("/v1/enrolment-codes", code)).Expect(200);
        (await admin.DeleteAsync("/v1/keys/wages?confirm=wages")).ExpectError(403, "ApprovalRequired");
    }

    [Fact]
    public async Task PciDss_DutiesAreOfFourPeopleAndNobodyDestroysWithFewerThanThree()
    {
        using var admin = _server.Client(_server.Admin);
        var strict = await PolicyAsync(admin, static _ => { });
        // The administrator that init made holds three duties.
        Assert.Equal(400, (await admin.SendAsync(HttpMethod.Put, "/v1/policy", strict)).Status);
        using var keeper = _server.Client(await _server.EnrolAsync("keeper", "payments", "manage"));
        using var auditor = _server.Client(await _server.EnrolAsync("auditor", "*", "audit"));
        using var shop = _server.Client(await _server.EnrolAsync("shop", "payments", "use"));
        // Both codes are given while the first officer is alone.
        var (second, third) = (await CodeAsync(admin, "second"), await CodeAsync(admin, "third"));
        using var secondOne = await _server.EnrolWithCodeAsync("second", second);
        using var thirdOne = await _server.EnrolWithCodeAsync("third", third);
        using var officer = _server.Client(secondOne);
        using var another = _server.Client(thirdOne);

        var change = await PolicyAsync(officer, static bindings =>
        {
            foreach (var binding in bindings.Where(static b => Names(b).Contains("app") || (Names(b).Contains("admin") && b!["role"]!.GetValue<string>() is not "SecurityOfficer")).ToList())
                bindings.Remove(binding);
        });
        var asked = (await officer.SendAsync(HttpMethod.Put, "/v1/policy", change.DeepClone())).ExpectError(403, "ApprovalRequired").Text("reference");
        (await admin.PostAsync($"/v1/approvals/{asked}/approve")).Expect(200);
        (await officer.SendAsync(HttpMethod.Put, "/v1/policy", change)).Expect(200);

        await keeper.CreateKeyAsync("cards", "payments");
        var ciphertext = await shop.EncryptAsync("cards", [1, 2, 3]);
        (await shop.DecryptAsync(ciphertext)).Expect(200);
        (await keeper.PostAsync("/v1/keys/cards/encrypt", Plaintext())).ExpectError(403, "PermissionDenied");
        (await admin.PostAsync("/v1/keys", new JsonObject { ["name"] = "mine", ["group"] = "payments" })).ExpectError(403, "PermissionDenied");
        (await admin.GetAsync("/v1/audit")).ExpectError(403, "PermissionDenied");
        (await auditor.GetAsync("/v1/audit")).Expect(200);
        (await auditor.PostAsync("/v1/keys/cards/encrypt", Plaintext())).Expect(404);

        var destroy = (await keeper.DeleteAsync("/v1/keys/cards?confirm=cards")).ExpectError(403, "ApprovalRequired").Text("reference");
        (await officer.PostAsync($"/v1/approvals/{destroy}/approve")).Expect(200);
        (await keeper.DeleteAsync("/v1/keys/cards?confirm=cards")).ExpectError(403, "ApprovalRequired");
        (await another.PostAsync($"/v1/approvals/{destroy}/approve")).Expect(200);
        (await keeper.DeleteAsync("/v1/keys/cards?confirm=cards")).Expect(204);
    }

    private static JsonObject Plaintext() => new() { ["plaintext"] = "AAAA" };

    private static IEnumerable<string> Names(JsonNode? binding) => binding!["principals"]?.AsArray().Select(static name => name!.GetValue<string>()) ?? [];

    // As the recipe has it: strict, and two approvals for all of that.
    private static async Task<JsonObject> PolicyAsync(RestClient by, Action<JsonArray> change)
    {
        var policy = (await by.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        change(policy["bindings"]!.AsArray());
        policy["separation"] = "strict";
        policy["approvals"] = new JsonArray(new JsonObject
        {
            ["for"] = new JsonArray("destroy", "export", "policy", "root-rotation", "seal-slots", "offboarding"), ["tenant"] = true, ["approvals"] = 2,
        });
        return new JsonObject { ["policy"] = policy };
    }

    private static async Task<string> CodeAsync(RestClient admin, string name) =>
        (await admin.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = name, ["group"] = "*", ["allow"] = new JsonArray("officer") })).Expect(200).Text("code");
}
