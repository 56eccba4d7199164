using System.Globalization;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>
/// What surrounds every request of this door: the headers of every answer, the guard before routing, and the one place
/// where a refusal becomes an answer.
/// </summary>
internal sealed class RestPipeline(ILogger logger)
{
    public const string CorrelationHeader = "X-Correlation-Id";

    /// <summary>Two years; clients that remember it never speak to this host in clear.</summary>
    private const string StrictTransportSecurity = "max-age=63072000";

    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        var correlationId = CorrelationId.Next();
        context.TraceIdentifier = correlationId;
        using var span = Tracing.BeginRequest("REST", correlationId);
        SetHeaders(context.Response.Headers, correlationId);
        try
        {
            RequestGuard.Check(context);
            await next(context);
            if (!context.Response.HasStarted) RefuseUnrouted(context);
        }
        catch (Exception refusal) when (TryExplain(context, refusal) is { } problem)
        {
            await AnswerAsync(context, problem);
        }
        finally
        {
            span?.SetTag("http.request.method", context.Request.Method)
                .SetTag("http.route", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText)
                .SetTag("http.response.status_code", context.Response.StatusCode);
        }
    }

    private static void SetHeaders(IHeaderDictionary headers, string correlationId)
    {
        headers[CorrelationHeader] = correlationId;
        headers.StrictTransportSecurity = StrictTransportSecurity;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
    }

    private static void RefuseUnrouted(HttpContext context)
    {
        // Routing answers these two itself, without a body.
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound when context.GetEndpoint() is null:
                throw new RestRefusal(404, KeyreeveError.ItemNotFound, "Not found", "There is no such route; /openapi/v1.json lists them.");
            case StatusCodes.Status405MethodNotAllowed:
                throw new RestRefusal(
                    405, KeyreeveError.OperationNotSupported, "Method not allowed",
                    $"This route does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.");
        }
    }

    private Explanation? TryExplain(HttpContext context, Exception refusal)
    {
        switch (refusal)
        {
            case RestRefusal http:
                return new Explanation(http.Status, http.Error, http.Title, http.Message, http.ClosesConnection);
            case KeyreeveException known:
                if (known.InnerException is not null) logger.LogWarning(known, "{CorrelationId} refused: {Error}", context.TraceIdentifier, known.Error);
                var row = RestErrors.For(known.Error);
                return new Explanation(row.Status, known.Error, row.Title, known.Message) { Reference = known.Reference, RetryAfter = known.RetryAfter };
            case BadHttpRequestException malformed:
                return ExplainMalformed(malformed);
            case OperationCanceledException or IOException when context.RequestAborted.IsCancellationRequested:
                return null; // the caller has gone; the server ends the request
            default:
                logger.LogError(refusal, "{CorrelationId} failed: {Method} {Route}", context.TraceIdentifier, context.Request.Method, context.GetEndpoint()?.DisplayName);
                var defect = RestErrors.For(KeyreeveError.InternalError);
                return new Explanation(
                    defect.Status, KeyreeveError.InternalError, defect.Title,
                    "The server has a defect; the correlation id finds the details in its log.");
        }
    }

    private static Explanation ExplainMalformed(BadHttpRequestException malformed)
    {
        var refusal = malformed.StatusCode switch
        {
            StatusCodes.Status413PayloadTooLarge => new RestRefusal(413, KeyreeveError.RequestTooLarge, "The request is too large", "The body is larger than the route takes."),
            StatusCodes.Status408RequestTimeout => RestRefusal.TooSlow(),
            _ => RestRefusal.Ambiguous("The request is not HTTP as it should be."),
        };
        return new Explanation(refusal.Status, refusal.Error, refusal.Title, refusal.Message, ClosesConnection: true);
    }

    private static async Task AnswerAsync(HttpContext context, Explanation problem)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        var allow = response.Headers.Allow;
        response.Clear();
        SetHeaders(response.Headers, context.TraceIdentifier);
        response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status405MethodNotAllowed) response.Headers.Allow = allow;
        if (problem.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests) response.Headers.RetryAfter = RetryAfter(problem);
        if (problem.ClosesConnection) context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

        using var buffer = new WipedBuffer();
        var message = new ProblemMessage
        {
            Type = RestErrors.TypeOf(problem.Error),
            Title = problem.Title,
            Status = problem.Status,
            Detail = problem.Detail,
            CorrelationId = context.TraceIdentifier,
            Reference = problem.Reference,
        };
        JsonOutput.Write(buffer, message, RestJson.Default.ProblemMessage);
        response.ContentType = "application/problem+json";
        response.ContentLength = buffer.Length;
        // Not cancelled: a refusal that is known is told, as far as there is somebody to tell.
        await response.BodyWriter.WriteAsync(buffer.Written, CancellationToken.None);
    }

    // spec: RFC 9110 §10.2.3 "delay-seconds"
    private static string RetryAfter(Explanation problem) =>
        problem.RetryAfter is { } wait ? Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture) : "5";

    private sealed record Explanation(int Status, KeyreeveError Error, string Title, string Detail, bool ClosesConnection = false)
    {
        public TimeSpan? RetryAfter { get; init; }

        public string? Reference { get; init; }
    }
}
