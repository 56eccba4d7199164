using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Client.Connecting;
using Keyreeve.Client.Renewal;

namespace Keyreeve.Client.Rest;

/// <summary>Sends requests to the first server that takes them, and turns refusals and failures into one kind of exception.</summary>
internal sealed class RestTransport : IDisposable
{
    private const string ProblemTypePrefix = "urn:keyreeve:error:";

    // What becomes of an answer that is no refusal: whoever reads it has it.
    private delegate Task<T> Reading<T>(HttpResponseMessage answer, CancellationToken cancellationToken);

    private readonly ServerRing<RestServer> _ring;
    private readonly ImmutableArray<RestServer> _servers;
    private readonly string? _purpose;
    private readonly BearerToken? _token;
    private readonly CertificateWatch? _watch;

    /// <summary>Reads the files that the options name, and looks after the certificates in them.</summary>
    public RestTransport(ClientOptions options, TimeProvider time)
        : this(options, [.. options.Servers.Select(server => new RestServer(options, server, time))], time)
    {
        if (_token is null)
            _watch = CertificateWatch.Start(options, _servers, time);
    }

    /// <summary>Reaches every server by the same TLS.</summary>
    public RestTransport(ClientOptions options, SslClientAuthenticationOptions tls)
        : this(options, [.. options.Servers.Select(server => new RestServer(options, server, tls))], TimeProvider.System)
    {
    }

    internal RestTransport(ClientOptions options, HttpMessageHandler handler, TimeProvider time)
        : this(options, [.. options.Servers.Select(server => new RestServer(options, server, handler))], time)
    {
    }

    private RestTransport(ClientOptions options, ImmutableArray<RestServer> servers, TimeProvider time)
    {
        _servers = servers;
        _purpose = options.Purpose;
        _token = options.Token is { } token ? new BearerToken(token) : null;
        _ring = new ServerRing<RestServer>(
            [.. servers.Select(static server => (server.Name, server))], options.LimitsWith(time),
            async (server, token) => (await SendToAsync(server, new RestRequest(HttpMethod.Get, "/v1/ready"), ReadAllAsync, token).ConfigureAwait(false)).Dispose());
    }

    /// <summary>Reads the files that the options name, for a few requests: it does not look after them.</summary>
    public static RestTransport Passing(ClientOptions options, TimeProvider time) =>
        new(options, [.. options.Servers.Select(server => new RestServer(options, server, time))], time);

    /// <summary>How it stands with the servers, in the order of preference.</summary>
    public ImmutableArray<KeyServerCondition> Conditions => _ring.Conditions;

