using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Client;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>A thousand records in a batch, and how many round trips they cost.</summary>
public sealed class BatchTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int Records = 1000;

    [Fact]
    public async Task Envelopes_ThousandRecords_CostOneRoundTripEachWay()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-a");
        using var encryptor = new EnvelopeEncryptor(client, new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero });

        var envelopes = await encryptor.EncryptManyAsync("batch-a", Values());
        Assert.Equal(1, trips.Take());
        var values = await encryptor.DecryptManyAsync(Bind(envelopes));

        Assert.Equal(1, trips.Take());
        AssertAll(values);
    }

    [Fact]
    public async Task Envelopes_ThousandRecordsWithADataKeyEach_AreDecryptedInOneRoundTrip()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-b");
        using var provider = new EnvelopeEncryptor(client, new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero });
        var envelopes = new byte[Records][];
        for (var i = 0; i < Records; i++)
            envelopes[i] = await provider.EncryptAsync("batch-b", Value(i), Context(i));
        trips.Take();

        AssertAll(await provider.DecryptManyAsync(Bind(envelopes)));

        Assert.Equal(1, trips.Take());
    }

    [Fact]
    public async Task Server_ThousandRecords_CostOneRoundTripEachWayAndARecordEach()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-c");

        var made = await client.EncryptManyAsync("batch-c", Values());
        Assert.Equal(1, trips.Take());
        var opened = await client.DecryptManyAsync(Bind([.. made.Select(static one => one.Ciphertext)]));

        Assert.Equal(1, trips.Take());
        AssertAll([.. opened.Select(static one => one.Plaintext)]);
        var recorded = server.ReadAudit().Select(static line => line["event"]!.AsObject()).Where(static record => record["keyName"]?.GetValue<string>() is "batch-c").ToLookup(static record => record["operation"]!.GetValue<string>());
        Assert.Equal(Records, recorded["Encrypt"].Count());
        Assert.Equal(Records, recorded["Decrypt"].Count());
    }

    [Fact]
    [Trait("Attack", "37")]
    [Trait("Attack", "39")]
    public async Task Unwrap_AmongMany_RefusesEachThatIsNotWhatItSays()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-d");
        using var one = await client.GenerateDataKeyAsync("batch-d", EncryptionContext.Empty);
        using var other = await client.GenerateDataKeyAsync("batch-d", EncryptionContext.Of(("of", "other")));
        var wrapped = one.WrappedKey;
        var altered = one.Wrapped;
        altered[^1] ^= 1;

        var secrets = await client.UnwrapDataKeysAsync(
            [
                wrapped,
                new WrappedDataKey(Guid.NewGuid(), wrapped.KeyVersion, one.Wrapped),
                new WrappedDataKey(wrapped.KeyId, wrapped.KeyVersion + 1, one.Wrapped),
                new WrappedDataKey(wrapped.KeyId, wrapped.KeyVersion, altered),
                other.WrappedKey,
                wrapped,
            ],
            EncryptionContext.Empty);

        Assert.Equal([true, false, false, false, false, true], secrets.Select(static secret => secret is not null));
        foreach (var secret in secrets)
            secret?.Dispose();
    }

    [Fact]
    public async Task Batch_EmptyOrTooLarge_IsRefused()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-e");
        Assert.Empty(await client.EncryptManyAsync("batch-e", []));
        Assert.Equal(0, trips.Take());

        // One more than a request takes: two requests.
        var made = await client.EncryptManyAsync("batch-e", [.. Values(), new BoundValue(Value(0), EncryptionContext.Empty)]);
        Assert.Equal(Records + 1, made.Count);
        Assert.Equal(2, trips.Take());

        var tooLarge = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.EncryptManyAsync("batch-e", [new BoundValue(new byte[65537], EncryptionContext.Empty)]));
        Assert.Equal("RequestTooLarge", tooLarge.Error);
        var nobodys = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.EncryptManyAsync("no-such-key", Values()));
        Assert.Equal(ClientError.ItemNotFound, nobodys.Error);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task DecryptMany_OneOfThemAltered_GivesNothingOut()
    {
        using var trips = new RoundTrips(server);
        using var client = await trips.ConnectAsync("batch-f");
        var made = await client.EncryptManyAsync("batch-f", [.. Values().Take(3)]);
        made[1].Ciphertext[^1] ^= 1;

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.DecryptManyAsync(Bind([.. made.Select(static one => one.Ciphertext)])));

        Assert.Equal(ClientError.CryptographicFailure, refusal.Error);
    }

    private static byte[] Value(int i) => Encoding.UTF8.GetBytes($"record {i}");

    private static EncryptionContext Context(int i) => EncryptionContext.Of(("row", $"{i}"));

    private static List<BoundValue> Values() => [.. Enumerable.Range(0, Records).Select(static i => new BoundValue(Value(i), Context(i)))];

    private static List<BoundValue> Bind(IReadOnlyList<byte[]> envelopes) => [.. envelopes.Select(static (envelope, i) => new BoundValue(envelope, Context(i)))];

    private static void AssertAll(IReadOnlyList<byte[]> values) => Assert.Equal(Enumerable.Range(0, Records).Select(Value), values);

    /// <summary>Counts what goes over the wire.</summary>
    private sealed class RoundTrips(ServerFixture server) : IDisposable
    {
        private readonly Counter _counter = new(server);

        public async Task<KeyreeveClient> ConnectAsync(string key)
        {
            var options = ProviderConnections.OptionsOf(server, server.App, server.RestAddress);
            var client = new KeyreeveClient(new RestTransport(options, _counter, TimeProvider.System));
            await client.Keys.CreateAsync(new NewKey { Name = key });
            _counter.Requests = 0;
            return client;
        }

        public int Take()
        {
            var requests = _counter.Requests;
            _counter.Requests = 0;
            return requests;
        }

        public void Dispose() => _counter.Dispose();
    }

    private sealed class Counter : DelegatingHandler
    {
        public Counter(ServerFixture server)
            : base(new SocketsHttpHandler { SslOptions = Tls(server) })
        {
        }

        public int Requests { get; set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }

        private static SslClientAuthenticationOptions Tls(ServerFixture server) => ClientTls.Create(
            new X509Certificate2Collection(server.Authority),
            ClientIdentity.Read(
                ProviderConnections.OptionsOf(server, server.App, server.RestAddress).Complete(new KeyServer { Address = server.RestAddress }), []));
    }
}
