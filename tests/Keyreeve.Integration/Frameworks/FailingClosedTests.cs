using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.Json;
using Keyreeve.Crypto;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Each package without a key server, and with another's keys: it fails, and says so; nothing is written in clear, nothing shown.</summary>
public sealed class FailingClosedTests : IAsyncLifetime
{
    private const string Planted = "PLANTED-MARKER";

    private static readonly EncryptionContext Document = EncryptionContext.Of(("order", "4711"));

    private static readonly DataClassRules Rules = DataClassRules.Parse("[secret]\nlevel = field\nkey = orders\n", "classes");

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-closed-").FullName;
    private readonly LocalKeyProvider _provider = new();
    private readonly LocalKeyProvider _other = new();
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private EnvelopeEncryptor _encryptor = null!;
    private EnvelopeEncryptor _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        // Without a cache, so that a server that is gone is gone at once.
        var uncached = new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero };
        (_encryptor, _stranger) = (new EnvelopeEncryptor(_provider, uncached), new EnvelopeEncryptor(_other, uncached));
        await _connection.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _encryptor.Dispose();
        _stranger.Dispose();
        await _provider.DisposeAsync();
        await _other.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task EntityFramework_WithoutServerOrWithAnothersKeys_NeitherReadsNorWrites()
    {
        await using (var secrets = Open(_encryptor))
        {
            await secrets.Database.EnsureCreatedAsync();
            secrets.Add(new Secret { Text = Planted });
            await secrets.SaveChangesAsync();
        }

        await using (var foreign = Open(_stranger))
            AssertClosed(await Assert.ThrowsAsync<KeyreeveClientException>(() => foreign.Set<Secret>().ToListAsync()), ClientError.CryptographicFailure);
        StopServer();
        await using (var cut = Open(_encryptor))
        {
            AssertClosed(await Assert.ThrowsAsync<KeyreeveClientException>(() => cut.Set<Secret>().ToListAsync()), ClientError.ServerUnreachable);
            cut.Add(new Secret { Text = Planted });
            AssertClosed(await Assert.ThrowsAsync<KeyreeveClientException>(() => cut.SaveChangesAsync()), ClientError.ServerUnreachable);
            Assert.Equal(1, await cut.Set<Secret>().CountAsync());
        }
    }

    // Data Protection tries again for a while before it gives up.
    [Fact]
    [Trait("Speed", "Slow")]
    public void DataProtection_WithoutServerOrWithAnothersKeys_OpensNothingAndStoresNoKeyInClear()
    {
        string cookie;
        using (var program = Program(_encryptor))
            cookie = Protector(program).Protect(Planted);
        using (var foreign = Program(_stranger))
            AssertClosed(Assert.ThrowsAny<CryptographicException>(() => Protector(foreign).Unprotect(cookie)));
        StopServer();
        using (var cut = Program(_encryptor))
        {
            AssertClosed(Assert.ThrowsAny<Exception>(() => Protector(cut).Unprotect(cookie)));
            AssertClosed(Assert.ThrowsAny<Exception>(() => Protector(cut).Protect(Planted)));
        }

        Assert.All(Directory.GetFiles(_folder), static file => Assert.DoesNotContain("masterKey", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Configuration_WithoutServerOrWithAnothersKeys_EndsTheStart()
    {
        var value = await _encryptor.EncryptSettingAsync("orders", "Db", Planted);
        AssertClosed(Assert.Throws<KeyreeveClientException>(() => { Build(_stranger, value); }), ClientError.CryptographicFailure);
        StopServer();

        var failure = Assert.Throws<KeyreeveClientException>(() => { Build(_encryptor, value); });

        AssertClosed(failure, ClientError.ServerUnreachable);
        Assert.Contains("Db", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_WithoutServerOrWithAnothersKeys_GivesNoDocument()
    {
        var json = new ProtectedJson(_encryptor, Rules);
        var text = json.Serialize(new Secret { Text = Planted }, Document);
        AssertClosed(Assert.Throws<KeyreeveClientException>(() => new ProtectedJson(_stranger, Rules).Deserialize<Secret>(text, Document)), ClientError.CryptographicFailure);
        StopServer();

        AssertClosed(Assert.Throws<KeyreeveClientException>(() => json.Deserialize<Secret>(text, Document)), ClientError.ServerUnreachable);
        AssertClosed(Assert.Throws<KeyreeveClientException>(() => json.Serialize(new Secret { Text = Planted }, Document)), ClientError.ServerUnreachable);
    }

    [Theory]
    [InlineData(ClientError.ServerUnreachable, "No key server serves.")]
    [InlineData("ItemNotFound", "The key cannot be used: ItemNotFound.")]
    [InlineData("PermissionDenied", "The key cannot be used: PermissionDenied.")]
    public async Task HealthCheck_KeyThatCannotBeUsed_IsUnhealthyAndSaysNoMore(string error, string description)
    {
        _provider.Failure = new KeyreeveClientException(error, Planted, null);
        var check = new KeyProviderHealthCheck(_provider, "orders");

        var result = await check.CheckHealthAsync(new HealthCheckContext());

        Assert.Equal((HealthStatus.Unhealthy, description, null), (result.Status, result.Description, result.Exception));
    }

    private static void AssertClosed(Exception failure, string? error = null)
    {
        Assert.DoesNotContain(Planted, failure.ToString(), StringComparison.Ordinal);
        if (error is not null)
            Assert.Equal(error, Assert.IsType<KeyreeveClientException>(failure).Error);
    }

    private static IDataProtector Protector(ServiceProvider program) => program.GetRequiredService<IDataProtectionProvider>().CreateProtector("cookies");

    private static IConfigurationRoot Build(EnvelopeEncryptor encryptor, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([new("Db", value)]).DecryptWithKeyreeve(encryptor).Build();

    private void StopServer() => _provider.Failure = new KeyreeveClientException(ClientError.ServerUnreachable, "No server.", null);

    private Secrets Open(EnvelopeEncryptor encryptor) =>
        new(new DbContextOptionsBuilder<Secrets>().UseSqlite(_connection).UseKeyreeve(new EntityProtection(encryptor) { DataClasses = Rules }).Options);

    private ServiceProvider Program(EnvelopeEncryptor encryptor)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddDataProtection().SetApplicationName("shop").PersistKeysToFileSystem(new DirectoryInfo(_folder)).ProtectKeysWithKeyreeve(encryptor, "orders");
        return services.BuildServiceProvider();
    }

    private sealed class Secrets(DbContextOptions<Secrets> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Secret>();
    }

    private sealed class Secret
    {
        public int Id { get; set; }

        [Protected("secret")]
        public string? Text { get; set; }
    }
}
