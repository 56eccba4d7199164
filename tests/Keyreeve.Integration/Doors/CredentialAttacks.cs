using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Core.Operations;
using Keyreeve.Integration.Identity;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Kmip.Https;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>Attacks on who calls: each tries itself at one door.</summary>
internal static class CredentialAttacks
{
    /// <summary>16: nothing but the certificate is wrong: it is of a key that is enrolled.</summary>
    public static async Task WrongCertificateAsync(DoorHouse house, Door door)
    {
        var leaf = await house.EnrolAsync("leaf-" + door.Name, "*", "manage");
        Assert.True(await door.ServesAsync(house, leaf));
        using var key = leaf.Certificate.GetECDsaPrivateKey()!;
        using var otherAuthority = new TestAuthority();
        X509Certificate2[] wrong =
        [
            house.Issuer.IssueServer(leaf.Name, key), otherAuthority.IssueClient(leaf.Name, key), house.Issuer.IssueExpiredClient(leaf.Name, key),
            TestAuthority.IssueByLeaf(leaf.Certificate, leaf.Name),
        ];
        foreach (var certificate in wrong)
        {
            using var shown = new TestPrincipal(leaf.Name, certificate);
            Assert.False(await door.ServesAsync(house, shown), certificate.Subject);
        }

        Assert.False(await door.ServesAsync(house, who: null));
        Assert.True(await door.ServesAsync(house, leaf));
    }

    /// <summary>19: the same name and the same serial number, from the same authority, with another key.</summary>
    public static async Task SameNameOtherKeyAsync(DoorHouse house, Door door)
    {
        var one = await house.EnrolAsync("one-" + door.Name, "*", "manage");
        using var twin = new TestPrincipal(one.Name, house.Issuer.IssueClient(one.Name, serial: one.Certificate.SerialNumberBytes.ToArray()));
        Assert.Equal(one.Certificate.SerialNumber, twin.Certificate.SerialNumber);
        Assert.Equal(one.Certificate.Subject, twin.Certificate.Subject);

        Assert.False(await door.ServesAsync(house, twin));
        Assert.True(await door.ServesAsync(house, one));
    }

    /// <summary>22: at REST every wrong token is one answer; KMIP takes none, not even a right one.</summary>
    public static async Task WrongTokenAsync(DoorHouse house, Door door)
    {
        using var officer = house.Client(house.Admin);
        var subject = "subject-" + door.Name;
        (await officer.PostAsync("/v1/principals", new JsonObject
        {
            ["name"] = "token-" + door.Name, ["group"] = "*", ["allow"] = new JsonArray("manage"),
            ["credential"] = new JsonObject { ["issuer"] = house.Tokens.Issuer, ["subject"] = subject },
        })).Expect(200);
        var right = house.Tokens.Token(Claims(house, subject));
        if (door is KmipHttpsDoor)
        {
            foreach (var certificate in new[] { null, house.App.Certificate })
            {
                using var client = new KmipHttpsClient(house, certificate);
                Assert.Equal(HttpStatusCode.Unauthorized, (await client.SendBodyAsync("application/octet-stream", RawKmipClient.Query(), ("Authorization", "Bearer " + right))).Status);
            }

            return;
        }

        await using var caller = (RestDoorCaller)await door.OpenAsync(house, who: null);
        caller.Token = right;
        Assert.True((await caller.AskAsync()).IsServed);
        var answers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var wrong in WrongTokens(house, subject))
        {
            caller.Token = wrong;
            answers.Add((await caller.AskAsync()).Words);
        }

