using System.Collections.Immutable;
using System.Globalization;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations.Evidence;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of the audit trail.</summary>
internal static class AuditRoutes
{
    // All that was archived is read.
    private static readonly TimeSpan PruneTimeLimit = TimeSpan.FromMinutes(30);

    /// <summary>What records can be asked for by.</summary>
    public static ImmutableArray<RestParameter> Conditions { get; } =
    [
        new("from", "From this time on, RFC 3339."),
        new("until", "Before this time, RFC 3339."),
        new("principal", "Who asked."),
        new("key", "About the key of that name."),
        new("object", "About the object with that Unique Identifier."),
        new("operation", "What was asked, such as Decrypt."),
        new("result", "Success, Denied or Failed."),
        new("purpose", "With that purpose code."),
        new("text", "With that text in one of its names, or as its object or correlation id."),
    ];

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "ReadAudit", Method = "GET", Pattern = "/v1/audit",
            Summary = "Finds records of the audit trail, the newest first. A record is found some tenths of a second after it was written.",
            Query =
            [
                .. Conditions,
                new("limit", "How many at most, 1 to 1000; 100 if absent.", "integer"),
                new("before", "Only records with a smaller serial number: 'next' of the page before.", "integer"),
            ],
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.AuditUnavailable],
        }.Answering(RestJson.Default.AuditPageMessage, FindAsync),
        new RestRoute
        {
            Name = "PruneAudit", Method = "POST", Pattern = "/v1/audit/prune", BodyLimitInBytes = 16 * 1024, TimeLimit = PruneTimeLimit,
            Summary = "Removes the oldest segments of the trail, which were archived; what stays verifies from there.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.AuditUnavailable],
        }.Answering(RestJson.Default.PruneAuditBody, RestJson.Default.PrunedAuditMessage, PruneAsync),
    ];

    private static async ValueTask<PrunedAuditMessage> PruneAsync(RestExchange exchange, PruneAuditBody body, CancellationToken cancellationToken)
    {
        if (!AuditPosition.TryParse(body.Archived, out var archived))
            throw new KeyreeveException(KeyreeveError.InvalidField, "'archived' is a position as 'keyreeve audit verify' prints it.");
        var pruned = await exchange.RunAsync(exchange.Services.PruneAudit, new PruneAuditRequest(archived, body.Before), cancellationToken);
        return new PrunedAuditMessage { Records = pruned.Position.Size, Position = pruned.Position.ToString() };
    }

    private static async ValueTask<AuditPageMessage> FindAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var request = new ReadAuditRequest
        {
            Filter = FilterOf(exchange),
            Limit = exchange.QueryNumber("limit", 1, ReadAuditRequest.MaxLimit, 100),
            Before = exchange.Query("before") is null ? 0 : SerialOf(exchange, "before"),
        };
        var records = await exchange.RunAsync(exchange.Services.ReadAudit, request, cancellationToken);
        return new AuditPageMessage
        {
            Records = [.. records.Select(MessageOf)],
            Next = records.Count == request.Limit ? records[^1].Serial : null,
        };
    }

    /// <summary>The conditions of a request.</summary>
    public static AuditFilter FilterOf(RestExchange exchange) => new()
    {
        From = exchange.QueryMoment("from"),
        Until = exchange.QueryMoment("until"),
        Principal = exchange.Query("principal"),
        Key = exchange.Query("key"),
        ObjectId = exchange.Query("object"),
        Operation = exchange.Query("operation"),
        Result = exchange.Query("result"),
        Purpose = exchange.Query("purpose"),
        Text = exchange.Query("text"),
    };

    /// <summary>A serial number from the query, which is there.</summary>
    public static long SerialOf(RestExchange exchange, string name) =>
        long.TryParse(exchange.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var serial)
            ? serial
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is a serial number.");

    /// <summary>A record as a message.</summary>
    public static AuditRecordMessage MessageOf(AuditRecord record) => new()
    {
        Serial = record.Serial,
        Hash = record.Hash,
        Time = record.Time,
        Principal = record["principal"] ?? "",
        Operation = record["operation"] ?? "",
        Result = record["result"] ?? "",
        Reason = record["reason"],
        Rule = record["rule"],
        KeyName = record["keyName"],
        KeyVersion = record["keyVersion"],
        Group = record["group"],
        ObjectId = record["objectId"],
        Algorithm = record["algorithm"],
        Purpose = record["purpose"],
        ContextNames = record["contextNames"],
        Protocol = record["protocol"],
        SourceAddress = record["sourceAddress"],
        SourcePort = record["sourcePort"],
        Credential = record["credential"],
        ContextValues = record["contextValues"],
        Decision = record["decision"],
        CorrelationId = record["correlationId"],
        RequestId = record["requestId"],
        Node = record["node"],
        Server = record["server"],
        ServerAddress = record["serverAddress"],
        LatencyMicros = record["latencyMicros"],
        Bytes = record["bytes"],
        Count = record["count"],
        Detail = record["detail"],
    };
}
