using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Values that are encrypted and decrypted, one after another by each worker, until they are told to stop.</summary>
internal sealed class EncryptionLoad : IAsyncDisposable
{
    private const int Workers = 4;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);
    private static readonly EncryptionContext Context = EncryptionContext.Of(("row", "1"));

    private readonly Lock _gate = new();
    private readonly List<string> _failures = [];
    private readonly CancellationTokenSource _end = new();
    private readonly EnvelopeEncryptor _encryptor;
    private readonly Task[] _workers;
    private int _done;
    private TimeSpan _slowest;

    public EncryptionLoad(IKeyProvider provider)
    {
        // Without a cache: every value asks a server twice.
        _encryptor = new EnvelopeEncryptor(provider, new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero });
        _workers = [.. Enumerable.Range(0, Workers).Select(_ => Task.Run(WorkAsync))];
    }

    /// <summary>Waits until calls that began after now have come through.</summary>
    public Task MoveOnAsync()
    {
        var enough = Volatile.Read(ref _done) + (4 * Workers);
        return UntilAsync(() => Volatile.Read(ref _done) >= enough, "calls went on");
    }

    public async Task UntilAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Bound);
        while (!condition())
        {
            AssertNothingLost();
            Assert.False(limit.IsCancellationRequested, $"Until {what}: not within {Bound.TotalSeconds} s; {Volatile.Read(ref _done)} values until then.");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Ends the work; says what was done.</summary>
    public async Task<string> EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_workers).WaitAsync(Bound);
        AssertNothingLost();
        return $"{_done} values, the slowest in {_slowest.TotalMilliseconds:0} ms, none lost";
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _encryptor.Dispose();
    }

    private async Task WorkAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var started = TimeProvider.System.GetTimestamp();
            try
            {
                var envelope = await _encryptor.EncryptAsync("orders", "value"u8.ToArray(), Context, CancellationToken.None);
                Assert.Equal("value"u8.ToArray(), await _encryptor.DecryptAsync(envelope, Context, CancellationToken.None));
                Interlocked.Increment(ref _done);
            }
            catch (Exception e)
            {
                lock (_gate)
                    _failures.Add(e.ToString());
                return;
            }

            lock (_gate)
                _slowest = TimeProvider.System.GetElapsedTime(started) is var took && took > _slowest ? took : _slowest;
        }
    }

    private void AssertNothingLost()
    {
        lock (_gate)
            Assert.True(_failures.Count == 0, $"{_failures.Count} calls were lost, the first: {_failures.FirstOrDefault()}");
    }
}
