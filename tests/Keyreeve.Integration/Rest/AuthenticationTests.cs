using System.Text.Json.Nodes;
using Xunit;

namespace Keyreeve.Integration.Rest;

public sealed class AuthenticationTests(RestDoor door) : IClassFixture<RestDoor>
{
    [Fact]
    [Trait("Attack", "16")]
    public async Task Route_WithoutACertificate_Is401()
    {
        using var client = door.Client();

        (await client.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
        (await client.PostAsync("/v1/keys/x/encrypt", new JsonObject { ["plaintext"] = "AA==" })).ExpectError(401, "AuthenticationFailed");
        (await client.GetAsync("/v1/health")).Expect(200);
    }

    [Fact]
    [Trait("Attack", "16")]
    public async Task Connection_WithACertificateThatIsNotGood_IsRefused()
    {
        // Of the same name as the authority that is trusted.
        using var otherAuthority = new TestAuthority();
        using var fromElsewhere = otherAuthority.IssueClient("elsewhere");
        using var expired = door.Issuer.IssueExpiredClient("expired");
        using var forServers = door.Issuer.IssueServer("server");
        var leaf = await door.EnrolAsync("leaf", "*", "use");
        using var byLeaf = TestAuthority.IssueByLeaf(leaf.Certificate, "by-leaf");
        foreach (var wrong in new[] { fromElsewhere, expired, forServers, byLeaf })
        {
            using var client = door.Client(wrong);
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v1/health"));
        }

        using var right = door.Client(leaf);
        (await right.GetAsync("/v1/keys")).Expect(200);
    }

    [Fact]
    [Trait("Attack", "19")]
    public async Task Certificate_OfTheSameNameWithAnotherKey_IsNobody()
    {
        await door.EnrolAsync("twin", "*", "manage");
        using var twin = door.Client(door.Issuer.IssueClient("twin"));

        (await twin.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
    }

    [Theory]
    [InlineData("X-Client-Cert")]
    [InlineData("X-Forwarded-Client-Cert")]
    [InlineData("X-SSL-Client-Cert")]
    [InlineData("X-ARR-ClientCert")]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Forwarded-User")]
    [InlineData("Forwarded")]
    [Trait("Attack", "21")]
    public async Task Header_ThatClaimsACaller_IsIgnored(string header)
    {
        var administrator = await door.EnrolAsync("claimed-" + header, "*", "manage");
        using var client = door.Client();
        foreach (var value in new[] { administrator.CertificatePem.ReplaceLineEndings(""), Convert.ToBase64String(administrator.Certificate.RawData), "127.0.0.1", "admin" })
        {
            (await client.SendAsync(HttpMethod.Get, "/v1/keys", (HttpContent?)null, new Dictionary<string, string> { [header] = value }))
                .ExpectError(401, "AuthenticationFailed");
        }
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Principal_Disabled_IsRefusedOnTheOpenConnection()
    {
        using var client = door.Client(await door.EnrolAsync("leaving", "*", "manage"));
        (await client.GetAsync("/v1/keys")).Expect(200);

        await door.DisableAsync("leaving");
        (await client.GetAsync("/v1/keys")).ExpectError(401, "AuthenticationFailed");
    }
}
