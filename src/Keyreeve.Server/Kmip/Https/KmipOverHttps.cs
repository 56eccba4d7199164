using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Routing;
using Microsoft.AspNetCore.Http;

namespace Keyreeve.Server.Kmip.Https;

/// <summary>
/// KMIP as requests of HTTP: one message in the body of a POST, one in the body of its answer, in the same encoding. What the
/// message asks is executed as it is on the door of its own. spec: KMIP Additional Message Encodings 1.0 §2.3 "a Request-URI of
/// /kmip", §2.4 "SHALL use the POST request method". Whoever has a certificate is answered by a message, also that he is nobody.
/// </summary>
internal sealed class KmipOverHttps(KmipMessageProcessor processor, KmipOptions options)
{
    // As long as a message may take on the door of its own, and the time to answer it.
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);

    /// <summary>The row of this route.</summary>
    public static RestRoute Row(KmipOptions options) => new()
    {
        Name = "Kmip", Method = "POST", Pattern = "/kmip", Summary = "Takes a KMIP message as TTLV, XML or JSON, and answers in the same encoding.",
        BodyLimitInBytes = HttpsEncoding.LargestBody(options.MaxMessageSizeInBytes),
        TimeLimit = TimeLimit,
        Authentication = RouteAuthentication.CertificateOfAnybody,
        Handler = static (exchange, cancellationToken) => exchange.Services.Kmip!.HandleAsync(exchange, cancellationToken),
    };

    private async Task HandleAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var request = exchange.Context.Request;
        var encoding = HttpsEncoding.Find(request.ContentType)
            ?? throw RestRefusal.UnsupportedMediaType($"A KMIP message is sent with one of these as its Content-Type, text in UTF-8: {HttpsEncoding.MediaTypes}.");
        if (!encoding.IsAccepted(request.Headers.Accept))
            throw RestRefusal.NotAcceptable($"The answer has the encoding of the request, {encoding.MediaType}, which Accept does not allow.");

        if (request.Headers.Authorization.Count > 0 || exchange.Context.Features.Get<ClientIdentity>() is not { } client)
            throw new KeyreeveException(KeyreeveError.AuthenticationFailed, "KMIP takes a client certificate, and no token.");
        using var body = await exchange.ReadBytesAsync(encoding.BodyLimit(options.MaxMessageSizeInBytes), cancellationToken);
        using var message = new TtlvWriter(body.Length);
        var session = new KmipSession(KmipCaller.Of(client)!, exchange.SourceAddress, exchange.Call.SourcePort) { Purpose = exchange.Call.Purpose };
        PendingMessage pending;
        var status = StatusCodes.Status200OK;
        if (FaultOf(encoding, body, message) is { } fault)
        {
            status = StatusCodes.Status400BadRequest;
            pending = await processor.RefuseUnreadableAsync(session, fault, cancellationToken);
        }
        else
        {
            pending = await processor.ExecuteAsync(session, message.WrittenMemory, cancellationToken);
        }

        using (pending) await AnswerAsync(exchange, encoding, status, pending, cancellationToken);
    }

    private async Task AnswerAsync(RestExchange exchange, HttpsEncoding encoding, int status, PendingMessage pending, CancellationToken cancellationToken)
    {
        using var body = new WipedBuffer();
        try
        {
            await EncodeAsync(encoding, pending, body, cancellationToken);
        }
        catch (TtlvException)
        {
            // A text that came as TTLV can hold what no XML document can. What was asked is done and recorded; this is not told.
            body.Consume(body.Length);
            using var untold = PendingMessage.Refused(pending.Version, new KeyreeveException(
                KeyreeveError.FeatureNotSupported, "It is done, but the response holds a character that XML cannot carry; ask in TTLV or JSON."));
            await EncodeAsync(encoding, untold, body, cancellationToken);
        }

        var response = exchange.Context.Response;
        response.StatusCode = status;
        // spec: KMIP Additional Message Encodings 1.0 §2.4 "SHALL specify a Cache-Control of no-cache"; nor may it be stored.
        response.Headers.CacheControl = "no-cache, no-store";
        response.ContentType = encoding.MediaType;
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body.Written, cancellationToken);
    }

    private async ValueTask EncodeAsync(HttpsEncoding encoding, PendingMessage pending, WipedBuffer body, CancellationToken cancellationToken)
    {
        using var ttlv = new TtlvWriter();
        await processor.WriteAsync(pending, ttlv, cancellationToken);
        encoding.Encode(ttlv.WrittenMemory, body);
    }

    // Whether the body is one message, whatever it asks; what it is not, is an answer that KMIP has words for, too.
    private TtlvException? FaultOf(HttpsEncoding encoding, WipedBuffer body, TtlvWriter message)
    {
        try
        {
            encoding.Decode(body.Written, message);
            if (!TtlvFraming.TryReadLength(message.WrittenSpan, Tag.RequestMessage, options.MaxMessageSizeInBytes, out var length) || length != message.Length)
                return new TtlvException(message.Length, "the body is not one whole message");
            return null;
        }
        catch (TtlvException e)
        {
            return e;
        }
    }
}
