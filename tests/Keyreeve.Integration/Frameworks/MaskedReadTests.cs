using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Client;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>A server that has masks for data classes.</summary>
public sealed class MaskingServer : ServerFixture
{
    protected override IReadOnlyList<string> Settings => ["masks.email=domain", "masks.card-number=last-four", "masks.name=initials", "masks.medical=everything"];
}

/// <summary>Who may see masks alone gets masks alone, whoever encrypted.</summary>
public sealed class MaskedReadTests(MaskingServer server) : IClassFixture<MaskingServer>, IAsyncLifetime
{
    private static readonly EncryptionContext Email = EncryptionContext.Of(("row", "7"), ("class", "email"));

    private KeyreeveClient _app = null!;
    private KeyreeveClient _support = null!;
    private EnvelopeEncryptor _encryptor = null!;
    private string _key = "";

    public async ValueTask InitializeAsync()
    {
        _app = new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress));
        _support = new KeyreeveClient(ProviderConnections.OptionsOf(server, await server.EnrolAsync("support", "*", "masked"), server.RestAddress));
        _encryptor = new EnvelopeEncryptor(_app);
        _key = $"people-{Guid.NewGuid():N}";
        await _app.Keys.CreateAsync(new NewKey { Name = _key });
    }

    public ValueTask DisposeAsync()
    {
        _encryptor.Dispose();
        _support.Dispose();
        _app.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("email", "anna@example.org", "****@example.org", "domain")]
    [InlineData("card-number", "4111 1111 1111 1111", "************1111", "last-four")]
    [InlineData("name", "Anna Lind", "A. L.", "initials")]
    [InlineData("medical", "healthy", "****", "everything")]
    public async Task DecryptMasked_OfTheServersOrAClientsEnvelope_IsTheMaskOfItsClass(string dataClass, string value, string mask, string rule)
    {
        var context = EncryptionContext.Of(("row", "7"), ("class", dataClass));
        var plaintext = System.Text.Encoding.UTF8.GetBytes(value);
        var byServer = (await _app.EncryptAsync(_key, plaintext, context)).Ciphertext;
        var byClient = await _encryptor.EncryptAsync(_key, plaintext, context);

        using var file = new MemoryStream();
        await _encryptor.EncryptAsync(_key, new MemoryStream(plaintext), file, context);

        foreach (var envelope in new[] { byServer, byClient, file.ToArray() })
        {
            var masked = await _support.DecryptMaskedAsync(envelope, context);
            Assert.Equal((mask, rule), (masked.Masked, masked.Rule));
        }
    }

    [Theory]
    [InlineData("email")]
    [InlineData("card-number")]
    [InlineData("name")]
    [InlineData("medical")]
    public async Task DecryptMasked_WhateverTheValue_IsWhatTheClientsOwnRuleMakesOfIt(string dataClass)
    {
        var rules = DataClassRules.Parse(
            """
            [email]
            level = field
            mask = domain
            [card-number]
            level = field
            mask = last-four
            [name]
            level = field
            mask = initials
            [medical]
            level = field
            mask = everything
            """,
            "classes.conf");
        var context = EncryptionContext.Of(("row", "7"), ("class", dataClass));
        foreach (var value in (string[])["anna@example.org", "a@b", "@", "anna@b@c.org", "4111-1111-1111-1111", "1234567", "12345678", "Anna", "anna maria lind", "Ünal Öz", "  ", "李 明", new string('7', 65), "x@<b>.org"])
        {
            var envelope = await _encryptor.EncryptAsync(_key, System.Text.Encoding.UTF8.GetBytes(value), context);

            Assert.Equal(Mask.Apply(rules[dataClass].Mask, value), (await _support.DecryptMaskedAsync(envelope, context)).Masked);
        }
    }

    [Fact]
    public async Task Reload_WithOtherMasks_HoldsFromTheNextRequestOn()
    {
        var envelope = await _encryptor.EncryptAsync(_key, "anna@example.org"u8.ToArray(), Email);
        try
        {
            await server.Server.TakeOverAsync(OptionsReader.ReadFile(server.ConfigurationFile, ["masks.email=everything"]));
            Assert.Equal((Mask.Nothing, "everything"), Told(await _support.DecryptMaskedAsync(envelope, Email)));

            // A class that is named no more is shown no more.
            await server.Server.TakeOverAsync(OptionsReader.ReadFile(server.ConfigurationFile, ["masks.name=initials"]));
            await AssertRefusedAsync("InvalidField", () => _support.DecryptMaskedAsync(envelope, Email));
        }
        finally
        {
            await server.Server.TakeOverAsync(server.ReadOptions());
        }

        Assert.Equal(("****@example.org", "domain"), Told(await _support.DecryptMaskedAsync(envelope, Email)));
    }

    [Fact]
    public async Task DecryptMasked_OfWhatIsNoText_ShowsNothing()
    {
        var envelope = await _encryptor.EncryptAsync(_key, new byte[] { 0xFF, 0xFE, 0x40, 0x80 }, Email);

        Assert.Equal("****", (await _support.DecryptMaskedAsync(envelope, Email)).Masked);
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task MaskedReader_OfTheValueItselfOrItsDataKey_IsRefused()
    {
        var byServer = (await _app.EncryptAsync(_key, "anna@example.org"u8.ToArray(), Email)).Ciphertext;
        var byClient = await _encryptor.EncryptAsync(_key, "anna@example.org"u8.ToArray(), Email);
        using var reading = new EnvelopeEncryptor(_support);

        await AssertRefusedAsync("PermissionDenied", () => _support.DecryptAsync(byServer, Email));
        await AssertRefusedAsync("PermissionDenied", () => reading.DecryptAsync(byClient, Email).AsTask());
        await AssertRefusedAsync("PermissionDenied", () => _support.GenerateDataKeyAsync(_key, Email));
        // And no right implies another.
        await AssertRefusedAsync("PermissionDenied", () => _app.DecryptMaskedAsync(byServer, Email));
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task DecryptMasked_WithAnotherClassThanItsOwn_DoesNotOpen()
    {
        var envelope = await _encryptor.EncryptAsync(_key, "healthy@home 11112222"u8.ToArray(), EncryptionContext.Of(("row", "7"), ("class", "medical")));

        await AssertRefusedAsync(ClientError.CryptographicFailure, () => _support.DecryptMaskedAsync(envelope, Email));
        await AssertRefusedAsync(ClientError.CryptographicFailure, () => _support.DecryptMaskedAsync(envelope, EncryptionContext.Of(("row", "7"), ("class", "card-number"))));
        await AssertRefusedAsync("InvalidField", () => _support.DecryptMaskedAsync(envelope, EncryptionContext.Of(("row", "7"), ("class", "unknown"))));
        await AssertRefusedAsync("InvalidField", () => _support.DecryptMaskedAsync(envelope, EncryptionContext.Of(("row", "7"))));
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task DecryptMasked_AnyByteOfAClientsEnvelopeFlipped_IsOneFailure()
    {
        using var file = new MemoryStream();
        await _encryptor.EncryptAsync(_key, new MemoryStream("a@b.c"u8.ToArray()), file, Email);
        foreach (var envelope in new[] { await _encryptor.EncryptAsync(_key, "a@b.c"u8.ToArray(), Email), file.ToArray() })
        {
            for (var i = 0; i < envelope.Length; i += 7)
            {
                var altered = (byte[])envelope.Clone();
                altered[i] ^= 1;
                await AssertRefusedAsync(ClientError.CryptographicFailure, () => _support.DecryptMaskedAsync(altered, Email));
            }

            await AssertRefusedAsync(ClientError.CryptographicFailure, () => _support.DecryptMaskedAsync(envelope.AsMemory(..^1), Email));
        }
    }

    [Fact]
    public async Task DecryptMasked_IsInTheTrailUnderItsOwnName()
    {
        var envelope = await _encryptor.EncryptAsync(_key, "anna@example.org"u8.ToArray(), Email);
        await _support.DecryptMaskedAsync(envelope, Email);

        var record = server.ReadAudit().Select(static record => record["event"]!.AsObject()).Last(static e => e["operation"]?.GetValue<string>() is "DecryptMasked");
        Assert.Contains("support", record.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("anna@", string.Concat(server.ReadAudit().Select(static r => r.ToJsonString())), StringComparison.Ordinal);
    }

    private static (string Masked, string Rule) Told(MaskedValue value) => (value.Masked, value.Rule);

    private static async Task AssertRefusedAsync<T>(string error, Func<Task<T>> request) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<KeyreeveClientException>(request)).Error);
}
