using System.Text;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Client;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>A program that masks for itself shows what the server shows, for every rule; and the server's rules change at SIGHUP.</summary>
[Trait("Speed", "Slow")]
public sealed class MaskAgreementTests(MaskingServer server) : IClassFixture<MaskingServer>
{
    private static readonly (string Class, MaskRule Rule)[] Classes =
        [("medical", MaskRule.Everything), ("card-number", MaskRule.LastFour), ("email", MaskRule.Domain), ("name", MaskRule.Initials)];

    // Of each kind what a rule is made for, what is too short or too long for it, what is written otherwise, and what it was not made for.
    private static readonly string[] Values =
    [
        "", " ", "x", "****", "1234", "1234567", "12345678", "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111",
        "DE89 3704 0044 0532 0130 00", "٤١١١١١١١١١١١١١١١", "４１１１１１１１１１１１１１１１", new('7', 64), new('7', 65), new('ä', 500),
        "anna@example.org", "Anna.Lind+shop@Example.ORG", "\"a@b\"@example.org", "anna@bücher.example", "@example.org", "anna@", "anna@exa mple.org",
        "Anna Lind", "anna maria  von lind", " Øyvind\tÅse ", "Åsa", "山田 太郎", "𐐀𐐁 𐐂𐐃", "e\u0301lan vital", "X Lind", "one two three four five", "4711 0815",
        "👩‍🚀 Anna", "line\nbreak", "\u202Egro.elpmaxe@anna", "nul\0byte",
    ];

    [Fact]
    public async Task Apply_EveryRuleAndValue_GivesWhatTheServerGives()
    {
        using var app = new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress));
        using var support = new KeyreeveClient(ProviderConnections.OptionsOf(server, await server.EnrolAsync("support", "*", "masked"), server.RestAddress));
        using var encryptor = new EnvelopeEncryptor(app);
        await app.Keys.CreateAsync(new NewKey { Name = "agreement" });
        foreach (var (dataClass, rule) in Classes)
        {
            var bound = Values.Select((value, row) => new BoundValue(Encoding.UTF8.GetBytes(value), EncryptionContext.Of(("row", $"{row}"), ("class", dataClass)))).ToArray();
            var byClient = await encryptor.EncryptManyAsync("agreement", bound);
            var byServer = await app.EncryptManyAsync("agreement", bound);
            for (var i = 0; i < Values.Length; i++)
            {
                var shown = Mask.Apply(rule, Values[i]);
                Assert.Equal((Values[i], shown), (Values[i], (await support.DecryptMaskedAsync(byClient[i], bound[i].Context)).Masked));
                Assert.Equal((Values[i], shown), (Values[i], (await support.DecryptMaskedAsync(byServer[i].Ciphertext, bound[i].Context)).Masked));
                Assert.True(rule is MaskRule.Everything ? shown is Mask.Nothing : shown != Values[i] || shown is Mask.Nothing, $"{rule} left '{Values[i]}' as it was.");
            }
        }
    }

    [Fact]
    public async Task Masks_ReadAgainAtSighup_AreInForce()
    {
        await using var process = await ServerProcess.StartNewAsync();
        var administrator = await process.EnrolAsync("admin", process.AdministratorCode);
        using var client = ServerProcess.Connect(await process.EnrolAsync(administrator, "app", "*", "use", "manage", "masked"));
        using var encryptor = new EnvelopeEncryptor(client);
        await client.Keys.CreateAsync(new NewKey { Name = "people" });
        var context = EncryptionContext.Of(("row", "7"), ("class", "email"));
        var stored = await encryptor.EncryptAsync("people", "anna@example.org"u8.ToArray(), context);
        var configuration = await File.ReadAllTextAsync(process.ConfigurationFile);

        async Task<string> ShownAsync()
        {
            try
            {
                return (await client.DecryptMaskedAsync(stored, context)).Masked;
            }
            catch (KeyreeveClientException e) when (e.Is("InvalidField"))
            {
                return "refused";
            }
        }

        async Task ReloadAsync(string masks, string expectedLog)
        {
            await File.WriteAllTextAsync(process.ConfigurationFile, configuration + "\n" + masks);
            var before = process.Log.Split(expectedLog).Length;
            await process.SignalAsync("HUP");
            await TrailFixture.UntilAsync(() => process.Log.Split(expectedLog).Length > before, expectedLog);
        }

        Assert.Equal("refused", await ShownAsync());
        await ReloadAsync("[masks]\nemail = domain\n", "read again");
        Assert.Equal("****@example.org", await ShownAsync());
        await ReloadAsync("[masks]\nemail = everything\n", "read again");
        Assert.Equal("****", await ShownAsync());
        // What is wrong changes nothing.
        await ReloadAsync("[masks]\nemail = half\n", "what was in force stays");
        Assert.Equal("****", await ShownAsync());
        await ReloadAsync("[masks]\nmedical = everything\n", "read again");
        Assert.Equal("refused", await ShownAsync());
    }
}
