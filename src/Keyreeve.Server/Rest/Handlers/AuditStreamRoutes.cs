using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Evidence;
using Keyreeve.Server.Forwarding.Formats;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes by which records of the trail come one after another, as many as there are.</summary>
internal static class AuditStreamRoutes
{
    private const string LinesOfJson = "application/x-ndjson";

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "FollowAudit", Method = "GET", Pattern = "/v1/audit/follow", ResponseContentType = LinesOfJson,
            Summary = "Shows records of the audit trail as they come, one a line, as in the records of ReadAudit. The answer goes on until the caller leaves, the server stops, "
                + "or the caller may not any more: then its last line is a problem. Empty lines say that it lives. The header X-Keyreeve-Audit-After has the serial number after which it began.",
            Query =
            [
                .. AuditRoutes.Conditions,
                new("limit", "How many earlier records come first, 0 to 1000; 0 if absent.", "integer"),
                new("after", "Instead: all records with a larger serial number come first.", "integer"),
            ],
            Errors = Errors,
            Handler = FollowAsync,
        },
        new RestRoute
        {
            Name = "ExportAudit", Method = "GET", Pattern = "/v1/audit/export", ResponseContentType = "text/csv",
            Summary = "Writes all records of the caller's tenant that match, the oldest first, as a table; or, with as=json, as lines of JSON that have the trail's lines in them byte for byte. "
                + "An answer that breaks off is not whole.",
            Query = [.. AuditRoutes.Conditions, new("as", "csv or json; csv if absent.")],
            Errors = Errors,
            Handler = ExportAsync,
        },
    ];

    private static ImmutableArray<KeyreeveError> Errors =>
        [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.AuditUnavailable, KeyreeveError.TooManyRequests];

    private static async Task FollowAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var after = exchange.Query("after") is null ? null : (long?)AuditRoutes.SerialOf(exchange, "after");
        var request = new StreamAuditRequest
        {
            Filter = AuditRoutes.FilterOf(exchange), Follows = true, After = after, Earlier = exchange.QueryNumber("limit", 0, ReadAuditRequest.MaxLimit, 0),
        };
        using var place = await TakePlaceAsync(exchange, cancellationToken);
        var stream = await exchange.RunAsync(exchange.Services.StreamAudit, request, cancellationToken);
        await new AuditStreaming(exchange, stream, AuditLines.OfMessages(LinesOfJson)).FollowAsync();
    }

    private static async Task ExportAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var lines = exchange.Query("as") switch
        {
            null or "csv" => AuditLines.Of(RecordFormatName.Csv, "text/csv; charset=utf-8"),
            "json" => AuditLines.Of(RecordFormatName.Json, LinesOfJson),
            _ => throw new KeyreeveException(KeyreeveError.InvalidField, "'as' is csv or json."),
        };
        using var place = await TakePlaceAsync(exchange, cancellationToken);
        var stream = await exchange.RunAsync(exchange.Services.StreamAudit, new StreamAuditRequest { Filter = AuditRoutes.FilterOf(exchange) }, cancellationToken);
        await new AuditStreaming(exchange, stream, lines).ExportAsync();
    }

    private static async ValueTask<IDisposable> TakePlaceAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        if (exchange.Services.AuditReaders.TryEnter(exchange.Call.Principal, out var place)) return place;
        var refusal = new KeyreeveException(
            KeyreeveError.TooManyRequests, $"A principal follows or exports the trail {AuditReaders.MostOfAPrincipal} times at once, those of a tenant {AuditReaders.MostOfATenant} times.");
        await exchange.Services.Pipeline.RefuseAsync(exchange.Services.StreamAudit.Name, exchange.Call, refusal, cancellationToken);
        throw refusal;
    }
}
