using System.Security.Cryptography;

namespace Keyreeve.Client.Envelopes;

/// <summary>Copies a stream so that the next piece is read while the last is written: one of the two encrypts or decrypts.</summary>
internal static class OverlappedCopy
{
    private const int PieceSizeInBytes = 1024 * 1024;

    /// <summary>Copies to the end, and returns how many bytes there were. The pieces in between are wiped.</summary>
    public static async Task<long> RunAsync(Stream source, Stream destination, Action<long> progress, CancellationToken cancellationToken)
    {
        var current = GC.AllocateUninitializedArray<byte>(PieceSizeInBytes, pinned: true);
        var next = GC.AllocateUninitializedArray<byte>(PieceSizeInBytes, pinned: true);
        Task<int>? reading = null;
        try
        {
            var done = 0L;
            var count = await ReadAsync(source, current, cancellationToken).ConfigureAwait(false);
            while (count > 0)
            {
                var buffer = next;
                reading = Task.Run(() => ReadAsync(source, buffer, cancellationToken), cancellationToken);
                await destination.WriteAsync(current.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                done += count;
                progress(done);
                count = await reading.ConfigureAwait(false);
                (current, next) = (next, current);
            }

            return done;
        }
        finally
        {
            // A read still under way would write into a buffer that was wiped.
            if (reading is not null)
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            CryptographicOperations.ZeroMemory(current);
            CryptographicOperations.ZeroMemory(next);
        }
    }

    private static Task<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellationToken) =>
        source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).AsTask();
}
