using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.Json;
using Keyreeve.Crypto;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>The small packages, with keys in this process.</summary>
public sealed class FrameworkPackageTests : IAsyncLifetime
{
    private static readonly EncryptionContext Document = EncryptionContext.Of(("order", "4711"));

    private static readonly DataClassRules Rules = DataClassRules.Parse("[card-number]\nlevel = field\nkey = orders\n[place]\nlevel = volume\n", "classes");

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-ring-").FullName;
    private readonly LocalKeyProvider _provider = new();
    private EnvelopeEncryptor _encryptor = null!;

    public ValueTask InitializeAsync()
    {
        _encryptor = new EnvelopeEncryptor(_provider);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _encryptor.Dispose();
        await _provider.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void DataProtection_KeyRing_IsStoredWrappedAndReadByAnotherProgram()
    {
        string cookie;
        using (var first = Program())
            cookie = first.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies").Protect("anna");

        var stored = File.ReadAllText(Assert.Single(Directory.GetFiles(_folder, "key-*.xml")));
        Assert.Contains("keyreeveEnvelope", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", stored, StringComparison.Ordinal);
        using var second = Program();
        Assert.Equal("anna", second.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies").Unprotect(cookie));
    }

    [Fact]
    public void DataProtection_AlteredKeyOfTheRing_DoesNotOpen()
    {
        using var program = Program();
        var encryptor = program.GetRequiredService<Microsoft.Extensions.Options.IOptions<KeyManagementOptions>>().Value.XmlEncryptor!;
        var made = encryptor.Encrypt(new XElement("masterKey", "PLANTED-MARKER")).EncryptedElement;
        var text = made.Value;
        made.Value = string.Concat(text.AsSpan(0, text.Length - 8), "AAAAAAAA");

        IXmlDecryptor decryptor = new KeyreeveXmlDecryptor(program);
        var failure = Assert.Throws<KeyreeveClientException>(() => decryptor.Decrypt(made));
        Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        Assert.DoesNotContain("PLANTED", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(ClientError.CryptographicFailure, Assert.Throws<KeyreeveClientException>(() => decryptor.Decrypt(new XElement("keyreeveEnvelope", "no envelope!"))).Error);
    }

    /// <summary>Who can write to the ring and not decrypt puts a key there that he knows, to make cookies by it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Attack", "37")]
    public void DataProtection_KeyThatSomebodyElsePutIntoTheRing_IsPassedOver(bool asIfItWereEncrypted)
    {
        string forged;
        using (var attacker = Program(static _ => { }))
            forged = attacker.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies").Protect("admin");
        var planted = Assert.Single(Directory.GetFiles(_folder, "key-*.xml"));
        if (asIfItWereEncrypted)
        {
            var key = XElement.Load(planted);
            var secret = key.Descendants("masterKey").Single();
            XNamespace ours = "http://schemas.asp.net/2015/03/dataProtection";
            secret.ReplaceWith(new XElement(ours + "encryptedSecret", new XAttribute("decryptorType", typeof(NullXmlDecryptor).AssemblyQualifiedName!), new XElement("unencryptedKey", secret)));
            key.Save(planted);
        }

        using var program = Program();
        var protector = program.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies");

        Assert.Throws<CryptographicException>(() => protector.Unprotect(forged));
        Assert.Equal("anna", protector.Unprotect(protector.Protect("anna")));
        Assert.Equal(2, Directory.GetFiles(_folder, "key-*.xml").Length);
        using var changingOver = Program(ring => ring.ProtectKeysWithKeyreeve(_encryptor, "orders", insecureReadOtherKeys: true));
        Assert.Equal("admin", changingOver.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies").Unprotect(forged));
    }

    [Fact]
    public void DataProtection_RevokedAndDeletedKeys_AreSoAsEver()
    {
        using var program = Program();
        var keys = program.GetRequiredService<IKeyManager>();
        var protector = program.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies");
        var cookie = protector.Protect("anna");

        var revoked = Assert.Single(keys.GetAllKeys()).KeyId;
        keys.RevokeKey(revoked);

        using var another = Program();
        Assert.Throws<CryptographicException>(() => another.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies").Unprotect(cookie));
        var ring = Assert.IsType<IDeletableXmlRepository>(another.GetRequiredService<Microsoft.Extensions.Options.IOptions<KeyManagementOptions>>().Value.XmlRepository, exactMatch: false);
        Assert.True(ring.DeleteElements(elements => elements.Single(element => element.Element.Name == "key" && (Guid)element.Element.Attribute("id")! == revoked).DeletionOrder = 1));
        Assert.DoesNotContain(Directory.GetFiles(_folder, "key-*.xml"), file => file.Contains($"{revoked}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Configuration_EncryptedValues_AreDecryptedAndOthersLeft()
    {
        var password = await _encryptor.EncryptSettingAsync("orders", "ConnectionStrings:Orders", "PLANTED-MARKER");
        Assert.DoesNotContain("PLANTED", password, StringComparison.Ordinal);
        var source = new MemorySource { ["connectionstrings:orders"] = password, ["Title"] = "Shop", ["Empty"] = "" };

        var configuration = new ConfigurationBuilder().Add(source).DecryptWithKeyreeve(_encryptor).Build();

        Assert.Equal(("PLANTED-MARKER", "Shop", ""), (configuration.GetConnectionString("Orders"), configuration["title"], configuration["Empty"]));
        source.Provider!.Change("ConnectionStrings:Orders", await _encryptor.EncryptSettingAsync("orders", "ConnectionStrings:Orders", "another"));
        Assert.Equal("another", configuration["ConnectionStrings:Orders"]);
    }

    [Fact]
    public async Task Configuration_ChangeThatDoesNotOpen_LeavesWhatWas()
    {
        var source = new MemorySource { ["Password"] = await _encryptor.EncryptSettingAsync("orders", "Password", "first"), ["Title"] = "Shop" };
        var configuration = new ConfigurationBuilder().Add(source).DecryptWithKeyreeve(_encryptor).Build();

        var alien = await _encryptor.EncryptSettingAsync("orders", "Another", "PLANTED-MARKER");
        var failure = Assert.ThrowsAny<Exception>(() => source.Provider!.Change("Password", alien));

        Assert.DoesNotContain("PLANTED", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(("first", "Shop"), (configuration["Password"], configuration["Title"]));
        source.Provider!.Change("Password", await _encryptor.EncryptSettingAsync("orders", "Password", "second"));
        Assert.Equal("second", configuration["Password"]);
    }

    [Fact]
    public async Task Configuration_ChangeThatDoesNotOpen_IsToldAndTheNextIsTaken()
    {
        var source = new MemorySource { ["Password"] = await _encryptor.EncryptSettingAsync("orders", "Password", "first") };
        var told = new List<KeyreeveClientException>();
        var configuration = new ConfigurationBuilder().Add(source).DecryptWithKeyreeve(_encryptor, told.Add).Build();
        var before = configuration.GetReloadToken();

        source.Provider!.Change("Password", await _encryptor.EncryptSettingAsync("orders", "Another", "PLANTED-MARKER"));

        Assert.Contains("The setting Password cannot be decrypted.", Assert.Single(told).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PLANTED", told[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(("first", false), (configuration["Password"], before.HasChanged));
        source.Provider!.Change("Password", await _encryptor.EncryptSettingAsync("orders", "Password", "second"));
        Assert.Equal(("second", true, 1), (configuration["Password"], before.HasChanged, told.Count));
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Configuration_ValueOfAnotherSetting_EndsTheStartWithItsName()
    {
        var value = await _encryptor.EncryptSettingAsync("orders", "Harmless", "PLANTED-MARKER");
        var builder = new ConfigurationBuilder().Add(new MemorySource { ["Admin:Password"] = value }).DecryptWithKeyreeve(_encryptor);

        var failure = Assert.Throws<KeyreeveClientException>(() => builder.Build());

        Assert.Contains("Admin:Password", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PLANTED", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_ProtectedProperties_AreEnvelopesAndTheRestIsReadable()
    {
        var json = new ProtectedJson(_encryptor, Rules);
        var text = json.Serialize(new Order { Number = 7, Card = "4111111111111111", Shelf = "B2", Payment = new Payment { Amount = 12.5m } }, Document);

        Assert.Contains("\"Number\":7", text, StringComparison.Ordinal);
        Assert.Contains("\"Shelf\":\"B2\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("4111", text, StringComparison.Ordinal);
        Assert.DoesNotContain("12.5", text, StringComparison.Ordinal);
        var read = json.Deserialize<Order>(text, Document)!;
        Assert.Equal((7, "4111111111111111", "B2", 12.5m), (read.Number, read.Card, read.Shelf, read.Payment!.Amount));
        Assert.Null(json.Deserialize<Order>(json.Serialize(new Order(), Document), Document)!.Card);
    }

    [Fact]
    [Trait("Attack", "39")]
    public void Json_OtherDocumentOrProperty_DoesNotOpen()
    {
        var json = new ProtectedJson(_encryptor, Rules);
        var text = json.Serialize(new Order { Card = "4111111111111111" }, Document);

        Assert.Equal(ClientError.CryptographicFailure, Assert.Throws<KeyreeveClientException>(() => json.Deserialize<Order>(text, EncryptionContext.Of(("order", "4712")))).Error);
        Assert.Equal(ClientError.CryptographicFailure, Assert.Throws<KeyreeveClientException>(() => json.Deserialize<OtherOrder>(text.Replace("Card", "Purse", StringComparison.Ordinal), Document)).Error);
        Assert.Equal(ClientError.CryptographicFailure, Assert.Throws<KeyreeveClientException>(() => json.Deserialize<Order>("{\"Card\":\"in clear\"}", Document)).Error);
    }

    /// <summary>A converter for the whole type would write it in clear, and nobody would see.</summary>
    [Fact]
    public void Json_ConverterOfTheProgramsOwnForATypeWithMarks_IsRefused()
    {
        var json = new ProtectedJson(_encryptor, Rules, new() { Converters = { new InClear() } });

        var refused = Assert.Throws<ClientConfigurationException>(() => json.Serialize(new Order { Card = "4111" }, Document));

        Assert.Contains("Order.Card is protected", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ClientConfigurationException>(() => json.Serialize(new List<Order> { new() }, Document));
    }

    [Fact]
    public void Json_ClassWithoutRuleOrOptionsElsewhere_AreRefused()
    {
        var json = new ProtectedJson(_encryptor, DataClassRules.Parse("[other]\nlevel = field", "classes"));
        Assert.Throws<ClientConfigurationException>(() => json.Serialize(new Order { Card = "1" }, Document));
        var record = new ProtectedJson(_encryptor, DataClassRules.Parse("[card-number]\nlevel = record\n[place]\nlevel = volume", "classes"));
        Assert.Throws<ClientConfigurationException>(() => record.Serialize(new Order { Card = "1" }, Document));
    }

    [Fact]
    public async Task HealthCheck_SaysWhetherTheKeyCanBeUsed()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddHealthChecks().AddKeyreeve(_provider, "orders");
        await using var program = services.BuildServiceProvider();
        var health = program.GetRequiredService<HealthCheckService>();

        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
        _provider.Failure = new KeyreeveClientException(ClientError.ServerUnreachable, "PLANTED-MARKER", null);
        var report = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
        Assert.Equal("No key server serves.", report.Entries["keyreeve"].Description);
        Assert.DoesNotContain("PLANTED", JsonSerializer.Serialize(report.Entries["keyreeve"].Description), StringComparison.Ordinal);
    }

    private ServiceProvider Program() => Program(ring => ring.ProtectKeysWithKeyreeve(_encryptor, "orders"));

    private ServiceProvider Program(Action<IDataProtectionBuilder> protect)
    {
        var services = new ServiceCollection().AddLogging();
        protect(services.AddDataProtection().SetApplicationName("shop").PersistKeysToFileSystem(new DirectoryInfo(_folder)));
        return services.BuildServiceProvider();
    }

    private sealed class Order
    {
        public int Number { get; set; }

        [Protected("card-number")]
        public string? Card { get; set; }

        [Protected("place")]
        public string? Shelf { get; set; }

        [Protected("card-number")]
        public Payment? Payment { get; set; }
    }

    private sealed class InClear : JsonConverter<Order>
    {
        public override Order? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new();

        public override void Write(Utf8JsonWriter writer, Order value, JsonSerializerOptions options) => writer.WriteStringValue(value.Card);
    }

    private sealed class OtherOrder
    {
        [Protected("card-number")]
        public string? Purse { get; set; }
    }

    private sealed class Payment
    {
        public decimal Amount { get; set; }
    }

    private sealed class MemorySource : Dictionary<string, string?>, IConfigurationSource
    {
        public MemoryProvider? Provider { get; private set; }

        public IConfigurationProvider Build(IConfigurationBuilder builder) => Provider = new MemoryProvider(this);
    }

    private sealed class MemoryProvider(Dictionary<string, string?> settings) : ConfigurationProvider
    {
        public override void Load() => Data = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);

        public void Change(string name, string value)
        {
            Data[name] = value;
            OnReload();
        }
    }
}
