using System.Reflection;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Client;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>The recipes of docs/data-classes.md, run against a server; the page's code is compared with what stands here.</summary>
public sealed class DataClassCookbookTests(MaskingServer server) : IClassFixture<MaskingServer>
{
    [Fact]
    public async Task Classes_KeysAndMaskedReads()
    {
        using var scratch = new Scratch();
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs/data-classes.md"));
        var file = page.Split("```")[1];
        var path = scratch.Write("data-classes.conf", System.Text.Encoding.UTF8.GetBytes(file));
        using var client = new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress));
        using var support = new KeyreeveClient(ProviderConnections.OptionsOf(server, await server.EnrolAsync("support", "*", "masked"), server.RestAddress));
        using var encryptor = new EnvelopeEncryptor(client);

        var rules = DataClassRules.Load(path);
        await rules.EnsureKeysAsync(client);

        // These tests mark properties with classes that the page's file has not.
        var faults = Assert.Throws<ClientConfigurationException>(() => { rules.Check(Assembly.GetEntryAssembly()!); }).Faults;
        Assert.Contains(faults, static fault => fault.Contains("'place', which has no rule", StringComparison.Ordinal));

        string shown = Mask.Apply(rules["email"].Mask, "anna@example.org");
        var context = EncryptionContext.Of(("table", "people"), ("row", "7"), ("class", "email"));
        byte[] stored = await encryptor.EncryptAsync(rules["email"].Key, "anna@example.org"u8.ToArray(), context);
        MaskedValue masked = await support.DecryptMaskedAsync(stored, context);

        Assert.Equal("****@example.org", shown);
        Assert.Equal(shown, masked.Masked);
        Assert.Equal("pii/contact", (await client.Keys.GetAsync("customers")).Group);
        await rules.EnsureKeysAsync(client);
        Assert.Equal(1, (await client.Keys.GetAsync("customers")).CurrentVersion);
        await rules.EnsureKeysAsync(client, new Later(TimeSpan.FromDays(91)));
        Assert.Equal((2, 1), ((await client.Keys.GetAsync("customers")).CurrentVersion, (await client.Keys.GetAsync("cards")).CurrentVersion));
    }

    [Fact]
    public void Page_EveryPieceOfCode_StandsHere() =>
        PageCode.AssertStandsIn("docs/data-classes.md", "tests/Keyreeve.Integration/Frameworks/DataClassCookbookTests.cs");

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }

    private sealed class Person
    {
        [Protected("email", Searchable = true)]
        public string? Email { get; set; }
    }
}
