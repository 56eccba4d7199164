using Keyreeve.Server.Configuration;
using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Telemetry;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of alerts and of those who follow the trail.</summary>
internal static class AlertRoutes
{
    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "ReadAlerts", Method = "GET", Pattern = "/v1/alerts",
            Summary = "Lists the alerts of late, those found last first.",
            Query = [new("from", "Found from this time on, RFC 3339."), new("severity", "At least so urgent: notice, warning or critical.")],
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.AlertListMessage, ListAsync),
        new RestRoute
        {
            Name = "ReadServerStatus", Method = "GET", Pattern = "/v1/status",
            Summary = "Shows how those who follow the audit trail stand: its index, the alerts, and every sink.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.ServerStatusMessage, StatusAsync),
    ];

    private static async ValueTask<AlertListMessage> ListAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var request = new ReadAlertsRequest { From = exchange.QueryMoment("from"), Least = SeverityOf(exchange) };
        var alerts = await exchange.RunAsync(exchange.Services.ReadAlerts, request, cancellationToken);
        var service = exchange.Services.Alerts();
        var options = service?.Options ?? new AlertOptions();
        var now = exchange.Services.Time.GetUtcNow();
        return new AlertListMessage
        {
            Alerts = [.. alerts.Select(alert => MessageOf(alert, alert.Ended is null && now - alert.Last < options.SilenceOf(alert.Rule)))],
            Learning = LearningOf(exchange.Call.Principal.Tenant == TenantId.Default ? service : null),
        };
    }

    // Counted over all tenants: of none but the first.
    private static AlertLearningMessage LearningOf(AlertService? service) =>
        new() { Known = service?.Progress.Known ?? 0, Learning = service?.Progress.Learning ?? 0, Lag = service?.Lag ?? 0 };

    private static async ValueTask<ServerStatusMessage> StatusAsync(RestExchange exchange, CancellationToken cancellationToken)
    {
        var status = await exchange.RunAsync(exchange.Services.ReadServerStatus, new ReadServerStatusRequest(), cancellationToken);
        return new ServerStatusMessage
        {
            IsAuditAvailable = status.IsAuditAvailable,
            AuditRecords = status.AuditRecords,
            IndexLag = status.IndexLag,
            AlertLag = status.AlertLag,
            Sinks =
            [
                .. status.Sinks.Select(static s => new SinkStatusMessage
                {
                    Name = s.Name, Target = s.Target, Passed = s.Passed, Lag = s.Lag, FailingSince = s.FailingSince, Failure = s.Failure,
                }),
            ],
            FileFaults = [.. status.FileFaults],
        };
    }

    private static AlertSeverity SeverityOf(RestExchange exchange) => exchange.Query("severity") switch
    {
        null or "notice" => AlertSeverity.Notice,
        "warning" => AlertSeverity.Warning,
        "critical" => AlertSeverity.Critical,
        _ => throw new KeyreeveException(KeyreeveError.InvalidField, "'severity' is notice, warning or critical."),
    };

    private static AlertMessage MessageOf(Alert alert, bool isCurrent) => new()
    {
        Id = alert.Id.ToString(),
        Rule = alert.Rule,
        Severity = alert.Severity.ToString(),
        Text = alert.Text,
        First = alert.First,
        Last = alert.Last,
        Count = alert.Count,
        IsCurrent = isCurrent,
        IsSilent = alert.IsSilent,
        Principal = alert.Principal,
        Key = alert.Key,
        Source = alert.Source,
        Pending = alert.Pending,
    };
}
