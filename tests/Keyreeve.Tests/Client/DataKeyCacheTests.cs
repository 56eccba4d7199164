using System.Net;
using Keyreeve.Client;
using Keyreeve.Client.Envelopes;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class DataKeyCacheTests
{
    private static readonly EncryptionContext Context = EncryptionContext.Of(("customer", "4711"));
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Refresh_KeyRefused_EndsItsUseBeforeTheLifetime()
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptAsync();

        rig.Server.Interpose = static _ => FakeServer.Problem(HttpStatusCode.Conflict, "KeyDisabled");
        rig.Time.Advance(TimeSpan.FromMinutes(3));
        await Rig.UntilRefusedAsync(() => rig.Encryptor.EncryptAsync("orders", new byte[9], Context).AsTask(), "KeyDisabled");
        await Rig.UntilRefusedAsync(() => rig.Encryptor.DecryptAsync(envelope, Context).AsTask(), "KeyDisabled");
    }

    [Fact]
    public async Task Refresh_NoServer_GoesOnUntilTheLifetimeEnds()
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptAsync();

        rig.Server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError);
        rig.Time.Advance(TimeSpan.FromMinutes(4));
        for (var i = 0; i < 10; i++)
            Assert.Equal(new byte[9], await rig.Encryptor.DecryptAsync(envelope, Context));
        await rig.EncryptAsync();

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptAsync(envelope, Context).AsTask());
        Assert.True(failure.IsOutage);
        await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.EncryptAsync());
    }

    [Fact]
    public async Task Grace_NoServer_GoesOnUntilItEnds()
    {
        using var rig = new Rig(static options => options with { OutageGrace = TimeSpan.FromMinutes(10) });
        var envelope = await rig.EncryptAsync();

        rig.Server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError);
        rig.Time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(new byte[9], await rig.Encryptor.DecryptAsync(envelope, Context));
        await rig.EncryptAsync();

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptAsync(envelope, Context).AsTask());
    }

    [Theory]
    [InlineData(HttpStatusCode.Conflict, "KeyDisabled")]
    [InlineData(HttpStatusCode.Forbidden, "PermissionDenied")]
    [InlineData(HttpStatusCode.Gone, "ObjectDestroyed")]
    public async Task Grace_Refused_EndsAtOnce(HttpStatusCode status, string error)
    {
        using var rig = new Rig(static options => options with { OutageGrace = TimeSpan.FromMinutes(10) });
        await rig.EncryptAsync();

        rig.Server.Interpose = _ => FakeServer.Problem(status, error);
        rig.Time.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal(error, (await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.EncryptAsync())).Error);
        rig.Server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError);
        Assert.True((await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.EncryptAsync())).IsOutage);
    }

    [Fact]
    public async Task MaxBytes_Reached_TakesANewDataKey()
    {
        using var rig = new Rig(static options => options with { DataKeyMaxBytes = 20 });

        for (var i = 0; i < 5; i++)
            await rig.EncryptAsync();

        Assert.Equal(3, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Capacity_Reached_ForgetsTheOneNotUsedForLongest()
    {
        using var rig = new Rig(static options => options with { DataKeyMaxUses = 1, DataKeyCapacity = 4 });
        var envelopes = new List<byte[]>();
        for (var i = 0; i < 3; i++)
            envelopes.Add(await rig.EncryptAsync());
        await rig.Encryptor.DecryptAsync(envelopes[0], Context);
        for (var i = 0; i < 2; i++)
            await rig.EncryptAsync();
        var before = rig.Server.Requests.Count;

        await rig.Encryptor.DecryptAsync(envelopes[0], Context);
        Assert.Equal(before, rig.Server.Requests.Count);
        await rig.Encryptor.DecryptAsync(envelopes[1], Context);
        Assert.Equal(before + 1, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Forget_Key_WipesWhatItWrapped()
    {
        using var rig = new Rig();
        var envelope = await rig.EncryptAsync();

        rig.Encryptor.Forget(FakeServer.KeyId);
        rig.Server.Interpose = static _ => FakeServer.Problem(HttpStatusCode.Gone, "ObjectDestroyed");

        await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptAsync(envelope, Context).AsTask());
        await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.EncryptAsync());
    }

    [Fact]
    public async Task Forget_WhileAFetchIsUnderWay_TheFetchDoesNotBringItBack()
    {
        using var cache = new DataKeyCache(new EnvelopeEncryptorOptions());
        var answer = new TaskCompletionSource<CachedDataKey>();
        var fetches = 0;
        var keyId = Guid.NewGuid();
        Task<CachedDataKey> FetchAsync() => ++fetches == 1 ? answer.Task : throw new KeyreeveClientException("KeyDisabled", "no", cause: null);
        var holding = cache.HoldAsync(new DataKeyUse("orders", 1, 1), FetchAsync, default).AsTask();
        while (Volatile.Read(ref fetches) == 0)
            await Task.Delay(1);

        cache.Forget(keyId);
        answer.SetResult(Key(keyId, 0));

        Assert.Equal("KeyDisabled", (await Assert.ThrowsAsync<KeyreeveClientException>(() => holding).WaitAsync(Bound)).Error);
    }

    [Fact]
    [Trait("Attack", "52")]
    public void Release_LastHolder_WipesTheKey()
    {
        var key = Key(Guid.NewGuid(), 0);
        Assert.True(key.TryHold());
        var aead = key.Aead;
        key.Release();
        aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]);
        key.Release();

        Assert.False(key.TryHold());
        Assert.Throws<ObjectDisposedException>(() => aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]));
    }

    [Fact]
    public async Task Dispose_KeysInUse_AreWipedOnceLetGo()
    {
        var cache = new DataKeyCache(new EnvelopeEncryptorOptions());
        var held = await cache.HoldAsync(new DataKeyUse("orders", 1, 1), () => Task.FromResult(Key(Guid.NewGuid(), 0)), default);

        cache.Dispose();
        held.Aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]);
        held.Release();

        Assert.Throws<ObjectDisposedException>(() => held.Aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]));
        Assert.Throws<ObjectDisposedException>(() => cache.TryHold(new DataKeyUse("orders", 1, 1)));
    }

    [Fact]
    public async Task Metrics_HitsAndFetches_AreCounted()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name is "Keyreeve.Client")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();
        using var rig = new Rig();

        for (var i = 0; i < 5; i++)
            await rig.EncryptAsync();

        // Other tests of this process count too.
        Assert.True(seen["keyreeve.client.data_keys.fetches"] >= 1);
        Assert.True(seen["keyreeve.client.data_keys.hits"] >= 4);
    }

    private static CachedDataKey Key(Guid keyId, long madeAt) =>
        new(SecretBytes.Random(32), EnvelopeSuite.Aes256Gcm, new WrappedDataKey(keyId, 1, [1, 2, 3]), madeAt);

    private sealed class Rig(Func<EnvelopeEncryptorOptions, EnvelopeEncryptorOptions>? change = null) : EncryptorRig(change)
    {
        public Task<byte[]> EncryptAsync() => Encryptor.EncryptAsync("orders", new byte[9], Context).AsTask();

        /// <summary>The refresh goes on beside the calls: until it is through, they may still find the key.</summary>
        public static async Task UntilRefusedAsync(Func<Task> call, string error)
        {
            using var limit = new CancellationTokenSource(Bound);
            while (true)
            {
                try
                {
                    await call();
                    await Task.Delay(1, limit.Token);
                }
                catch (KeyreeveClientException e)
                {
                    Assert.Equal(error, e.Error);
                    return;
                }
            }
        }
    }
}
