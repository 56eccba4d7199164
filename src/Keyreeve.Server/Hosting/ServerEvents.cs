using System.Net;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Sealing;

namespace Keyreeve.Server.Hosting;

/// <summary>The server's own events in the audit trail: that it started, and that it stopped.</summary>
internal static class ServerEvents
{
    /// <summary>How the trail names the server.</summary>
    public const string PrincipalName = "server";

    /// <summary>Records that the server runs, and how its last run ended if that was not as it should.</summary>
    public static ValueTask StartedAsync(Engine engine, string version, IEnumerable<IPEndPoint> doors, string? uncleanEnd) => RecordAsync(
        engine, OperationName.ServerStart,
        $"Keyreeve {version}, process {Environment.ProcessId}, on {string.Join(", ", doors)}{(uncleanEnd is null ? "" : "; " + uncleanEnd)}");

    /// <summary>Records what the known answers said at the start.</summary>
    public static ValueTask SelfTestedAsync(Engine engine, SelfTestState state) => RecordAsync(
        engine, OperationName.SelfTest,
        state.Failure ?? $"{state.Last.Results.Count} known answers came out in {state.Last.Took.TotalMilliseconds:0} ms",
        state.Failure is null ? KeyreeveError.None : KeyreeveError.SelfTestFailed);

    public static ValueTask StoppedAsync(Engine engine) => RecordAsync(engine, OperationName.ServerStop, $"process {Environment.ProcessId}");

    /// <summary>Records that the configuration was read again, and what is in force.</summary>
    public static ValueTask ReloadedAsync(Engine engine, string detail) => RecordAsync(engine, OperationName.ReloadConfiguration, detail);

    /// <summary>Records that a configuration was read again and had faults. What they are stands in the log: it may quote the file.</summary>
    public static ValueTask ReloadRefusedAsync(Engine engine, int faults) =>
        RecordAsync(engine, OperationName.ReloadConfiguration, $"refused: {faults} faults; what was in force stays", KeyreeveError.InvalidField);

    /// <summary>Records that files were read again which are not the configuration; does not wait for the disk.</summary>
    public static void ReadAgain(Engine engine, string detail, KeyreeveError reason) => Append(engine, OperationName.ReloadConfiguration, detail, reason);

    /// <summary>Records what happened while the trail itself could not be written.</summary>
    public static async ValueTask UnsealedAsync(Engine engine, DateTimeOffset since, string reason, IEnumerable<SealedEvent> events)
    {
        foreach (var happened in events)
        {
            engine.Audit.Append(new AuditEvent
            {
                Id = UniqueIdentifier.New(happened.Time),
                Time = happened.Time,
                Tenant = TenantId.Default,
                Principal = Core.Access.PrincipalName.Anonymous,
                Credential = happened.Fingerprint,
                Operation = nameof(OperationName.EnterShare),
                Protocol = Protocol.Rest,
                SourceAddress = happened.Source,
                CorrelationId = Guid.NewGuid().ToString("N"),
                Result = happened.Error == KeyreeveError.None ? AuditResult.Success : AuditResult.Failed,
                Reason = happened.Error,
                Detail = "while sealed: " + happened.Detail,
            });
        }

        await RecordAsync(engine, OperationName.Unseal, $"sealed since {since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, since: {reason}");
    }

    /// <summary>Records that a store older than the trail is worked on, and why.</summary>
    public static ValueTask RollbackAcceptedAsync(Engine engine, long lag, string reason) =>
        RecordAsync(engine, OperationName.ServerStart, StoreHead.TellAccepted(lag, reason));

    private static ValueTask RecordAsync(Engine engine, OperationName operation, string detail, KeyreeveError reason = KeyreeveError.None) =>
        engine.Audit.WhenDurableAsync(Append(engine, operation, detail, reason), CancellationToken.None);

    private static AuditTicket Append(Engine engine, OperationName operation, string detail, KeyreeveError reason)
    {
        var now = engine.Time.GetUtcNow();
        return engine.Audit.Append(new AuditEvent
        {
            Id = UniqueIdentifier.New(now),
            Time = now,
            Tenant = TenantId.Default,
            Principal = PrincipalName,
            Operation = operation.ToString(),
            Protocol = Protocol.Internal,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Result = reason == KeyreeveError.None ? AuditResult.Success : AuditResult.Failed,
            Reason = reason,
            Detail = detail,
        });
    }
}
