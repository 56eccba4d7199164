using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Evidence;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Forwarding;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip.Https;
using Keyreeve.Server.Offboarding;
using Keyreeve.Server.Telemetry;
using Keyreeve.Server.Sealing;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>What the REST door stands on; one for the life of the server.</summary>
internal sealed class RestServices : IDisposable
{
    public RestServices(ServerFoundation foundation, UnknownCallers unknown, RestOptions options, ILogger logger)
    {
        Pipeline = foundation.Pipeline;
        Engine = foundation.Engine;
        Authenticator = new RestAuthenticator(foundation.Identity, unknown, logger);
        Seal = foundation.Seal;
        Principals = new PrincipalServices(foundation.Identity, options.EnrolmentsPerMinute);
        Tenants = new TenantServices(foundation.Identity.Principals);
        Offboarding = new OffboardingService(foundation);
        Policies = new PolicyServices(foundation.Identity.Principals);
        ReadAudit = new ReadAuditOperation(foundation.AuditIndexer);
        StreamAudit = new StreamAuditOperation(foundation.AuditIndexer);
        PruneAudit = new PruneAuditOperation(foundation.Trail, () => PassedByAll(foundation));
        ReadAlerts = new ReadAlertsOperation(() => Alerts()?.Book);
        ReadServerStatus = new ReadServerStatusOperation(foundation, () => Sinks(), () => Alerts());
        Surround = new RestPipeline(logger);
        Dispatcher = new RestDispatcher(this);
    }

    public OperationPipeline Pipeline { get; }

    public Engine Engine { get; }

    public RestAuthenticator Authenticator { get; }

    public PrincipalServices Principals { get; }

    public PolicyServices Policies { get; }

    public TenantServices Tenants { get; }

    public OffboardingService Offboarding { get; }

    public ReadAuditOperation ReadAudit { get; }

    public StreamAuditOperation StreamAudit { get; }

    /// <summary>Who reads the trail on and on.</summary>
    public AuditReaders AuditReaders { get; } = new();

    public PruneAuditOperation PruneAudit { get; }

    public ReadAlertsOperation ReadAlerts { get; }

    public ReadServerStatusOperation ReadServerStatus { get; }

    /// <summary>How the sinks stand.</summary>
    public Func<IReadOnlyList<SinkStatus>> Sinks { get; init; } = static () => [];

    /// <summary>The watch over the server; null if there is none, or not yet.</summary>
    public Func<AlertService?> Alerts { get; init; } = static () => null;

    /// <summary>Says how loud the system log is; null if it is not.</summary>
    public Func<string?> LoudLog { get; init; } = static () => null;

    /// <summary>What is measured, as a page.</summary>
    public required MetricsPage Metrics { get; init; }

    public SealServices Seal { get; }

    public RestPipeline Surround { get; }

    public RestDispatcher Dispatcher { get; }

    /// <summary>KMIP over this door; null if it is not offered.</summary>
    public KmipOverHttps? Kmip { get; init; }

    public TimeProvider Time => Engine.Time;

    public void Dispose()
    {
        Principals.Dispose();
        AuditReaders.Dispose();
    }

    // What somebody who follows the trail has not read yet stays in it, and what a sink may have to send again.
    private long PassedByAll(ServerFoundation foundation) =>
        Sinks().Select(static sink => sink.Secured).Append(foundation.AuditIndexer.Count).Append(foundation.Trail.Size - (Alerts()?.Lag ?? 0)).Min();
}
