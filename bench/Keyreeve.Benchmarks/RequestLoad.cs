using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Security;

namespace Keyreeve.Benchmarks;

/// <summary>
/// Sends one message over and over on several connections, so many in flight on each, and counts the answers. A message is
/// framed as KMIP frames it: the length of what follows stands in bytes 4 to 7.
/// </summary>
internal sealed class RequestLoad : ILoad
{
    /// <summary>From so many bytes the size of a message is known.</summary>
    public const int HeaderSizeInBytes = 8;

    private static readonly TimeSpan AnswerTimeLimit = TimeSpan.FromSeconds(30);

    private readonly IReadOnlyList<SslStream> _connections;
    private readonly byte[] _requests;
    private readonly int _inFlight;
    private readonly int _answerSize;
    private long _answered;

    private RequestLoad(IReadOnlyList<SslStream> connections, byte[] requests, int inFlight, int answerSize)
    {
        _connections = connections;
        _requests = requests;
        _inFlight = inFlight;
        _answerSize = answerSize;
    }

    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Opens connections, and looks at the first answer.</summary>
    /// <param name="connectAsync">Opens one.</param>
    /// <param name="connections">How many.</param>
    /// <param name="request">The message.</param>
    /// <param name="inFlight">How many are sent in one write before their answers are awaited.</param>
    /// <param name="check">Throws when an answer is not what is measured, such as a refusal; null takes any.</param>
    public static async Task<RequestLoad> OpenAsync(
        Func<Task<SslStream>> connectAsync, int connections, byte[] request, int inFlight = 1, Action<byte[]>? check = null)
    {
        var opened = new List<SslStream>();
        try
        {
            for (var i = 0; i < connections; i++) opened.Add(await connectAsync());
            var answer = await AnswerAsync(opened[0], request);
            check?.Invoke(answer);
            var requests = Enumerable.Repeat(request, inFlight).SelectMany(static r => r).ToArray();
            return new RequestLoad(opened, requests, inFlight, answer.Length);
        }
        catch
        {
            foreach (var connection in opened) await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The size of the message that begins here, its header included.</summary>
    public static int SizeOf(ReadOnlySpan<byte> message) =>
        HeaderSizeInBytes + checked((int)BinaryPrimitives.ReadUInt32BigEndian(message[4..]));

    /// <summary>Answers per second, over so long.</summary>
    public async Task<double> RunAsync(TimeSpan length) => (await RunAsync(length, static _ => { })).PerSecond;

    public Task RunAsync(CancellationToken stop) =>
        Task.WhenAll(_connections.Select(c => Task.Run(() => LoopAsync(c, _ => !stop.IsCancellationRequested, static _ => { }), CancellationToken.None)));

    /// <summary>Answers, answers per second, and the time within which 99 of 100 came.</summary>
    public async Task<(long Count, double PerSecond, TimeSpan Slow)> RunTimedAsync(TimeSpan length)
    {
        var times = new ConcurrentBag<List<long>>();
        var (count, perSecond) = await RunAsync(length, times.Add);
        var sorted = times.SelectMany(static t => t).Order().ToList();
        return (count, perSecond, Stopwatch.GetElapsedTime(0, sorted[(int)(sorted.Count * 0.99)]));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) await connection.DisposeAsync();
    }

    private static async Task<byte[]> AnswerAsync(SslStream connection, byte[] request)
    {
        await connection.WriteAsync(request);
        var header = new byte[HeaderSizeInBytes];
        await connection.ReadExactlyAsync(header);
        var answer = new byte[SizeOf(header)];
        header.CopyTo(answer, 0);
        await connection.ReadExactlyAsync(answer.AsMemory(HeaderSizeInBytes));
        return answer;
    }

    private async Task<(long Count, double PerSecond)> RunAsync(TimeSpan length, Action<List<long>> takeTimes)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(_connections.Select(c => Task.Run(() => LoopAsync(c, sent => Stopwatch.GetElapsedTime(started, sent) < length, takeTimes)))).WaitAsync(length + AnswerTimeLimit);
        return (counts.Sum(), counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private async Task<long> LoopAsync(SslStream connection, Func<long, bool> goesOn, Action<List<long>> takeTimes)
    {
        var times = new List<long>();
        // All answers are as long as the first, or one of them is a refusal.
        var buffer = new byte[_answerSize * _inFlight];
        var count = 0L;
        for (var sent = Stopwatch.GetTimestamp(); goesOn(sent); sent = Stopwatch.GetTimestamp())
        {
            await connection.WriteAsync(_requests);
            await connection.ReadExactlyAsync(buffer);
            times.Add(Stopwatch.GetTimestamp() - sent);
            for (var i = 0; i < _inFlight; i++)
            {
                if (SizeOf(buffer.AsSpan(i * _answerSize)) != _answerSize)
                    throw new InvalidOperationException("An answer has another size than the first: a request was refused.");
            }

            count += _inFlight;
            Interlocked.Add(ref _answered, _inFlight);
        }

        takeTimes(times);
        return count;
    }
}
