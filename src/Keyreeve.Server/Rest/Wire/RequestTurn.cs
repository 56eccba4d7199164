using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>The turns on the processor of one request. Those of one connection may be many at a time, each on a thread of its own.</summary>
internal static class RequestTurn
{
    /// <summary>Around a request: it begins in the turn of whoever asked last by its connection, who is known before the request is read.</summary>
    public static async Task BeginAsync(HttpContext context, RequestDelegate next)
    {
        var work = context.Features.GetRequiredFeature<TurnedTransport>().Work.Another();
        context.Features.Set(work);
        await work.NextAsync();
        await next(context);
    }

    /// <summary>From here on it is known whose request it is, and the connection is taken to be his too.</summary>
    public static ProcessorTurn Of(HttpContext context, Principal principal)
    {
        context.Features.GetRequiredFeature<TurnedTransport>().Work.Principal = principal;
        var work = context.Features.GetRequiredFeature<ProcessorTurn>();
        work.Principal = principal;
        return work;
    }
}
