using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>
/// A web address that takes records by POST, one JSON object a line (<c>application/x-ndjson</c>). Any answer of 2xx confirms
/// the whole batch; redirects are not followed, and no proxy is asked, so that records go where the configuration says.
/// </summary>
internal sealed class WebTransport : ISinkTransport
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    private readonly SinkOptions _options;
    private HttpClient? _client;

    public WebTransport(SinkOptions options)
    {
        _options = options;
        var server = new UriBuilder(options.Scheme == SinkScheme.Https ? "https" : "http", options.Host, options.Port).Uri;
        Address = new Uri(server, options.Path);
    }

    public SinkAssurance Assurance => SinkAssurance.Confirmed;

    private Uri Address { get; }

    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _client?.Dispose();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
        };
        if (_options.Scheme == SinkScheme.Https) handler.SslOptions = SinkTls.OptionsFor(_options);
        _client = new HttpClient(handler) { Timeout = TimeLimit, MaxResponseContentBufferSize = 64 * 1024 };
        return ValueTask.CompletedTask;
    }

    public async ValueTask SendAsync(IReadOnlyList<SinkMessage> messages, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = new ByteArrayContent(MessageLines.Join(messages)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        if (_options.TokenFile is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Encoding.ASCII.GetString(PrivateFile.Read(token)).Trim());
        try
        {
            using var response = await _client!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode) throw new IOException($"it answered {(int)response.StatusCode}");
        }
        catch (HttpRequestException failure)
        {
            throw new IOException(failure.InnerException?.Message ?? failure.Message, failure);
        }
        catch (TaskCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("no answer", failure);
        }
    }

    public void ThrowIfClosed()
    {
        // Each batch is a request of its own.
    }

    public ValueTask<bool> CloseAsync() => ValueTask.FromResult(true);

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return ValueTask.CompletedTask;
    }
}
