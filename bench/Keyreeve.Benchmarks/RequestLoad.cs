using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Security;

namespace Keyreeve.Benchmarks;

/// <summary>
/// Sends one message over and over on several connections, one in flight on each, and counts the answers. A message is
/// framed as KMIP frames it: the length of what follows stands in bytes 4 to 7.
/// </summary>
internal sealed class RequestLoad(IReadOnlyList<SslStream> connections, ReadOnlyMemory<byte> request) : IAsyncDisposable
{
    /// <summary>Answers per second, over so long.</summary>
    public async Task<double> RunAsync(TimeSpan length)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(connections.Select(c => Task.Run(() => LoopAsync(c, started, length))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections) await connection.DisposeAsync();
    }

    private async Task<long> LoopAsync(SslStream connection, long started, TimeSpan length)
    {
        var buffer = new byte[16 * 1024];
        var count = 0L;
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            await connection.WriteAsync(request);
            var received = 0;
            var expected = 8;
            while (received < expected)
            {
                var read = await connection.ReadAsync(buffer.AsMemory(received));
                if (read == 0) throw new IOException("The server closed the connection.");
                received += read;
                if (received >= 8) expected = 8 + checked((int)BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(4)));
            }

            count++;
        }

        return count;
    }
}