    /// <summary>Sends a GET and reads the answer.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var answer = await SendAsync(new RestRequest(HttpMethod.Get, path), cancellationToken).ConfigureAwait(false);
        return answer.Read(type);
    }

    /// <summary>Sends a message with POST and reads the answer.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public async Task<TAnswer> PostAsync<TBody, TAnswer>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
        where TAnswer : class
    {
        var request = new RestRequest(HttpMethod.Post, path) { Body = JsonSerializer.SerializeToUtf8Bytes(body, bodyType) };
        using var answer = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(answerType);
    }

    /// <summary>Sends a DELETE for what has an identifier below a path.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public async Task DeleteAsync(string path, string id, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        using var answer = await SendAsync(new RestRequest(HttpMethod.Delete, $"{path}/{Uri.EscapeDataString(id)}"), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request to the first server that serves; the body of the answer is the caller's to dispose.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public Task<AnswerBody> SendAsync(RestRequest request, CancellationToken cancellationToken) =>
        _ring.RunAsync((server, token) => SendToAsync(server, request, ReadAllAsync, token), request.IsRepeatable, cancellationToken);

    /// <summary>Sends a GET whose answer is read as it comes; it is the caller's to dispose. The time for a request ends with its headers.</summary>
    /// <exception cref="KeyreeveClientException">It was refused or not delivered.</exception>
    public Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken) => _ring.RunAsync(
        (server, token) => SendToAsync(server, new RestRequest(HttpMethod.Get, path), static (answer, _) => Task.FromResult(answer), token),
        isRepeatable: true, cancellationToken);

    /// <summary>Renews the certificates that are due, or all.</summary>
    public Task<IReadOnlyList<CertificateRenewal>> RenewCertificatesAsync(bool evenIfNotDue, CancellationToken cancellationToken) =>
        _watch?.RenewAsync(evenIfNotDue, cancellationToken) ?? Task.FromResult<IReadOnlyList<CertificateRenewal>>([]);

    public void Dispose()
    {
        _watch?.Dispose();
        _ring.Dispose();
        foreach (var server in _servers)
            server.Dispose();
    }

    private async Task<T> SendToAsync<T>(RestServer server, RestRequest request, Reading<T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await TrustAndExchangeAsync(server, request, read, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e)
        {
            // spec: RFC 9110 §15.6.4 "503 … the server is currently unable to handle the request": sealed, not ready, no audit, no store.
            throw new AttemptFailedException(e.Status == HttpStatusCode.ServiceUnavailable ? AttemptFailure.NotServed : AttemptFailure.Final, e);
        }
        catch (Exception e) when (DidNotConnect(e, cancellationToken))
        {
            throw new AttemptFailedException(AttemptFailure.NotServed, new KeyreeveClientException(ClientError.ServerUnreachable, Innermost(e).Message, cause: e));
        }
        catch (HttpRequestException e) when (EndedInHandshake(e))
        {
            var error = new KeyreeveClientException(ClientError.ServerUnreachable, $"{server.Name} ended the handshake ({Innermost(e).Message}).", cause: e);
            throw new AttemptFailedException(AttemptFailure.NotServed, error);
        }
        catch (HttpRequestException e)
        {
            var isAboutTrust = IsAboutTrust(e) || IsRefusalOfCertificate(e);
            throw new AttemptFailedException(isAboutTrust ? AttemptFailure.Final : AttemptFailure.Lost, Translate(e, server.Name));
        }
    }

    private async Task<T> TrustAndExchangeAsync<T>(RestServer server, RestRequest request, Reading<T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await IdentifyAndExchangeAsync(server, request, read, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (IsAboutTrust(e) && server.Pinned is { MayBeFetched: true })
        {
            await server.Pinned.FetchAsync(server.Address, cancellationToken).ConfigureAwait(false);
            return await IdentifyAndExchangeAsync(server, request, read, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> IdentifyAndExchangeAsync<T>(RestServer server, RestRequest request, Reading<T> read, CancellationToken cancellationToken)
    {
        var shown = _token?.Current;
        try
        {
            return await ExchangeAsync(server, request, read, shown, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Status == HttpStatusCode.Unauthorized && _token?.TryReadAnother(shown!) is { } another)
        {
            // It was replaced meanwhile. Who was not let in has had nothing done.
            return await ExchangeAsync(server, request, read, another, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyreeveClientException e) when (e.Status == HttpStatusCode.Unauthorized && _watch is not null)
        {
            // The same with the certificate: renewed by another process, or by one that died before the old one was replaced.
            if (!await _watch.TakeOverAsync(server, cancellationToken).ConfigureAwait(false))
                throw;
            return await ExchangeAsync(server, request, read, shown, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<T> ExchangeAsync<T>(
        RestServer server, RestRequest request, Reading<T> read, AuthenticationHeaderValue? token, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(request.Method, new Uri(server.Address, request.Path));
        if (request.Body.Length > 0)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (request.IdempotencyKey is not null)
            message.Headers.Add("Idempotency-Key", request.IdempotencyKey);
        message.Headers.Authorization = token;
        if (_purpose is not null)
            message.Headers.Add("X-Keyreeve-Purpose", _purpose);

        var answer = await server.Http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return await read(answer, cancellationToken).ConfigureAwait(false);
        using (answer)
        {
            using var body = await ReadBodyAsync(answer, cancellationToken).ConfigureAwait(false);
            throw Refusal(answer, body.Span);
        }
    }

    private static async Task<AnswerBody> ReadAllAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        using (answer)
            return await ReadBodyAsync(answer, cancellationToken).ConfigureAwait(false);
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
            return Refusal(problem, answer.StatusCode, correlationId, answer.Headers.RetryAfter?.Delta);

        return new KeyreeveClientException(
            ClientError.UnexpectedAnswer,
            $"{answer.RequestMessage?.RequestUri?.Authority} answered {(int)answer.StatusCode} {answer.ReasonPhrase} without saying why; is it a Keyreeve server?",
            answer.StatusCode,
            correlationId);
    }

    private static KeyreeveClientException Refusal(ProblemDetails problem, HttpStatusCode? status, string? correlationId, TimeSpan? retryAfter)
    {
        var error = problem.Type!.StartsWith(ProblemTypePrefix, StringComparison.Ordinal) ? problem.Type[ProblemTypePrefix.Length..] : ClientError.UnexpectedAnswer;
        return new KeyreeveClientException(error, problem.Detail ?? problem.Title ?? error, status, problem.CorrelationId ?? correlationId)
        {
            Reference = problem.Reference, RetryAfter = retryAfter,
        };
    }

    /// <summary>The refusal in which an answer ends that goes on; null if the line is none.</summary>
    public static KeyreeveClientException? RefusalIn(ReadOnlySpan<byte> line) =>
        TryReadProblem(line) is { } problem ? Refusal(problem, problem.Status is { } status ? (HttpStatusCode)status : null, null, null) : null;

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

    /// <summary>The server went away before the request could be sent: it was killed, say. That says nothing about trust.</summary>
    private static bool EndedInHandshake(HttpRequestException e) =>
        IsAboutTrust(e) && e.InnerException is not AuthenticationException && !IsRefusalOfCertificate(e);

    private static bool IsAboutTrust(HttpRequestException e) => e.HttpRequestError == HttpRequestError.SecureConnectionError;

    /// <summary>A TLS alert says that the certificate was not accepted: another server of the same authority would say the same.</summary>
    private static bool IsRefusalOfCertificate(HttpRequestException e) =>
        Innermost(e).Message.Contains("alert", StringComparison.OrdinalIgnoreCase)
        && Innermost(e).Message.Contains("certificate", StringComparison.OrdinalIgnoreCase);

    private static KeyreeveClientException Translate(HttpRequestException e, string server)
    {
        if (IsAboutTrust(e) && e.InnerException is AuthenticationException authentication)
        {
            var message = $"{server} could not prove who it is: {Innermost(authentication).Message}";
            return new KeyreeveClientException(ClientError.ServerNotTrusted, message, cause: e);
        }

        return new KeyreeveClientException(
            ClientError.ConnectionLost,
            // spec: RFC 8446 §4.4.2.4 leaves to the server how it refuses a certificate; of a TLS 1.3 server one sees only the end.
            $"{server} ended the connection before it answered ({Innermost(e).Message}); servers do so when they do not accept the certificate.",
            cause: e);
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
