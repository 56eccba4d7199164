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

        var generation = cache.Generation;
        cache.Forget(keyId);
        answer.SetResult(Key(keyId, 0, alias: " of envelopes"));

        Assert.Equal("KeyDisabled", (await Assert.ThrowsAsync<KeyreeveClientException>(() => holding).WaitAsync(Bound)).Error);
        // Neither to decrypt what was encrypted under it, nor by a batch that began before.
        Assert.Null(cache.TryHold(DataKeyUse.Decryption(" of envelopes")));
        var late = Key(keyId, 0);
        cache.Keep(" late", late, generation);
        Assert.Null(cache.TryHold(DataKeyUse.Decryption(" late")));
        late.Release();
    }

    [Fact]
    [Trait("Attack", "52")]
    public async Task Age_Reached_WipesWhatNobodyAsksFor()
    {
        var time = new FiringTime();
        using var cache = new DataKeyCache(new EnvelopeEncryptorOptions { TimeProvider = time, OutageGrace = TimeSpan.FromMinutes(2) });
        var first = await cache.HoldAsync(new DataKeyUse("orders", 1, 1), () => Task.FromResult(Key(Guid.NewGuid(), time.GetTimestamp())), default);
        first.Release();
        time.Advance(TimeSpan.FromMinutes(1));
        var second = await cache.HoldAsync(new DataKeyUse("papers", 1, 1), () => Task.FromResult(Key(Guid.NewGuid(), time.GetTimestamp())), default);
        second.Release();

        time.Advance(TimeSpan.FromMinutes(6) - TimeSpan.FromTicks(1));
        first.Aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]);
        time.Advance(TimeSpan.FromTicks(1));
        AssertWiped(first);
        second.Aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]);
        time.Advance(TimeSpan.FromMinutes(1));

        AssertWiped(second);
        Assert.Equal(0, time.Waiting);
    }

    [Theory]
    [InlineData("age")]
    [InlineData("uses")]
    [InlineData("room")]
    [InlineData("refused")]
    [InlineData("forgotten")]
    [Trait("Attack", "52")]
    public async Task Eviction_ForEachReason_WipesAndIsCounted(string reason)
    {
        using var counted = new CountedEvictions(reason);
        var time = new FiringTime();
        using var cache = new DataKeyCache(new EnvelopeEncryptorOptions { TimeProvider = time, DataKeyCapacity = 1, DataKeyMaxUses = 1 });
        var key = await HoldAsync("orders");
        key.Release();

        switch (reason)
        {
            case "age":
                time.Advance(TimeSpan.FromMinutes(5));
                break;
            case "uses":
                Assert.Null(cache.TryHold(new DataKeyUse("orders", 1, 1)));
                break;
            case "room":
                (await HoldAsync("papers")).Release();
                break;
            case "refused":
                cache.Refuse("orders");
                break;
            default:
                cache.Forget(key.Wrapped.KeyId);
                break;
        }

        AssertWiped(key);
        // Other tests of this process count too.
        Assert.True(counted.Count >= 1);

        Task<CachedDataKey> HoldAsync(string name) =>
            cache.HoldAsync(new DataKeyUse(name, 1, 1), () => Task.FromResult(Key(Guid.NewGuid(), time.GetTimestamp())), default).AsTask();
    }

    [Fact]
    public async Task Hold_ManyWhoMissTheSameKey_FetchOnceAndAllGetIt()
    {
        using var cache = new DataKeyCache(new EnvelopeEncryptorOptions());
        var answer = new TaskCompletionSource<CachedDataKey>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fetches = 0;
        var holding = Enumerable.Range(0, 100)
            .Select(_ => cache.HoldAsync(DataKeyUse.Decryption("orders"), () => { Interlocked.Increment(ref fetches); return answer.Task; }, default).AsTask()).ToArray();
        // Every one of them waits before there is an answer.
        Assert.All(holding, static one => Assert.False(one.IsCompleted));

        answer.SetResult(Key(Guid.NewGuid(), TimeProvider.System.GetTimestamp()));
        var held = await Task.WhenAll(holding).WaitAsync(Bound);

        Assert.Equal(1, fetches);
        Assert.Single(held.Distinct());
        foreach (var key in held)
            key.Release();
    }

    [Fact]
    public async Task Batch_KeysHalfwayThroughTheirLife_AreAskedAboutAsideByOneQuestion()
    {
        using var rig = new Rig(static options => options with { DataKeyMaxUses = 1 });
        var envelopes = new List<BoundValue>();
        for (var i = 0; i < 5; i++)
            envelopes.Add(new BoundValue(await rig.EncryptAsync(), Context));
        await rig.Encryptor.DecryptManyAsync(envelopes);
        rig.Server.Requests.Clear();

        rig.Server.Interpose = static _ => FakeServer.Problem(HttpStatusCode.Conflict, "KeyDisabled");
        rig.Time.Advance(TimeSpan.FromMinutes(3));

        await Rig.UntilRefusedAsync(() => rig.Encryptor.DecryptManyAsync(envelopes), "KeyDisabled");
        Assert.All(rig.Server.Requests, static request => Assert.EndsWith("/v1/decrypt-batch", request, StringComparison.Ordinal));
        Assert.Equal(2, rig.Server.Requests.Count);
    }

    [Fact]
    public async Task Batch_NoServer_GoesOnUntilTheGraceEnds()
    {
        using var rig = new Rig(static options => options with { OutageGrace = TimeSpan.FromMinutes(10) });
        var envelopes = new[] { new BoundValue(await rig.EncryptAsync(), Context) };
        rig.Server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError);

        rig.Time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(new byte[9], (await rig.Encryptor.DecryptManyAsync(envelopes))[0]);

        rig.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptManyAsync(envelopes))).IsOutage);
    }

    [Fact]
    public async Task Grace_NotChosen_IsNone()
    {
        Assert.Equal(TimeSpan.Zero, new EnvelopeEncryptorOptions().OutageGrace);
        using var rig = new Rig();
        var envelope = await rig.EncryptAsync();
        rig.Server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError);

        rig.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.True((await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptManyAsync([new BoundValue(envelope, Context)]))).IsOutage);
        Assert.True((await Assert.ThrowsAsync<KeyreeveClientException>(() => rig.Encryptor.DecryptAsync(envelope, Context).AsTask())).IsOutage);
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

    private static CachedDataKey Key(Guid keyId, long madeAt, string? alias = null) =>
        new(SecretBytes.Random(32), EnvelopeSuite.Aes256Gcm, new WrappedDataKey(keyId, 1, [1, 2, 3]), madeAt) { Alias = alias };

    private static void AssertWiped(CachedDataKey key)
    {
        Assert.False(key.TryHold());
        Assert.Throws<ObjectDisposedException>(() => key.Aead.Seal([], [], new byte[CommittingAead.OverheadInBytes]));
    }

    /// <summary>Counts evictions for one reason, as a listener of .NET's meters does.</summary>
    private sealed class CountedEvictions : IDisposable
    {
        private readonly System.Diagnostics.Metrics.MeterListener _listener = new();
        private long _count;

        public CountedEvictions(string reason)
        {
            _listener.InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name is "keyreeve.client.data_keys.evictions")
                    self.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                foreach (var tag in tags)
                {
                    if (tag.Key is "reason" && string.Equals(tag.Value as string, reason, StringComparison.Ordinal))
                        Interlocked.Add(ref _count, value);
                }
            });
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>A clock that stands, and whose timers go off when it is moved past their time.</summary>
    private sealed class FiringTime : TimeProvider
    {
        private readonly List<Timer> _timers = [];
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public int Waiting => _timers.Count;

        public override long GetTimestamp() => _ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state));
            timer.Change(dueTime, period);
            _timers.Add(timer);
            return timer;
        }

        public void Advance(TimeSpan time)
        {
            _ticks += time.Ticks;
            foreach (var timer in _timers.Where(timer => timer.At <= _ticks).ToArray())
                timer.Fire();
        }

        private sealed class Timer(FiringTime time, Action callback) : ITimer
        {
            public long At { get; private set; } = long.MaxValue;

            public void Fire()
            {
                At = long.MaxValue;
                callback();
            }

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Assert.Equal(Timeout.InfiniteTimeSpan, period);
                At = time._ticks + dueTime.Ticks;
                return true;
            }

            public void Dispose() => time._timers.Remove(this);

            public ValueTask DisposeAsync()
            {
                Dispose();
                return ValueTask.CompletedTask;
            }
        }
    }

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
