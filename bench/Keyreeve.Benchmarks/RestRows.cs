using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Keyreeve.Benchmarks;

/// <summary>REST encrypt over mutual TLS and HTTP/2, against bare Kestrel that sends back what it gets.</summary>
internal static class RestRows
{
    private const int Connections = 4;
    private const int CallersPerConnection = 16;
    private const int PlaintextSizeInBytes = 128;

    public static async Task<Comparison> EncryptAsync(Stage stage)
    {
        var server = await stage.ServerAsync();
        var echo = await stage.RestEchoAsync();
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            plaintext = RandomNumberGenerator.GetBytes(PlaintextSizeInBytes),
            context = new { table = "orders", row = "17" },
        });
        var ours = new HttpLoad(new Uri(server.ClientOptions.Servers[0].Address, $"/v1/keys/{ServerUnderTest.KeyName}/encrypt"), server.Certificate, body);
        var reference = new HttpLoad(new Uri($"https://localhost:{echo.EndPoint.Port}/"), server.Certificate, body);
        return new Comparison
        {
            Name = "rest-encrypt",
            Unit = "requests/s",
            Ours = ours.RunAsync,
            Reference = reference.RunAsync,
            ReferenceName = "bare Kestrel, echo",
            WarmUp = stage.WarmUpOf("rest"),
            Owned = [ours, reference],
        };
    }

    /// <summary>Posts one body over and over, as so many callers on so many HTTP/2 connections.</summary>
    private sealed class HttpLoad(Uri address, X509Certificate2 certificate, byte[] body) : IAsyncDisposable
    {
        // A handler of its own for each: one would open one connection.
        private readonly HttpMessageInvoker[] _connections = [.. Enumerable.Range(0, Connections).Select(_ => Connect(certificate))];

        public async Task<double> RunAsync(TimeSpan length)
        {
            var started = Stopwatch.GetTimestamp();
            var callers = _connections.SelectMany(connection => Enumerable.Range(0, CallersPerConnection).Select(_ => Task.Run(() => LoopAsync(connection, started, length))));
            var counts = await Task.WhenAll(callers);
            return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

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

        private async Task<long> LoopAsync(HttpMessageInvoker connection, long started, TimeSpan length)
        {
            var count = 0L;
            for (; Stopwatch.GetElapsedTime(started) < length; count++)
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
            }

            return count;
        }
    }
}
