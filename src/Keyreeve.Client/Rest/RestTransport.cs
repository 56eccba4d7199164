using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keyreeve.Client.Rest;

/// <summary>Sends requests to the first server that takes them, and turns refusals and failures into one kind of exception.</summary>
internal sealed class RestTransport : IDisposable
{
    private const string ProblemTypePrefix = "urn:keyreeve:error:";

    private readonly HttpClient _http;
    private readonly ImmutableArray<Uri> _servers;
    private readonly string? _purpose;
    private readonly TimeSpan _timeLimit;
    private int _preferred;

    public RestTransport(ClientOptions options, SslClientAuthenticationOptions tls)
        : this(options, CreateHandler(options, tls))
    {
    }

    internal RestTransport(ClientOptions options, HttpMessageHandler handler)
    {
        _servers = options.Servers;
        _purpose = options.Purpose;
        _timeLimit = options.RequestTimeLimit;
        _http = new HttpClient(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends a GET and reads the answer.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var answer = await SendAsync(new RestRequest(HttpMethod.Get, path), cancellationToken).ConfigureAwait(false);
        return answer.Read(type);
    }

    /// <summary>Sends a request; the body of the answer is the caller's to dispose.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public async Task<AnswerBody> SendAsync(RestRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeLimit);
        try
        {
            return await SendToAnyAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KeyreeveClientException(
                ClientError.TimedOut, $"No answer within {_timeLimit.TotalSeconds:0.#} s; the request may have been carried out.", cause: e);
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler CreateHandler(ClientOptions options, SslClientAuthenticationOptions tls) => new()
    {
        SslOptions = tls,
        ConnectTimeout = options.ConnectTimeLimit,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // A proxy from the environment would end the TLS that both sides authenticate each other with.
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        // Connections are renewed now and then, so that a changed address of the server is seen.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
    };

    private async Task<AnswerBody> SendToAnyAsync(RestRequest request, CancellationToken cancellationToken)
    {
        var first = Volatile.Read(ref _preferred);
        var failures = new List<string>();
        Exception? last = null;
        // A repeatable request has one more attempt than there are servers: the first connection may be one that the server
        // closed a moment ago.
        var attempts = _servers.Length + (request.IsRepeatable ? 1 : 0);
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            var index = (first + failures.Count) % _servers.Length;
            try
            {
                var answer = await SendToAsync(_servers[index], request, cancellationToken).ConfigureAwait(false);
                Volatile.Write(ref _preferred, index);
                return answer;
            }
            catch (Exception e) when (DidNotConnect(e, cancellationToken))
            {
                failures.Add($"{_servers[index].Authority}: {Innermost(e).Message}");
                last = e;
                if (failures.Count == _servers.Length)
                    break;
            }
            catch (HttpRequestException e) when (request.IsRepeatable && attempt == 0 && !IsAboutTrust(e))
            {
                last = e;
            }
            catch (HttpRequestException e)
            {
                throw Translate(e, _servers[index]);
            }
        }

        throw new KeyreeveClientException(ClientError.ServerUnreachable, $"No server accepted a connection ({string.Join("; ", failures)}).", cause: last);
    }

    private async Task<AnswerBody> SendToAsync(Uri server, RestRequest request, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, new Uri(server, request.Path));
        if (request.Body.Length > 0)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (request.IdempotencyKey is not null)
            message.Headers.Add("Idempotency-Key", request.IdempotencyKey);
        if (_purpose is not null)
            message.Headers.Add("X-Keyreeve-Purpose", _purpose);

        using var answer = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        var body = await ReadBodyAsync(answer, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return body;
        using (body)
            throw Refusal(answer, body.Span);
    }

    private static async Task<AnswerBody> ReadBodyAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerBody.ReadAsync(answer.Content, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded, e.Message, e);
        }
    }

    private static KeyreeveClientException Refusal(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        var correlationId = answer.Headers.TryGetValues("X-Correlation-Id", out var ids) ? ids.FirstOrDefault() : null;
        if (answer.Content.Headers.ContentType?.MediaType is "application/problem+json" && TryReadProblem(body) is { } problem)
        {
            var error = problem.Type!.StartsWith(ProblemTypePrefix, StringComparison.Ordinal)
                ? problem.Type[ProblemTypePrefix.Length..]
                : ClientError.UnexpectedAnswer;
            return new KeyreeveClientException(
                error, problem.Detail ?? problem.Title ?? error, answer.StatusCode, problem.CorrelationId ?? correlationId);
        }

        return new KeyreeveClientException(
            ClientError.UnexpectedAnswer,
            $"{answer.RequestMessage?.RequestUri?.Authority} answered {(int)answer.StatusCode} {answer.ReasonPhrase} without saying why; is it a Keyreeve server?",
            answer.StatusCode,
            correlationId);
    }

    private static ProblemDetails? TryReadProblem(ReadOnlySpan<byte> body)
    {
        try
        {
            var problem = JsonSerializer.Deserialize(body, ClientJson.Default.ProblemDetails);
            return problem?.Type is null ? null : problem;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool DidNotConnect(Exception e, CancellationToken cancellationToken) => e switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => true,
        // That is how the handler reports that ConnectTimeout passed.
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        _ => false,
    };

    private static bool IsAboutTrust(HttpRequestException e) => e.HttpRequestError == HttpRequestError.SecureConnectionError;

    private static KeyreeveClientException Translate(HttpRequestException e, Uri server)
    {
        if (IsAboutTrust(e) && e.InnerException is AuthenticationException authentication)
        {
            var message = $"{server.Authority} could not prove who it is: {Innermost(authentication).Message}";
            return new KeyreeveClientException(ClientError.ServerNotTrusted, message, cause: e);
        }

        return new KeyreeveClientException(
            ClientError.ConnectionLost,
            // spec: RFC 8446 §4.4.2.4 leaves to the server how it refuses a certificate; of a TLS 1.3 server one sees only the end.
            $"{server.Authority} ended the connection before it answered ({Innermost(e).Message}); servers do so when they do not accept the certificate.",
            cause: e);
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
