using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Telemetry;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes about the server itself.</summary>
internal static class ServerRoutes
{
    /// <summary>The version, without the build's own suffix.</summary>
    public static VersionInformation Version { get; } = new()
    {
        Product = "Keyreeve",
        Version = typeof(ServerRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
    };

    private static readonly StatusMessage Ok = new() { Status = "ok" };

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "Health", Method = "GET", Pattern = "/v1/health", Summary = "Says that the process is alive.",
            Authentication = RouteAuthentication.Anonymous,
        }.Answering(RestJson.Default.StatusMessage, static (_, _) => ValueTask.FromResult(Ok)),
        new RestRoute
        {
            Name = "Ready", Method = "GET", Pattern = "/v1/ready", Summary = "Says whether keys can be released and changed now.",
            Authentication = RouteAuthentication.Anonymous, Errors = [KeyreeveError.AuditUnavailable, KeyreeveError.Sealed, KeyreeveError.SelfTestFailed],
        }.Answering(RestJson.Default.StatusMessage, static (exchange, _) => ValueTask.FromResult(Readiness(exchange.Services))),
        new RestRoute
        {
            Name = "Version", Method = "GET", Pattern = "/v1/version", Summary = "Says which version of the product this is.",
            Authentication = RouteAuthentication.Anonymous,
        }.Answering(RestJson.Default.VersionInformation, static (_, _) => ValueTask.FromResult(Version)),
        new RestRoute
        {
            Name = "Metrics", Method = "GET", Pattern = "/metrics", Summary = "Shows what is measured, in Prometheus' text format.",
            Errors = [KeyreeveError.PermissionDenied],
            Handler = static (exchange, ct) => exchange.Call.Principal.Tenant == TenantId.Default
                ? exchange.AnswerAsync(Encoding.UTF8.GetBytes(exchange.Services.Metrics.Write()), ct, PrometheusText.ContentType)
                // What is counted is counted of all tenants.
                : throw new KeyreeveException(KeyreeveError.PermissionDenied, "What is measured is the whole server's, and not a tenant's."),
        },
        new RestRoute
        {
            Name = "OpenApi", Method = "GET", Pattern = "/openapi/v1.json", Summary = "Describes this API (OpenAPI 3.1).",
            Authentication = RouteAuthentication.Anonymous,
            Handler = static (exchange, ct) => exchange.AnswerAsync(OpenApi.ApiDescription.Utf8, ct),
        },
    ];

    private static StatusMessage Readiness(RestServices services)
    {
        if (services.Engine.SelfTest is { Failure: not null } broken) throw broken.Refusal();
        if (!services.Engine.Audit.IsAvailable)
            throw new KeyreeveException(KeyreeveError.AuditUnavailable, "The audit trail cannot be written, so nothing is released or changed until it can.");
        if (services.Engine.Hierarchy.WhySuspended is { } why) throw new KeyreeveException(KeyreeveError.Sealed, why);
        var status = services.LoudLog() is { } loud ? Ok with { Status = $"ok; the log is loud ({loud})" } : Ok;
        // Anybody may ask: numbers and words, no names or addresses.
        var failing = services.Sinks().Count(static sink => sink.FailingSince is not null);
        return status with { SinksFailing = failing > 0 ? failing : null, Hsm = services.Seal.Health?.State.ToString(), DrillsDue = services.Seal.DrillsDue is > 0 and var due ? due : null };
    }
}
