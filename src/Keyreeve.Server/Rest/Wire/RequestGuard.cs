using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// What is refused before routing, whatever the route: requests that two readers could understand differently, and bodies
/// that would have to be expanded first. Headers that claim who the caller is (X-Client-Cert, X-Forwarded-…) are not read
/// anywhere: the caller is who holds the key of the TLS connection.
/// </summary>
internal static class RequestGuard
{
    /// <exception cref="RestRefusal">The request goes no further.</exception>
    public static void Check(HttpContext context)
    {
        var request = context.Request;
        // spec: RFC 9112 §6.3 "A server MAY reject a request that contains both Content-Length and Transfer-Encoding".
        // Kestrel drops the length, keeps it as X-Content-Length, and goes on.
        if (request.Headers.ContainsKey("Transfer-Encoding")
            && (request.Headers.ContentLength is not null || request.Headers.ContainsKey("X-Content-Length")))
            throw RestRefusal.Ambiguous("A request has a Content-Length or a Transfer-Encoding, not both.");

        var rawTarget = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (RawTarget.FindFault(rawTarget) is { } fault) throw RestRefusal.Malformed(fault);

        if (!IsIdentity(request.Headers.ContentEncoding))
            throw RestRefusal.UnsupportedMediaType("A compressed body is not expanded; send it as it is, without Content-Encoding.");
    }

    private static bool IsIdentity(StringValues encodings)
    {
        foreach (var encoding in encodings)
            if (!string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase)) return false;
        return true;
    }
}
