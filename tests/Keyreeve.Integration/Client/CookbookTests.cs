using System.IO.Pipelines;
using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>The recipes of docs/sdk.md, run against a server; the page's code is compared with what stands here.</summary>
public sealed class CookbookTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private string _configuration = "";

    public async ValueTask InitializeAsync() => _configuration = await ProviderConnections.PrepareAsync(server, _scratch, "orders");

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Field()
    {
        var path = _configuration;
        var customer = "4711";

        var settings = ClientSettings.Load(path);
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);

        var context = EncryptionContext.Of(("table", "customers"), ("column", "card"), ("row", customer));
        string stored = await encryptor.EncryptTextAsync("orders", "4111 1111 1111 1111", context);
        string card = await encryptor.DecryptTextAsync(stored, context);

        Assert.Equal("4111 1111 1111 1111", card);
        await Assert.ThrowsAsync<KeyreeveClientException>(() => encryptor.DecryptTextAsync(stored, EncryptionContext.Empty).AsTask());
    }

    [Fact]
    public async Task FieldUnderTheKeyOfTheConfiguration()
    {
        var settings = ClientSettings.Load(_configuration);
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        var context = EncryptionContext.Of(("row", "4711"));

        string stored = await encryptor.EncryptTextAsync("4111 1111 1111 1111", context);
        string card = await encryptor.DecryptTextAsync(stored, context);

        Assert.Equal("4111 1111 1111 1111", card);
    }

    [Fact]
    public async Task KeyThatIsNotNamedOrNotThere_IsSaidByItsName()
    {
        await using var provider = ClientSettings.Load(_configuration).OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider);

        var unnamed = await Assert.ThrowsAsync<KeyreeveClientException>(() => encryptor.EncryptTextAsync("4111", EncryptionContext.Empty).AsTask());
        var absent = await Assert.ThrowsAsync<KeyreeveClientException>(() => encryptor.EncryptTextAsync("ordres", "4111", EncryptionContext.Empty).AsTask());

        Assert.Equal("No key is named: say which in the call, or by 'key = NAME' in the section [client] of the configuration.", unnamed.Message);
        Assert.Equal((ClientError.ItemNotFound, "There is no key 'ordres', or this client may not know of it."), (absent.Error, absent.Message));
    }

    [Fact]
    public async Task Records()
    {
        var settings = ClientSettings.Load(_configuration);
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        byte[][] rows = [.. Enumerable.Range(0, 1000).Select(static i => BitConverter.GetBytes(i))];

        var values = rows.Select((row, i) => new BoundValue(row, EncryptionContext.Of(("row", $"{i}")))).ToList();
        IReadOnlyList<byte[]> envelopes = await encryptor.EncryptManyAsync("orders", values);
        var stored = envelopes.Select((envelope, i) => new BoundValue(envelope, values[i].Context)).ToList();
        IReadOnlyList<byte[]> again = await encryptor.DecryptManyAsync(stored);

        Assert.Equal(rows, again);
    }

    [Fact]
    public async Task FilesStreamsAndPipes()
    {
        var settings = ClientSettings.Load(_configuration);
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        await File.WriteAllBytesAsync(_scratch["report.pdf"], RandomNumberGenerator.GetBytes(100_000));
        var (plain, encrypted) = (_scratch["report.pdf"], _scratch["report.pdf.kre"]);

        var context = EncryptionContext.Of(("purpose", "backup"));
        await encryptor.EncryptFileAsync("orders", plain, encrypted, context);

        await using var file = File.OpenRead(encrypted);
        await using var reading = await encryptor.OpenReadAsync(file, context);
        reading.Position = 50_000;
        var piece = new byte[100];
        await reading.ReadExactlyAsync(piece);

        Assert.Equal((await File.ReadAllBytesAsync(plain))[50_000..50_100], piece);

        var (source, middle, end) = (new Pipe(), new Pipe(), new Pipe());
        await source.Writer.WriteAsync(new byte[3000]);
        await source.Writer.CompleteAsync();
        await encryptor.EncryptAsync("orders", source.Reader, middle.Writer, context);
        await middle.Writer.CompleteAsync();
        await encryptor.DecryptAsync(middle.Reader, end.Writer, context);
        await end.Writer.CompleteAsync();
        Assert.Equal(3000, (await end.Reader.ReadAtLeastAsync(3000)).Buffer.Length);
    }

    [Fact]
    public async Task WriteAsYouGo()
    {
        var settings = ClientSettings.Load(_configuration);
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        var context = EncryptionContext.Of(("queue", "payments"));
        var destination = new MemoryStream();

        await using (var writing = await encryptor.OpenWriteAsync("orders", destination, context))
        {
            await writing.WriteAsync("line by line\n"u8.ToArray());
            await writing.CompleteAsync();
        }

        var output = new MemoryStream();
        destination.Position = 0;
        await encryptor.DecryptAsync(destination, output, context);
        Assert.Equal("line by line\n"u8.ToArray(), output.ToArray());
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task DataSet()
    {
        var settings = ClientSettings.Load(_configuration);
        await using var provider = settings.OpenProvider();
        var dataSet = EncryptionContext.Of(("data set", "invoices 2027"));
        var row = EncryptionContext.Of(("row", "1"));

        byte[] wrapped, value;
        using (var key = await DataSetKey.CreateAsync(provider, "orders", dataSet))
        {
            value = key.Encrypt("1,200.00"u8, row);
            wrapped = key.Wrapped.ToArray();
        }

        using var unlocked = await DataSetKey.UnlockAsync(provider, wrapped, dataSet);
        byte[] amount = unlocked.Decrypt(value, row);
        unlocked.Lock();

        Assert.Equal("1,200.00"u8.ToArray(), amount);
        Assert.Equal(8 + 80, value.Length);
        Assert.True(unlocked.IsLocked);
        Assert.Throws<ObjectDisposedException>(() => unlocked.Decrypt(value, row));
        await Assert.ThrowsAsync<KeyreeveClientException>(() => DataSetKey.UnlockAsync(provider, wrapped, row));
        using var other = await DataSetKey.CreateAsync(provider, "orders", dataSet);
        Assert.Throws<KeyreeveClientException>(() => other.Decrypt(value, row));
        var moved = await new EnvelopeReWrapper(provider, provider, "orders").ReWrapAsync(wrapped);
        using var again = await DataSetKey.UnlockAsync(provider, moved, dataSet);
        Assert.Equal(amount, again.Decrypt(value, row));
        AssertInTrail("GenerateDataKey", "Decrypt");
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Subject()
    {
        var settings = ClientSettings.Load(_configuration);
        using var client = new KeyreeveClient(settings.Connection);
        using var encryptor = new EnvelopeEncryptor(client, settings.Encryption);
        var context = EncryptionContext.Of(("table", "patients"), ("column", "diagnosis"));

        var patients = new SubjectKeys(client, encryptor, "patient");
        byte[] stored = await patients.EncryptAsync("anna@example.org", "healthy"u8.ToArray(), context);
        byte[] diagnosis = await patients.DecryptAsync("anna@example.org", stored, context);

        Assert.Equal("healthy"u8.ToArray(), diagnosis);
        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => patients.DecryptAsync("bob@example.org", stored, context))).Error);
        Assert.DoesNotContain("anna", patients.NameOf("anna@example.org"), StringComparison.Ordinal);

        await patients.EraseAsync("anna@example.org");

        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => patients.DecryptAsync("anna@example.org", stored, context))).Error);
        Assert.False(await patients.EraseAsync("anna@example.org"));
        AssertInTrail("Create", "GenerateDataKey", "Destroy");
    }

    [Fact]
    public async Task ByTheServer()
    {
        var settings = ClientSettings.Load(_configuration);
        using var client = new KeyreeveClient(settings.Connection);
        var context = EncryptionContext.Of(("table", "pins"));

        ServerCiphertext made = await client.EncryptAsync("orders", "1234"u8.ToArray(), context);
        ServerPlaintext pin = await client.DecryptAsync(made.Ciphertext, context);

        Assert.Equal("1234"u8.ToArray(), pin.Plaintext);
    }

    [Fact]
    public async Task ManyByTheServer()
    {
        var settings = ClientSettings.Load(_configuration);
        using var client = new KeyreeveClient(settings.Connection);
        var values = Enumerable.Range(0, 10).Select(static i => new BoundValue(BitConverter.GetBytes(i), EncryptionContext.Of(("row", $"{i}")))).ToList();

        IReadOnlyList<ServerCiphertext> made = await client.EncryptManyAsync("orders", values);
        var stored = made.Select((one, i) => new BoundValue(one.Ciphertext, values[i].Context)).ToList();
        IReadOnlyList<ServerPlaintext> again = await client.DecryptManyAsync(stored);

        Assert.Equal(values.Select(static value => value.Content.ToArray()), again.Select(static one => one.Plaintext));
    }

    [Fact]
    public async Task Rotation()
    {
        var settings = ClientSettings.Load(_configuration);
        using var client = new KeyreeveClient(settings.Connection);
        await client.Keys.CreateAsync(new NewKey { Name = "turning" });
        await using var provider = settings.OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        var context = EncryptionContext.Of(("row", "1"));
        byte[] stored = await encryptor.EncryptAsync("turning", "value"u8.ToArray(), context);
        await client.Keys.RotateAsync("turning");

        var rewrapper = new EnvelopeReWrapper(from: provider, to: provider, key: "turning");
        byte[] current = await rewrapper.ReWrapAsync(stored);

        var target = await rewrapper.FindTargetAsync();
        Assert.True(EnvelopeReWrapper.IsUnder(current, target));
        Assert.False(EnvelopeReWrapper.IsUnder(stored, target));
        Assert.Equal("value"u8.ToArray(), await encryptor.DecryptAsync(stored, context));
        Assert.Equal("value"u8.ToArray(), await encryptor.DecryptAsync(current, context));
    }

    [Theory]
    [InlineData("docs/sdk.md")]
    [InlineData("src/Keyreeve.Client/README.md")]
    [InlineData("docs/choosing.md")]
    [InlineData("docs/cookbook.md", "CookbookRecipesTests")]
    public void Page_EveryPieceOfCode_StandsHere(string page, string tests = "CookbookTests") =>
        PageCode.AssertStandsIn(page, $"tests/Keyreeve.Integration/Client/{tests}.cs");

    private void AssertInTrail(params string[] operations)
    {
        var recorded = server.ReadAudit().Select(static record => record["event"]?["operation"]?.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        Assert.All(operations, operation => Assert.Contains(operation, recorded));
    }
}
