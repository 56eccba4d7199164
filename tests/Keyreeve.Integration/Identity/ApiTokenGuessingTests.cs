using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Identity;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class ApiTokenGuessingTests
{
    [Fact]
    [Trait("Attack", "23")]
    [Trait("Attack", "24")]
    public async Task Identify_ManyWrongTokensFromOneAddress_NoneIsLookedAtThereAnyMore()
    {
        await using var server = await new Installation().StartAsync();
        var tokens = new ApiTokens(server.Identity.Principals, server.Time);
        var good = await MakeAsync(server);
        Assert.Equal("shop", tokens.Identify(good, "192.0.2.1").Principal.Name);

        // Whatever is wrong with each of them: one counter.
        var wrong = new[] { ApiToken.Generate(out _, out _), "kr_", good.ToUpperInvariant(), good + " ", good[..^1] };
        for (var i = 0; i < WrongTokens.MostFailures; i++) Assert.True(tokens.Identify(wrong[i % wrong.Length], "192.0.2.1").Principal.IsUnknown);

        Assert.True(tokens.Identify(good, "192.0.2.1").Principal.IsUnknown);
        Assert.Equal("shop", tokens.Identify(good, "192.0.2.2").Principal.Name);
        server.Time.Advance(WrongTokens.Window);
        Assert.Equal("shop", tokens.Identify(good, "192.0.2.1").Principal.Name);
    }

    [Fact]
    public async Task Identify_TokenThatHasExpired_IsNobodys()
    {
        await using var server = await new Installation().StartAsync();
        var tokens = new ApiTokens(server.Identity.Principals, server.Time);
        var token = await MakeAsync(server);
        server.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal("shop", tokens.Identify(token, "").Principal.Name);

        server.Time.Advance(TimeSpan.FromHours(2));

        Assert.True(tokens.Identify(token, "").Principal.IsUnknown);
    }

    private static async Task<string> MakeAsync(Installation server)
    {
        var directory = server.Identity.Principals;
        await server.RunAsync(
            new AddPrincipalOperation(directory),
            new AddPrincipalRequest { Name = "shop", Group = null, Roles = [Role.KeyUser], Credential = PrincipalCredential.OfSubject("https://login.example", "shop") });
        var made = await server.RunAsync(new CreateTokenOperation(directory, isOwn: false), new CreateTokenRequest { PrincipalName = "shop", Label = "test", Roles = [Role.KeyUser] });
        return made.Token;
    }
}
