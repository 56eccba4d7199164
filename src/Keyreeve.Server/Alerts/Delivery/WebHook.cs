using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding.Transports;

namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>
/// A web address to which each alert is posted. Any answer of 2xx takes it; redirects are not followed and no proxy is asked, so that it
/// goes where the configuration says.
/// </summary>
internal sealed class WebHook(AlertDestinationOptions options, string server) : IAlertTransport, IDisposable
{
    private readonly Uri _address = new(new UriBuilder(options.Scheme is "https" ? "https" : "http", options.Host, options.Port).Uri, options.Path);
    private HttpClient? _client;

    public async Task SendAsync(Alert alert, CancellationToken cancellationToken)
    {
        try
        {
            _client ??= Open();
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(AlertText.Json(alert, server)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (options.TokenFile is { } token) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Encoding.ASCII.GetString(PrivateFile.Read(token)).Trim());
            using var response = await _client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) throw new IOException($"it answers {(int)response.StatusCode}");
        }
        catch (HttpRequestException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    public void Dispose() => _client?.Dispose();

    private HttpClient Open()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.Scheme is "https") handler.SslOptions = SinkTls.OptionsFor(options.ToSink());
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = 64 * 1024 };
    }
}
