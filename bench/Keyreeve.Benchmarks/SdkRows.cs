using System.Diagnostics;
using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;

namespace Keyreeve.Benchmarks;

/// <summary>A size of value, and what rows call it.</summary>
internal sealed record ValueSize(string Name, int InBytes);

/// <summary>
/// Small values encrypted by the SDK under a data key that is cached as by default, on one thread, against a bare loop over one
/// AesGcm: a fresh random nonce for each value, and no envelope, context, commitment or key of the value's own.
/// </summary>
internal static class SdkRows
{
    /// <summary>What is encrypted.</summary>
    public static IReadOnlyList<ValueSize> Sizes { get; } = [new("64", 64), new("1k", 1024), new("1m", 1 << 20)];

    public static async Task<Comparison> EncryptAsync(Stage stage, ValueSize size)
    {
        var server = await stage.ServerAsync();
        var ours = new SdkLoad(server.Client, size.InBytes);
        return new Comparison
        {
            Name = $"sdk-encrypt-{size.Name}",
            Unit = "values/s",
            Ours = ours.RunAsync,
            Reference = duration => Task.Run(() => BareLoop(duration, size.InBytes)),
            ReferenceName = "bare loop over AesGcm",
            Owned = [ours],
        };
    }

    /// <summary>How much one call allocates, the envelope that it returns included.</summary>
    public static async Task<Comparison> AllocateAsync(Stage stage, ValueSize size)
    {
        var server = await stage.ServerAsync();
        var ours = new SdkLoad(server.Client, size.InBytes);
        return new Comparison { Name = $"sdk-allocated-{size.Name}", Unit = "bytes/call", Ours = _ => ours.CountAllocatedAsync(), Owned = [ours] };
    }

    private static double BareLoop(TimeSpan duration, int sizeInBytes)
    {
        using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var (nonce, value, ciphertext, tag) = (new byte[12], new byte[sizeInBytes], new byte[sizeInBytes], new byte[16]);
        var count = 0L;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < duration; count++)
        {
            RandomNumberGenerator.Fill(nonce);
            aes.Encrypt(nonce, value, ciphertext, tag);
        }

        return count / clock.Elapsed.TotalSeconds;
    }

    private sealed class SdkLoad(KeyreeveClient client, int sizeInBytes) : IAsyncDisposable
    {
        private readonly EnvelopeEncryptor _encryptor = new(client);
        private readonly byte[] _value = new byte[sizeInBytes];
        private readonly EncryptionContext _context = EncryptionContext.Of(("table", "orders"), ("row", "17"));

        // On one thread, as the bare loop: the task ends where it began as long as the data key is in the cache.
        public Task<double> RunAsync(TimeSpan duration) => Task.Run(async () =>
        {
            var count = 0L;
            var clock = Stopwatch.StartNew();
            for (; clock.Elapsed < duration; count++)
                _ = await _encryptor.EncryptAsync(ServerUnderTest.KeyName, _value, _context);
            return count / clock.Elapsed.TotalSeconds;
        });

        public Task<double> CountAllocatedAsync() => Task.Run(async () =>
        {
            const int calls = 10_000;
            // The first fetches the data key, and so may end on another thread.
            _ = await _encryptor.EncryptAsync(ServerUnderTest.KeyName, _value, _context);
            return await Task.Run(async () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < calls; i++)
                    _ = await _encryptor.EncryptAsync(ServerUnderTest.KeyName, _value, _context);
                return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)calls;
            });
        });

        public ValueTask DisposeAsync()
        {
            _encryptor.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
