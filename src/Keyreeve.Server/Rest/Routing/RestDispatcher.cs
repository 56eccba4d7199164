using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>What happens to a request once its route is known: who asks, whether it fits the route, and how long it may take.</summary>
internal sealed class RestDispatcher(RestServices services)
{
    private const int LongestIdempotencyKey = 128;
    private const int LongestRequestId = 128;

    private static readonly Principal Nobody = Principal.Unknown("");

    private readonly DeadlinePool _deadlines = new();

    public async Task DispatchAsync(RestRoute route, HttpContext context)
    {
        var call = await IdentifyAsync(route, context);
        CheckQuery(route, context.Request);
        CheckBody(route, context);

        var exchange = new RestExchange(context, route, services, call, RequestTurn.Of(context, call.Principal));
        // A caller who hangs up ends the reading of his body, but not what was begun for him: it is short, and recorded.
        var deadline = _deadlines.Rent(route.TimeLimit);
        try
        {
            await route.Handler(exchange, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw exchange.IsBodyRead ? RestRefusal.NotInTime() : RestRefusal.TooSlow();
        }
        finally
        {
            _deadlines.Return(deadline);
        }
    }

    private async ValueTask<Call> IdentifyAsync(RestRoute route, HttpContext context)
    {
        var asking = route.Authentication == RouteAuthentication.Anonymous ? Nobody : await services.Authenticator.FindPrincipalAsync(context);
        var call = new Call
        {
            Principal = asking ?? Nobody,
            Protocol = Protocol.Rest,
            SourceAddress = context.Connection.RemoteIpAddress?.ToString() ?? "",
            SourcePort = context.Connection.RemotePort,
            CorrelationId = context.TraceIdentifier,
            RequestId = ReadRequestId(context.Request.Headers["X-Request-Id"]),
            Time = services.Time.GetUtcNow(),
            Purpose = ReadPurpose(context.Request.Headers["X-Keyreeve-Purpose"]),
            IdempotencyKey = route.TakesIdempotencyKey ? ReadIdempotencyKey(context.Request.Headers["Idempotency-Key"]) : null,
        };
        if (asking is null || IsRefused(route, asking, context))
            throw await services.Authenticator.RefuseAsync(call, hasCredential: asking is not null, context.RequestAborted);
        return call;
    }

    private static bool IsRefused(RestRoute route, Principal asking, HttpContext context) => asking.IsDisabled && route.Authentication switch
    {
        RouteAuthentication.Anonymous => false,
        RouteAuthentication.CertificateOfAnybody => context.Request.Headers.Authorization.Count > 0,
        _ => true,
    };

    // Proxies set it as they please: what does not fit is left out rather than refused.
    private static string? ReadRequestId(StringValues values)
    {
        if (values.Count != 1) return null;
        var id = values.ToString();
        return id.Length is > 0 and <= LongestRequestId && !id.AsSpan().ContainsAnyExceptInRange('!', '~') ? id : null;
    }

    private static string? ReadPurpose(StringValues values)
    {
        if (values.Count == 0) return null;
        var purpose = values.ToString();
        return values.Count == 1 && PurposeRules.IsWellFormed(purpose)
            ? purpose
            : throw new KeyreeveException(KeyreeveError.InvalidField, "X-Keyreeve-Purpose is one code of 1 to 64 letters, digits, '.', '_', ':', '/' and '-'.");
    }

    private static string? ReadIdempotencyKey(StringValues values)
    {
        if (values.Count == 0) return null;
        var key = values.ToString();
        var valid = values.Count == 1 && key.Length is > 0 and <= LongestIdempotencyKey && !key.AsSpan().ContainsAnyExceptInRange('!', '~');
        return valid ? key : throw new KeyreeveException(KeyreeveError.InvalidField, "Idempotency-Key is one word of 1 to 128 visible ASCII characters.");
    }

    // A misspelt filter that is ignored lists too much; so it is refused.
    private static void CheckQuery(RestRoute route, HttpRequest request)
    {
        if (!request.QueryString.HasValue) return;
        foreach (var given in request.Query.Keys)
            if (!route.Query.Any(known => string.Equals(known.Name, given, StringComparison.Ordinal)))
                throw new KeyreeveException(KeyreeveError.InvalidField, $"This route has no parameter '{given}'.");
        foreach (var known in route.Query)
            if (known.IsRequired && request.Query[known.Name].Count == 0)
                throw new KeyreeveException(KeyreeveError.MissingField, $"The parameter '{known.Name}' is missing.");
    }

    private static void CheckBody(RestRoute route, HttpContext context)
    {
        var limit = context.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (limit is { IsReadOnly: false }) limit.MaxRequestBodySize = route.BodyLimitInBytes;
        if (context.Request.ContentLength > route.BodyLimitInBytes && route.BodyLimitInBytes > 0) throw RestRefusal.TooLarge(route.BodyLimitInBytes);

        var hasBody = RequestBody.IsExpected(context);
        if (route.BodyLimitInBytes == 0 && hasBody) throw RestRefusal.Malformed("This route takes no body.");
        if (route.BodyLimitInBytes > 0 && !hasBody && !route.IsBodyOptional) throw RestRefusal.Malformed("This route takes a body, as JSON.");
    }
}
