using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Core;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>Who may use a route at all; what he may do is decided by policy.</summary>
internal enum RouteAuthentication
{
    None = 0,

    /// <summary>A client certificate whose key belongs to a principal.</summary>
    ClientCertificate,

    /// <summary>A client certificate, and no token; that it belongs to nobody the route tells in words of its own.</summary>
    CertificateOfAnybody,

    /// <summary>Anybody: liveness, the API's description, enrolment by one-time code.</summary>
    Anonymous,
}

/// <summary>One row of the table of routes: everything that holds for it, in one place.</summary>
internal sealed record RestRoute
{
    /// <summary>Its name, also in the API's description.</summary>
    public required string Name { get; init; }

    public required string Method { get; init; }

    public required string Pattern { get; init; }

    /// <summary>What it does, in one sentence.</summary>
    public required string Summary { get; init; }

    public RouteAuthentication Authentication { get; init; } = RouteAuthentication.ClientCertificate;

    /// <summary>The largest body; 0 if the route takes none.</summary>
    public int BodyLimitInBytes { get; init; }

    /// <summary>Whether the body may be left out.</summary>
    public bool IsBodyOptional { get; init; }

    /// <summary>From the end of the headers to the answer.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether an Idempotency-Key makes the request safe to send again.</summary>
    public bool TakesIdempotencyKey { get; init; }

    public ImmutableArray<RestParameter> Query { get; init; } = [];

    public int SuccessStatus { get; init; } = 200;

    /// <summary>The refusals that belong to this route, besides those that every route has.</summary>
    public ImmutableArray<KeyreeveError> Errors { get; init; } = [];

    public JsonTypeInfo? RequestType { get; init; }

    public JsonTypeInfo? ResponseType { get; init; }

    /// <summary>Of an answer that is not JSON what it is; null otherwise.</summary>
    public string? ResponseContentType { get; init; }

    public Func<RestExchange, CancellationToken, Task> Handler { get; init; } =
        static (_, _) => throw new InvalidOperationException("A route has a handler.");

    /// <summary>The row with a handler that answers a message.</summary>
    public RestRoute Answering<TResponse>(
        JsonTypeInfo<TResponse> responseType, Func<RestExchange, CancellationToken, ValueTask<TResponse>> handler)
        where TResponse : class => this with
        {
            ResponseType = responseType,
            Handler = async (exchange, cancellationToken) =>
            {
                var response = await handler(exchange, cancellationToken);
                await exchange.AnswerAsync(response, responseType, cancellationToken);
            },
        };

    /// <summary>The row with a handler that takes a message and answers one.</summary>
    public RestRoute Answering<TRequest, TResponse>(
        JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TResponse> responseType,
        Func<RestExchange, TRequest, CancellationToken, ValueTask<TResponse>> handler)
        where TRequest : class
        where TResponse : class => this with
        {
            RequestType = requestType,
            ResponseType = responseType,
            Handler = async (exchange, cancellationToken) =>
            {
                var request = await exchange.ReadBodyAsync(requestType, cancellationToken);
                using var secrets = request as IDisposable;
                var response = await handler(exchange, request, cancellationToken);
                await exchange.AnswerAsync(response, responseType, cancellationToken);
            },
        };

    /// <summary>The row with a handler that takes a message, or none, and answers one.</summary>
    public RestRoute AnsweringOptional<TRequest, TResponse>(
        JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TResponse> responseType,
        Func<RestExchange, TRequest?, CancellationToken, ValueTask<TResponse>> handler)
        where TRequest : class
        where TResponse : class => this with
        {
            RequestType = requestType,
            ResponseType = responseType,
            Handler = async (exchange, cancellationToken) =>
            {
                var request = exchange.HasBody ? await exchange.ReadBodyAsync(requestType, cancellationToken) : null;
                var response = await handler(exchange, request, cancellationToken);
                await exchange.AnswerAsync(response, responseType, cancellationToken);
            },
        };

    /// <summary>The row with a handler that answers that it is done.</summary>
    public RestRoute AnsweringNothing(Func<RestExchange, CancellationToken, ValueTask> handler) => this with
    {
        Handler = async (exchange, cancellationToken) =>
        {
            await handler(exchange, cancellationToken);
            exchange.AnswerNothing();
        },
    };

    /// <summary>The row with a handler that takes a message, or none, and answers that it is done.</summary>
    public RestRoute AnsweringNothing<TRequest>(
        JsonTypeInfo<TRequest> requestType, Func<RestExchange, TRequest?, CancellationToken, ValueTask> handler)
        where TRequest : class => this with
        {
            RequestType = requestType,
            Handler = async (exchange, cancellationToken) =>
            {
                var request = exchange.HasBody ? await exchange.ReadBodyAsync(requestType, cancellationToken) : null;
                await handler(exchange, request, cancellationToken);
                exchange.AnswerNothing();
            },
        };
}

/// <summary>A parameter of the query.</summary>
internal sealed record RestParameter(string Name, string Description, string Type = "string", bool IsRequired = false);
