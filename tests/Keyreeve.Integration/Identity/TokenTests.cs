using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class TokenTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-tokens-").FullName;
    private TokenIssuerForTests _issuer = null!;
    private TokenIssuerForTests _other = null!;
    private Installation _server = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = new TokenIssuerForTests(_folder);
        _other = new TokenIssuerForTests(_folder, "https://other.example");
        _server = new Installation { TokenIssuers = [TokenIssuerOptions.Parse(_issuer.Setting), TokenIssuerOptions.Parse(_other.Setting)] };
        await _server.StartAsync();
        await AddAsync("shop", _issuer.Issuer, "shop-ci");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _issuer.Dispose();
        _other.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private DateTimeOffset Now => _server.Time.GetUtcNow();

    [Fact]
    public async Task Identify_TokenOfAKnownSubject_IsItsPrincipal()
    {
        var token = _issuer.Token(_issuer.Claims("shop-ci", Now));

        for (var i = 0; i < 2; i++) // examined, then known
        {
            var (principal, fault) = await _server.Identity.Tokens.IdentifyAsync(token);
            Assert.Null(fault);
            Assert.Equal(("shop", false), (principal.Name, principal.IsDisabled));
            Assert.Equal(PrincipalCredential.IdentityOfSubject(_issuer.Issuer, "shop-ci"), principal.Credential);
        }
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Identify_TokenThatIsNotGood_IsNobodys()
    {
        JsonObject With(string claim, JsonNode? value)
        {
            var claims = _issuer.Claims("shop-ci", Now);
            claims[claim] = value;
            return claims;
        }

        var good = _issuer.Claims("shop-ci", Now);
        var path = new JsonObject { ["alg"] = "ES256", ["kid"] = "../../../../dev/null", ["typ"] = "JWT" };
        var address = new JsonObject { ["alg"] = "ES256", ["kid"] = "1", ["jku"] = "http://127.0.0.1/keys", ["jwk"] = _other.PublicJwk() };
        var seconds = Now.ToUnixTimeSeconds();
        foreach (var (what, token) in new (string, string)[]
        {
            ("alg none", TokenIssuerForTests.Unsigned(good)),
            ("alg None", TokenIssuerForTests.Unsigned(good, "None")),
            ("alg ES256 and no signature", TokenIssuerForTests.Unsigned(good, "ES256")),
            ("a MAC under the public key", _issuer.SignedWithThePublicKey(good)),
            ("another issuer's signature", _other.Token(good)),
            ("a key of its own", _other.Token(good, address)),
            ("kid as a path", _issuer.Token(good, path)),
            ("a critical extension", _issuer.Token(good, new JsonObject { ["alg"] = "ES256", ["kid"] = "1", ["crit"] = new JsonArray("exp") })),
            ("an unencoded payload", _issuer.Token(good, new JsonObject { ["alg"] = "ES256", ["kid"] = "1", ["b64"] = false, ["crit"] = new JsonArray("b64") })),
            ("alg that is not allowed", _issuer.Token(good, new JsonObject { ["alg"] = "ES384", ["kid"] = "1" })),
            ("audience", _issuer.Token(With("aud", "another"))),
            ("audience and a slash", _issuer.Token(With("aud", TokenIssuerForTests.Audience + "/"))),
            ("no audience", _issuer.Token(With("aud", null))),
            ("issuer", _issuer.Token(With("iss", "https://login.example/"))),
            ("unknown issuer", _issuer.Token(With("iss", "https://evil.example"))),
            ("the issuer of others", _issuer.Token(With("iss", _other.Issuer))),
            ("expired", _issuer.Token(With("exp", seconds - 31))),
            ("never ends", _issuer.Token(With("exp", null))),
            ("ends in too long", _issuer.Token(With("exp", seconds + 90_000))),
            ("not yet", _issuer.Token(With("nbf", seconds + 60))),
            ("not before the end of time", _issuer.Token(With("nbf", 1_000_000_000_000_000_000))),
            ("not before what is no time", _issuer.Token(With("nbf", new JsonObject()))),
            ("a logout token", _issuer.Token(good, new JsonObject { ["alg"] = "ES256", ["kid"] = "1", ["typ"] = "logout+jwt" })),
            ("not issued yet", _issuer.Token(With("iat", seconds + 60))),
            ("never issued", _issuer.Token(With("iat", null))),
            ("no subject", _issuer.Token(With("sub", null))),
            ("unknown subject", _issuer.Token(With("sub", "shop-CI"))),
            ("the same subject elsewhere", _other.Token(_other.Claims("shop-ci", Now))),
            ("no token", "x"),
            ("nothing", ""),
            ("an altered payload", Altered(_issuer.Token(good))),
            ("five parts", _issuer.Token(good) + ".x.y"),
            ("too long", _issuer.Token(With("pad", new string('x', 9000)))),
        })
        {
            var (principal, fault) = await _server.Identity.Tokens.IdentifyAsync(token);
            Assert.True(principal.IsUnknown && principal.IsDisabled && fault is not null, what);
        }
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Identify_TokenThatExpiresMeanwhile_IsRefusedAlsoWhenItWasKept()
    {
        var token = _issuer.Token(_issuer.Claims("shop-ci", Now));
        Assert.False((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsUnknown);

        _server.Time.Advance(TimeSpan.FromMinutes(11));

        Assert.True((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsUnknown);
    }

    [Fact]
    public async Task Keys_Replaced_TheOldKeysTokensEnd()
    {
        var token = _issuer.Token(_issuer.Claims("shop-ci", Now));
        Assert.False((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsUnknown);

        using var next = new TokenIssuerForTests(_folder, _issuer.Issuer, keyId: "second");
        _issuer.WriteKeys(next.PublicJwk());
        var after = next.Token(next.Claims("shop-ci", Now));
        await UntilAsync(async () => !(await _server.Identity.Tokens.IdentifyAsync(after)).Principal.IsUnknown);
        Assert.True((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsUnknown);

        // What is not sound does not replace what is.
        _issuer.WriteKeys(_issuer.PrivateJwk());
        await UntilAsync(() => Task.FromResult(_server.Log.Any(line => line.Contains("private key", StringComparison.Ordinal))));
        Assert.False((await _server.Identity.Tokens.IdentifyAsync(after)).Principal.IsUnknown);
    }

    [Fact]
    [Trait("Attack", "22")]
    public async Task Keys_ForSomethingElse_AreNotTried()
    {
        using var next = new TokenIssuerForTests(_folder, _issuer.Issuer, keyId: "second");
        JsonObject Key(TokenIssuerForTests issuer, string member, string value)
        {
            var key = issuer.PublicJwk();
            key[member] = value;
            return key;
        }

        _issuer.WriteKeys(Key(_issuer, "use", "enc"), Key(next, "use", "sig"));
        var signed = next.Token(next.Claims("shop-ci", Now), new JsonObject { ["alg"] = "ES256" });
        await UntilAsync(async () => !(await _server.Identity.Tokens.IdentifyAsync(signed)).Principal.IsUnknown);
        // The name of a key is no way around it, nor is leaving the name out.
        foreach (var header in new[] { new JsonObject { ["alg"] = "ES256", ["kid"] = "1" }, new JsonObject { ["alg"] = "ES256" } })
            Assert.True((await _server.Identity.Tokens.IdentifyAsync(_issuer.Token(_issuer.Claims("shop-ci", Now), header))).Principal.IsUnknown);

        _issuer.WriteKeys(Key(_issuer, "alg", "ES384"), Key(next, "alg", "ES256"), next.PublicJwk());
        await UntilAsync(() => Task.FromResult(_server.Log.Any(line => line.EndsWith("in force: 3.", StringComparison.Ordinal))));
        Assert.True((await _server.Identity.Tokens.IdentifyAsync(_issuer.Token(_issuer.Claims("shop-ci", Now)))).Principal.IsUnknown);
    }

    [Fact]
    [Trait("Attack", "26")]
    public async Task Disable_EndsEveryCredential_AndRemovalEndsOne()
    {
        var (_, certificate) = await _server.EnrolNewAsync("two");
        var identity = _server.Identity.Clients.Identify(certificate, out _)!;
        var subject = PrincipalCredential.OfSubject(_issuer.Issuer, "two-ci");
        await RunAsync(new AddCredentialOperation(_server.Identity.Principals), new AddCredentialRequest("two", subject));
        var token = _issuer.Token(_issuer.Claims("two-ci", Now));
        Assert.Equal("two", (await _server.Identity.Tokens.IdentifyAsync(token)).Principal.Name);

        await RunAsync(new RemoveCredentialOperation(_server.Identity.Principals), new RemoveCredentialRequest("two", subject.Identity));
        Assert.True((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsUnknown);
        Assert.Equal("two", identity.FindPrincipal().Name);

        await RunAsync(new AddCredentialOperation(_server.Identity.Principals), new AddCredentialRequest("two", subject));
        await _server.DisableAsync("two");
        Assert.True((await _server.Identity.Tokens.IdentifyAsync(token)).Principal.IsDisabled);
        Assert.True(identity.FindPrincipal().IsDisabled);
    }

    [Fact]
    public async Task Add_CredentialThatSomebodyHas_IsRefused()
    {
        var taken = PrincipalCredential.OfSubject(_issuer.Issuer, "shop-ci");
        await _server.EnrolNewAsync("other");

        Assert.Equal(KeyreeveError.ObjectAlreadyExists, (await Assert.ThrowsAsync<KeyreeveException>(() =>
            RunAsync(new AddCredentialOperation(_server.Identity.Principals), new AddCredentialRequest("other", taken)))).Error);
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, (await Assert.ThrowsAsync<KeyreeveException>(() => AddAsync("third", _issuer.Issuer, "shop-ci"))).Error);
        // A disabled principal's is not given to another.
        await _server.DisableAsync("shop");
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, (await Assert.ThrowsAsync<KeyreeveException>(() => AddAsync("fourth", _issuer.Issuer, "shop-ci"))).Error);
    }

    [Fact]
    public async Task Restart_And_Renewal_KeepCredentials()
    {
        await _server.EnrolNewAsync("two");
        await RunAsync(
            new AddCredentialOperation(_server.Identity.Principals), new AddCredentialRequest("two", PrincipalCredential.OfSubject(_issuer.Issuer, "two-ci")));
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var renewed = await _server.EnrolAsync(await _server.IssueCodeAsync("two", isRenewal: true), Installation.RequestOf(key));

        await _server.CloseAsync();
        await _server.OpenAsync();

        var (principal, _) = await _server.Identity.Tokens.IdentifyAsync(_issuer.Token(_issuer.Claims("two-ci", Now)));
        Assert.Equal((renewed.Principal.Fingerprint, false), (principal.Fingerprint, principal.IsDisabled));
    }

    [Theory]
    [InlineData("https://a.example keys=/k")]
    [InlineData("https://a.example audience=x")]
    [InlineData("audience=x keys=/k")]
    [InlineData("https://a.example audience=x keys=k")]
    [InlineData("https://a.example audience=x keys=/k algorithms=HS256")]
    [InlineData("https://a.example audience=x keys=/k algorithms=none")]
    [InlineData("https://a.example audience=x keys=/k algorithms=")]
    [InlineData("https://a.example audience=x keys=/k longest=1y")]
    public void Parse_LineThatIsNotWhole_SaysWhatIsMissing(string line) => Assert.Throws<FormatException>(() => TokenIssuerOptions.Parse(line));

    private static string Altered(string token)
    {
        var parts = token.Split('.');
        return $"{parts[0]}.{parts[1][..^2]}AA.{parts[2]}";
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds()) await Task.Delay(50, limit.Token);
    }

    private Task AddAsync(string name, string issuer, string subject) => RunAsync(
        new AddPrincipalOperation(_server.Identity.Principals),
        new AddPrincipalRequest { Name = name, Group = Core.Objects.GroupName.Parse("shop"), Roles = [Role.KeyUser], Credential = PrincipalCredential.OfSubject(issuer, subject) });

    private async Task RunAsync<TRequest>(Core.Operations.Operation<TRequest, EnrolledPrincipal> operation, TRequest request)
        where TRequest : class
    {
        var held = await _server.Pipeline.RunAsync(operation, _server.CallOf(_server.Officer), request, CancellationToken.None);
        await held.ReleaseAsync(CancellationToken.None);
    }
}