        Assert.StartsWith("401 ", Assert.Single(answers), StringComparison.Ordinal);
        await OfAnotherTenantAsync(house, caller);
    }

    /// <summary>23: whoever is not there and who is, with the wrong secret, are one answer. (That it takes as long: the same work is done for both.)</summary>
    public static async Task GuessingAsync(DoorHouse house, Door door)
    {
        var answers = new HashSet<string>(StringComparer.Ordinal);
        if (door is RestHttpDoor)
        {
            await using var caller = (RestDoorCaller)await door.OpenAsync(house, who: null);
            var right = await TokenOfAppAsync(house);
            // Another secret of a token that there is, and a token that never was; both with a checksum that is right.
            foreach (var guess in new[] { WithChecksum(right[..19] + new string('7', 64)), Core.Access.ApiToken.Generate(out _, out _) })
            {
                caller.Token = guess;
                answers.Add((await caller.AskAsync()).Words);
            }

            house.Clock.Jump(TimeSpan.FromMinutes(2));
            answers.Add((await caller.AskAsync()).Words);
        }
        else
        {
            var name = "fred-" + door.Name;
            await MakeUserAsync(house, name, KmipPeople.Password("right"), CredentialType.Password);
            var app = await house.EnrolAsync("guessing-" + door.Name, "*", "manage");
            Assert.True((await AskAsAsync(house, door, app, Password(name, "right"))).IsServed);
            foreach (var (user, password) in new[] { (name, "wrong"), ("nobody", "right"), (name.ToUpperInvariant(), "right"), (name + " ", "right") })
            {
                var answer = await AskAsAsync(house, door, app, Password(user, password));
                Assert.False(answer.IsServed, user);
                answers.Add(answer.Words);
            }
        }

        Assert.Single(answers);
    }

    /// <summary>24: spelling a name otherwise, or asking at another door, gives no further tries.</summary>
    public static async Task LockOutAvoidedAsync(DoorHouse house, Door door)
    {
        if (door is RestHttpDoor)
        {
            await using var caller = (RestDoorCaller)await door.OpenAsync(house, who: null);
            var good = await TokenOfAppAsync(house);
            for (var i = 0; i < 20; i++)
            {
                caller.Token = WithChecksum($"{good[..19]}{i:d64}");
                Assert.False((await caller.AskAsync()).IsServed);
            }

            // None of that address is looked at any more, at no door, whichever token it is.
            foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
            {
                await using var other = RestHttpDoor.OpenWith(house, good, version);
                Assert.False((await other.AskAsync()).IsServed);
            }

            house.Clock.Jump(TimeSpan.FromMinutes(2));
            caller.Token = good;
            Assert.True((await caller.AskAsync()).IsServed);
            return;
        }

        var name = "barney-" + door.Name;
        await MakeUserAsync(house, name, KmipPeople.Password("right"), CredentialType.Password);
        var app = await house.EnrolAsync("locked-" + door.Name, "*", "manage");
        string[] spellings = [name, name.ToUpperInvariant(), " " + name, name + " ", name.Replace('a', 'а'), "x", "y", "z", name + "\t", "ｂarney"];
        foreach (var spelling in spellings) Assert.False((await AskAsAsync(house, door, app, Password(spelling, "wrong"))).IsServed);
        foreach (var each in KmipDoors) Assert.False((await AskAsAsync(house, each, app, Password(name, "right"))).IsServed, each.Name);
        house.Clock.Jump(TimeSpan.FromMinutes(6));
        Assert.True((await AskAsAsync(house, door, app, Password(name, "right"))).IsServed);
    }

    /// <summary>25: what serves once serves once, at whichever door it is shown again.</summary>
    public static async Task ReplayAsync(DoorHouse house, Door door)
    {
        if (door is RestHttpDoor rest)
        {
            using var officer = house.Client(house.Admin);
            var code = (await officer.PostAsync("/v1/enrolment-codes", new JsonObject { ["name"] = "once-" + rest.Name, ["group"] = "*", ["allow"] = new JsonArray("use") })).Expect(200).Text("code");
            (await house.EnrolWithCodeAsync("once-" + rest.Name, code)).Dispose();
            await using var caller = (RestDoorCaller)await door.OpenAsync(house, who: null);
            using var other = house.Issuer.IssueClient("other");
            var again = await caller.SendAsync(HttpMethod.Post, "/v1/enrol", new JsonObject { ["code"] = code, ["csr"] = other.ExportCertificatePem() }, OperationName.Enrol);
            Assert.StartsWith("401 AuthenticationFailed", again.Words, StringComparison.Ordinal);
            return;
        }

        var name = "otp-" + door.Name;
        var seed = RandomNumberGenerator.GetBytes(20);
        await MakeUserAsync(house, name, KmipOneTimePasswords.Token(seed, OTPAlgorithm.HOTP), CredentialType.OneTimePassword);
        var app = await house.EnrolAsync("otp-app-" + door.Name, "*", "manage");
        var shown = new OneTimePasswordCredential { Username = name, OneTimePassword = Encoding.ASCII.GetBytes(KmipOneTimePasswords.Hotp(seed, 0)) };
        Assert.True((await AskAsAsync(house, door, app, Credential.From(shown))).IsServed);
        foreach (var each in KmipDoors) Assert.False((await AskAsAsync(house, each, app, Credential.From(shown))).IsServed, each.Name);
    }

    /// <summary>26: who is disabled is not served, on the connection that is open and on a new one.</summary>
    public static async Task DisabledAsync(DoorHouse house, Door door)
    {
        var leaving = await house.EnrolAsync("leaving-" + door.Name, "leaving", "use");
        if (door is AgentDoor) await AgentDoor.MakeOwnKeyAsync(house, house.App, leaving.Name, "leaving");
        await using var open = await door.OpenAsync(house, leaving);
        Assert.True((await open.AskAsync()).IsServed);

        await house.DisableAsync(leaving.Name);

        Assert.False(await open.IsServedAsync());
        Assert.False(await door.ServesAsync(house, leaving));
    }

    /// <summary>Asks something of everybody's, in the name that a credential gives.</summary>
    public static async Task<DoorAnswer> AskAsAsync(ServerFixture server, Door door, TestPrincipal who, Credential credential)
    {
        if (door is Pkcs11Door)
        {
            await using var client = server.Kmip(who, ProtocolVersion.Kmip21);
            try
            {
                // One message, C_Initialize: a credential that serves once serves for no more.
                var caller = new Pkcs11Caller(client.With(new KmipRequestOptions { Authentication = new Authentication { Credentials = [credential] } }));
                var (code, _) = await caller.CallAsync(1, 1);
                await caller.By(client).CallAsync(2);
                return new DoorAnswer(code == 0, $"{code}");
            }
            catch (KmipException refused)
            {
                return new DoorAnswer(IsServed: false, refused.Message);
            }
        }

        await using var speaking = (KmipDoorCaller)await door.OpenAsync(server, who);
        speaking.Credential = credential;
        return await speaking.AskAsync();
    }

    private static IEnumerable<Door> KmipDoors => Door.All.Where(static door => door is KmipTlsDoor or KmipHttpsDoor or Pkcs11Door);

    private static Credential Password(string name, string password) =>
        Credential.From(new UsernameAndPasswordCredential { Username = name, Password = Encoding.UTF8.GetBytes(password) });

    private static async Task MakeUserAsync(DoorHouse house, string name, ManagedObject credential, CredentialType type)
    {
        await using var officer = house.Kmip(house.Admin, ProtocolVersion.Kmip30);
        using var made = await officer.CreateCredentialAsync(new() { CredentialType = type, Object = credential });
        var attributes = new AttributeList(
        [
            new(Tag.Name, KmipValue.Text(name)), new(Tag.CredentialLink, KmipValue.Text(TtlvType.Reference, Encoding.UTF8.GetBytes(made.Payload.UniqueIdentifier.ToString()))),
        ]);
        using var user = await officer.CreateUserAsync(new() { Attributes = attributes });
    }

    private static JsonObject Claims(DoorHouse house, string subject, Action<JsonObject>? change = null)
    {
        var claims = house.Tokens.Claims(subject, house.Clock.GetUtcNow());
        change?.Invoke(claims);
        return claims;
    }

    private static IEnumerable<string> WrongTokens(DoorHouse house, string subject)
    {
        var tokens = house.Tokens;
        yield return TokenIssuerForTests.Unsigned(Claims(house, subject));
        yield return TokenIssuerForTests.Unsigned(Claims(house, subject), "None");
        yield return tokens.SignedWithThePublicKey(Claims(house, subject));
        yield return tokens.Token(Claims(house, subject, static c => c["aud"] = "another"));
        yield return tokens.Token(Claims(house, subject, static c => c["iss"] = "https://evil.example"));
        yield return tokens.Token(Claims(house, subject, c => c["exp"] = house.Clock.GetUtcNow().AddMinutes(-10).ToUnixTimeSeconds()));
        foreach (var path in new[] { "../../../../dev/null", "/proc/self/environ", tokens.KeysFile, "http://127.0.0.1/keys" })
            yield return tokens.Token(Claims(house, subject), new JsonObject { ["alg"] = "ES256", ["kid"] = path });
        yield return tokens.Token(Claims(house, "nobody"));
        yield return tokens.Token(Claims(house, subject))[..^4] + "AAAA";
    }

    // A token of another tenant's is somebody there, and nobody here.
    private static async Task OfAnotherTenantAsync(DoorHouse house, RestDoorCaller caller)
    {
        using var stranger = house.Client(house.Stranger);
        var key = "tokens-" + Guid.NewGuid().ToString("N")[..8];
        using (var app = house.Client(house.App)) await app.CreateKeyAsync(key);
        caller.Token = (await stranger.PostAsync("/v1/tokens", new JsonObject { ["label"] = "elsewhere", ["allow"] = new JsonArray("manage") })).Expect(201).Text("token");
        Assert.True((await caller.AskAsync()).IsServed);
        Assert.StartsWith("404 ", (await caller.SeeAsync(key)).Words, StringComparison.Ordinal);
        Assert.DoesNotContain(key, (await caller.ListAsync()).Found);
    }

    private static async Task<string> TokenOfAppAsync(DoorHouse house)
    {
        using var app = house.Client(house.App);
        return (await app.PostAsync("/v1/tokens", new JsonObject { ["label"] = "guessed", ["allow"] = new JsonArray("manage") })).Expect(201).Text("token");
    }

    private static string WithChecksum(string token) => token + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)))[..8];
}
