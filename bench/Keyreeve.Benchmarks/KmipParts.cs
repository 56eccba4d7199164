using System.Collections.Frozen;
using System.Globalization;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Sealing;
using Keyreeve.Server.Telemetry;
using Keyreeve.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Keyreeve.Benchmarks;

/// <summary>
/// The server's own parts behind its KMIP door, put together without audit: no records, so no chain, no index over them and no alerts.
/// Or with the chain alone. Runs in a process of its own; the product itself cannot be started so.
/// </summary>
internal static class KmipParts
{
    public const string WithoutAudit = "--kmip-without-audit";
    public const string WithChainAlone = "--kmip-with-chain-alone";

    /// <summary>What the real executable sets for itself.</summary>
    public static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_gcServer"] = "0", ["DOTNET_gcConcurrent"] = "0", ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0",
    };

    /// <summary>Serves what is in a data directory until the parent has gone.</summary>
    public static async Task RunAsync(bool withChain, string configuration, string dataDirectory)
    {
        var options = OptionsReader.ReadFile(configuration, ["server.data-directory=" + dataDirectory, "kmip.port=0"]);
        var logging = NullLoggerFactory.Instance;
        var time = TimeProvider.System;
        using var slots = new ConfiguredSlots(options, time, logging);
        await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = dataDirectory }, CancellationToken.None);
        using var hierarchy = await OpenRootAsync(slots, store, dataDirectory);
        await using IAuditLog audit = withChain ? await OpenChainAsync(options, hierarchy, store) : new NoAudit();
        using var engine = await Engine.OpenAsync(new EngineParts { Store = store, Hierarchy = hierarchy, Audit = audit, AnswerEarly = options.Audit.AnswerEarly.ToFrozenSet(), Time = time }, CancellationToken.None);
        // What is counted for metrics is no part of audit, so it is counted on all sides.
        using var metrics = new MetricsPage(engine.Metrics.Meter);
        await using var identity = await ServerIdentity.OpenAsync(
            new IdentityParts { Store = store, Hierarchy = hierarchy, Time = time, ServerNames = options.Server.Names, Log = Console.Error.WriteLine }, CancellationToken.None);
        var pipeline = new OperationPipeline(engine);
        using var unknown = new UnknownCallers(pipeline, time, NullLogger.Instance);
        await using var services = new KmipServices(engine, pipeline, unknown, options.Kmip, NullLogger.Instance);
        var tls = new ServerTls(identity, NullLogger<ServerTls>.Instance);
        await using var listener = new KmipListener(
            options.Kmip, tls.DemandingCertificate, shown => KmipCaller.Of(identity.Clients.Identify(shown, out _)), new KmipMessageProcessor(services), time,
            NullLogger<KmipListener>.Instance);
        listener.Start();
        await Console.Out.WriteLineAsync(listener.Endpoint.Port.ToString(CultureInfo.InvariantCulture));
        await ChildServer.ParentGoneAsync();
    }

    private static async Task<KeyHierarchy> OpenRootAsync(ConfiguredSlots slots, SqliteObjectStore store, string dataDirectory)
    {
        var generation = await KeyHierarchy.ReadGenerationAsync(store, CancellationToken.None);
        using var root = await new SealFile(dataDirectory).OpenAsync(slots.Slots, generation, CancellationToken.None);
        return await KeyHierarchy.OpenAsync(store, root, CancellationToken.None);
    }

    private static async Task<AuditChain> OpenChainAsync(KeyreeveOptions options, KeyHierarchy hierarchy, SqliteObjectStore store)
    {
        using var seed = hierarchy.Derive(Bootstrap.AuditSigningLabel, 32);
        var chain = new AuditChainOptions
        {
            DataDirectory = options.Server.DataDirectory, Time = TimeProvider.System, Alarm = Console.Error.WriteLine, Origin = OwnOrigin.Of(options),
        };
        return await AuditChain.OpenAsync(chain, seed, store, CancellationToken.None);
    }
}
