using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Benchmarks;

/// <summary>Posts one body over and over, as so many callers on so many HTTP/2 connections.</summary>
internal sealed class HttpLoad(Uri address, X509Certificate2 certificate, byte[] body, int connections, int callersPerConnection) : ILoad
{
    // A handler of its own for each: one would open one connection.
    private readonly HttpMessageInvoker[] _connections = [.. Enumerable.Range(0, connections).Select(_ => Connect(certificate))];
    private long _answered;

    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Answers per second, over so long.</summary>
    public async Task<double> RunAsync(TimeSpan length)
    {
        var (before, started) = (Answered, Stopwatch.GetTimestamp());
        await RunAsync(() => Stopwatch.GetElapsedTime(started) < length);
        return (Answered - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public Task RunAsync(CancellationToken stop) => RunAsync(() => !stop.IsCancellationRequested);

    public ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static HttpMessageInvoker Connect(X509Certificate2 certificate) => new(new SocketsHttpHandler
    {
        SslOptions = TlsPeer.ClientOptions(certificate),
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    });

    private Task RunAsync(Func<bool> goesOn) => Task.WhenAll(_connections.SelectMany(
        connection => Enumerable.Range(0, callersPerConnection).Select(_ => Task.Run(() => LoopAsync(connection, goesOn)))));

    private async Task LoopAsync(HttpMessageInvoker connection, Func<bool> goesOn)
    {
        while (goesOn())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new ByteArrayContent(body),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await connection.SendAsync(request, CancellationToken.None);
            var content = await answer.Content.ReadAsByteArrayAsync();
            if (answer.StatusCode != HttpStatusCode.OK || content.Length < body.Length / 2)
                throw new InvalidOperationException($"{address} answered {(int)answer.StatusCode}, {content.Length} bytes.");
            Interlocked.Increment(ref _answered);
        }
    }
}
