using System.Collections.Frozen;
using System.Net;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Tokens;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Core.Operations.Tenants;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Logs;
using Keyreeve.Server.Kmip.Notifications;
using Keyreeve.Server.Kmip.Https;
using Keyreeve.Server.Rest;
using Keyreeve.Server.Rest.Handlers;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Sealing;
using Keyreeve.Server.Telemetry;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>The server: opens what it stands on, then its doors; closes the doors, then the rest.</summary>
public sealed class KeyreeveServer : IAsyncDisposable
{
    private readonly KeyreeveOptions _options;
    private readonly ILoggerFactory _logging;
    private readonly TimeProvider _time;
    private readonly ILogger<KeyreeveServer> _logger;
    private readonly ConfiguredSlots _slots;
    private readonly SelfTestState _selfTest;
    private readonly CancellationTokenSource _stopping = new();
    private ServerFoundation _foundation = null!;
    private UnknownCallers _unknown = null!;
    private SealedServer? _sealed;
    private Task _unsealing = Task.CompletedTask;
    private RestServices? _restServices;
    private RestListener? _rest;
    private KmipListener? _kmip;
    private KmipServices? _kmipServices;
    private Notifier? _notifier;
    private readonly List<DueSweeper> _sweepers = [];
    private TenantErasure? _erasure;
    private StoreHeadKeeper? _head;
    private TrailFollowers? _followers;
    private KeyCensus? _census;
    private TelemetryExport? _telemetry;
    private MetricsPage? _metrics;
    private RenewedKeys? _renewedKeys;
    private string? _loudLog;
    private bool _isStopped;

    private KeyreeveServer(KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, IReadOnlyList<KnownAnswer> answers)
    {
        // Before the first key is opened.
        _selfTest = SelfTestState.Begin(answers, time);
        _options = options;
        _logging = logging;
        _time = time;
        _logger = logging.CreateLogger<KeyreeveServer>();
        _loudLog = new LogLevels(options.Log).Loud;
        _slots = new ConfiguredSlots(options, time, logging);
    }

    /// <summary>Where the REST API listens; null if it is not enabled.</summary>
    public IPEndPoint? RestEndPoint => _rest?.EndPoint ?? _sealed?.RestEndPoint;

    /// <summary>Where KMIP listens; null if it is not enabled.</summary>
    public IPEndPoint? KmipEndPoint => _kmip?.Endpoint ?? _sealed?.KmipEndPoint;

    /// <summary>What answers KMIP's messages, whichever door they came through; for tests that want no connection in between.</summary>
    internal KmipMessageProcessor? Kmip { get; private set; }

    /// <summary>The audit trail, once it is open; for tests that read its files.</summary>
    internal AuditChain? Trail => _foundation?.Trail;

    /// <summary>Why the server is sealed and serves nothing; null if it is open.</summary>
    public string? WhySealed => Volatile.Read(ref _sealed)?.Reason;

    /// <summary>Completes when the server is open, perhaps long after it was started; fails if it cannot open its doors then.</summary>
    public Task WhenOpen => _unsealing;

    /// <summary>The server's own authority; only while it is open.</summary>
    public CertificateAuthority Authority => _foundation.Identity.Authority;

    /// <summary>By what somebody who enrols knows the server: the fingerprint of what its certificate hangs from; only while it is open.</summary>
    public string RootFingerprint => _foundation.Identity.RootFingerprint;

    /// <summary>
    /// Starts the server. When it returns, every door is open; or, if no seal slot opens the root key, the server is sealed:
    /// it says so at its doors, and opens them when a slot does.
    /// </summary>
    /// <exception cref="KeyreeveException">Store, root key, audit trail or identities cannot be opened; the message says why.</exception>
    /// <exception cref="IOException">A port cannot be had, or another process has the data directory.</exception>
    public static Task<KeyreeveServer> StartAsync(KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken) =>
        StartAsync(options, logging, time, KnownAnswer.All, cancellationToken);

    /// <summary>The same with known answers of the caller's choice.</summary>
    internal static async Task<KeyreeveServer> StartAsync(
        KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, IReadOnlyList<KnownAnswer> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logging);
        ArgumentNullException.ThrowIfNull(time);
        var server = new KeyreeveServer(options, logging, time, answers);
        try
        {
            await server.OpenOrSealAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Takes over what can be changed while it runs: modes and protection of key groups, what is recorded of contexts, what fails closed, and alerts with all their
    /// sections. Requests that have begun are finished under the old ones. The change is recorded.
    /// </summary>
    public async Task TakeOverAsync(KeyreeveOptions changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        Volatile.Write(ref _loudLog, new LogLevels(changed.Log).Loud);
        if (WhySealed is not null || _isStopped) return;
        _foundation.Engine.Modes = new GroupModes(changed.Groups, changed.Server.Mode);
        _foundation.Engine.RecordedContext = new RecordedContext(changed.AuditContext);
        _foundation.Engine.Masks = new MaskTable(changed.Masks);
        _foundation.Engine.FailClosed = changed.Audit.FailClosed.ToFrozenSet();
        _foundation.Engine.AnswerEarly = changed.Audit.AnswerEarly.ToFrozenSet();
        _foundation.Engine.Protections = new GroupProtections(changed.Protection);
        _foundation.Engine.Attestation = new AttestationPolicy(changed.Attestation);
        _foundation.Identity.ReadFilesAgain(isForced: true);
        SayWhatIsInsecure();
        if (_followers is not null) await _followers.WatchAsync(changed.Alerts);
        await TryRecordAsync(engine => ServerEvents.ReloadedAsync(engine, ReloadedSettings.Describe(changed)), "this reload");
    }

    /// <summary>Records that a configuration was read again and refused.</summary>
    /// <param name="faults">How many faults it has.</param>
    public async Task RefuseReloadAsync(int faults)
    {
        if (WhySealed is not null || _isStopped) return;
        await TryRecordAsync(engine => ServerEvents.ReloadRefusedAsync(engine, faults), "this reload");
    }

    /// <summary>Stops the server: no new requests, those in flight are finished within the configured limit, all is closed.</summary>
    public async Task StopAsync()
    {
        if (_isStopped) return;
        _isStopped = true;
        await _stopping.CancelAsync();
        await _unsealing.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (_sealed is not null) await _sealed.DisposeAsync();
        if (_foundation is not null) await CloseAsync();
        _slots.Dispose();
        _stopping.Dispose();
        _logger.LogInformation("Keyreeve has stopped.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(StopAsync());

    private async Task CloseAsync()
    {
        var limit = _options.Server.StopTimeLimit;
        await Task.WhenAll(_rest?.StopAsync(limit) ?? Task.CompletedTask, _kmip?.StopAsync(limit) ?? Task.CompletedTask);
        if (_kmipServices is not null) await _kmipServices.DisposeAsync();
        if (_notifier is not null) await _notifier.DisposeAsync();
        if (_renewedKeys is not null) await _renewedKeys.DisposeAsync();
        foreach (var sweeper in _sweepers) await sweeper.DisposeAsync();
        if (_erasure is not null) await _erasure.DisposeAsync();
        if (_head is not null) await _head.DisposeAsync();
        await _unknown.RecordCountAsync();
        await TryRecordAsync(ServerEvents.StoppedAsync, "this stop");
        if (_census is not null) await _census.DisposeAsync();
        if (_followers is not null) await _followers.DisposeAsync();
        if (_rest is not null) await _rest.DisposeAsync();
        if (_kmip is not null) await _kmip.DisposeAsync();
        _restServices?.Dispose();
        _metrics?.Dispose();
        _telemetry?.Dispose();
        _unknown.Dispose();
        await _foundation.DisposeAsync();
    }

    private async Task OpenOrSealAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(root: null, _options, cancellationToken);
        }
        catch (SealedException why)
        {
            _sealed = await SealedServer.TryStartAsync(_options, _slots, why, _logging, _time, cancellationToken) ?? throw why.Refusal;
            _unsealing = OpenWhenUnsealedAsync(_sealed);
        }
    }

    private async Task OpenWhenUnsealedAsync(SealedServer waiting)
    {
        using var root = await waiting.Opened.WaitAsync(_stopping.Token);
        // The same ports go on, so that those who were told to wait come to the same place.
        var options = _options with
        {
            Rest = _options.Rest with { Port = waiting.RestEndPoint?.Port ?? _options.Rest.Port },
            Kmip = _options.Kmip with { Port = waiting.KmipEndPoint?.Port ?? _options.Kmip.Port },
        };
        await waiting.DisposeAsync();
        await OpenAsync(root, options, _stopping.Token);
        await ServerEvents.UnsealedAsync(_foundation.Engine, waiting.SealedSince, waiting.Reason, waiting.Events);
        if (waiting.SlotOpenedByShares is { } slot) await _foundation.Seal.NoteOpenedAsync(slot, root);
        Volatile.Write(ref _sealed, null);
        _logger.LogWarning("The root key is open; the server serves.");
    }

    private async Task OpenAsync(SecretBytes? root, KeyreeveOptions options, CancellationToken cancellationToken)
    {
        _foundation = await ServerFoundation.OpenAsync(options, _slots, root, _logging, _time, cancellationToken);
        _foundation.Engine.SelfTest = _selfTest;
        await ServerEvents.SelfTestedAsync(_foundation.Engine, _selfTest);
        _selfTest.Tell(failure => _logger.LogCritical("A self-test has failed: {Failure}. No key is served until the server is started again.", failure));
        _renewedKeys = new RenewedKeys(_foundation.Pipeline, _foundation.Identity, _time, _logging.CreateLogger("Keyreeve.Identity"));
        _unknown = new UnknownCallers(_foundation.Pipeline, _time, _logger);
        _head = await StoreHeadKeeper.StartAsync(
            _foundation, options.Server.DataDirectory, options.Server.AcceptRollback, _logging.CreateLogger("Keyreeve.Audit"));
        await OpenDoorsAsync(options, cancellationToken);
    }

    private async Task OpenDoorsAsync(KeyreeveOptions options, CancellationToken cancellationToken)
    {
        SayWhatIsInsecure();
        _telemetry = TelemetryExport.Start(options.Telemetry, Dns.GetHostName());
        if (_slots.Token is { } token) token.Called = _foundation.Engine.Metrics.TokenCalled;
        ServerGauges.AddTo(_foundation, () => _followers?.Sinks ?? [], () => _followers?.Alerts);
        var tls = new ServerTls(_foundation.Identity, _logging.CreateLogger<ServerTls>());
        _kmipServices = new KmipServices(_foundation.Engine, _foundation.Pipeline, _unknown, options.Kmip, _logging.CreateLogger("Keyreeve.Kmip"))
        {
            ReProvision = new ReProvisionOperation(_foundation.Identity.Principals, _foundation.Identity.Issuer),
        };
        var processor = Kmip = new KmipMessageProcessor(_kmipServices);
        if (options.Notify.Endpoint is not null)
        {
            var identity = _foundation.Identity;
            _notifier = new Notifier(
                options.Notify, _kmipServices.Changes, _foundation.Pipeline, identity.Principals, identity.Issuer, _foundation.Engine.Time, _logging.CreateLogger("Keyreeve.Kmip"));
        }

        if (options.Kmip.Enabled)
        {
            _kmip = new KmipListener(
                options.Kmip, tls.DemandingCertificate, shown => KmipCaller.Of(_foundation.Identity.Clients.Identify(shown, out _)), processor, _time,
                 _logging.CreateLogger<KmipListener>());
            _kmip.Start();
        }

        if (options.Rest.Enabled)
        {
            var log = _logging.CreateLogger("Keyreeve.Rest");
            _metrics = new MetricsPage(_foundation.Engine.Metrics.Meter);
            _restServices = new RestServices(_foundation, _unknown, options.Rest, log)
            {
                Kmip = new KmipOverHttps(processor, options.Kmip), Metrics = _metrics, Alerts = () => _followers?.Alerts, Sinks = () => _followers?.Sinks ?? [],
                LoudLog = () => Volatile.Read(ref _loudLog),
            };
            _rest = await RestListener.StartAsync(options.Rest, _restServices, RouteTable.Served(options.Kmip), tls.ForWeb, _logging, cancellationToken);
        }

        var doors = new[] { _kmip?.Endpoint, _rest?.EndPoint }.OfType<IPEndPoint>().ToList();
        _followers = await TrailFollowers.StartAsync(_options, _foundation, _logging, _time);
        await ServerEvents.StartedAsync(_foundation.Engine, ServerRoutes.Version.Version, doors, _foundation.Trail.UncleanEnd);
        if (_foundation.Trail.UncleanEnd is { } end) _logger.LogWarning("{UncleanEnd}", char.ToUpperInvariant(end[0]) + end[1..] + ".");
        await _followers.WatchAsync(options.Alerts);
        _census = new KeyCensus(_foundation.Engine, _logging.CreateLogger("Keyreeve.Hosting"));
        _sweepers.Add(new DestructionSweeper(_foundation.Pipeline, _foundation.Engine, _logging.CreateLogger<DestructionSweeper>()));
        _sweepers.Add(new RotationSweeper(_foundation.Pipeline, _foundation.Engine, _logging.CreateLogger<RotationSweeper>()));
        _sweepers.Add(new TransitionSweeper(_foundation.Pipeline, _foundation.Engine, _logging.CreateLogger<TransitionSweeper>()));
        foreach (var sweeper in _sweepers) sweeper.Start(options.Server.SweepInterval);
        _erasure = new TenantErasure(_foundation.Engine, message => _logger.LogWarning("{Message}", message));
        _erasure.Start(options.Server.SweepInterval);
        if (_kmip is not null) _logger.LogInformation("KMIP listens on {EndPoint}.", _kmip.Endpoint);
        if (_rest is not null) _logger.LogInformation("REST listens on https://{EndPoint}.", _rest.EndPoint);
    }

    private void SayWhatIsInsecure()
    {
        if (_foundation.Seal.Keeper.Slots.All(static slot => slot.Kind is PassphraseFileSlot.SlotKind))
        {
            _logger.LogWarning(
                "The root key is opened by a passphrase file, {Path}, and nothing else: good for trying out, since whoever reads that file and the data "
                + "has every key. For production, see docs/hsm.md.", _options.Seal.PassphraseFile);
        }

        if (SecretMemoryUsage.Current.UnlockedBytes is > 0 and var unlocked)
            _logger.LogWarning("{Bytes} bytes of the memory for keys could not be locked, and may be swapped to disk. Raise the limit on locked memory (LimitMEMLOCK).", unlocked);
        if (_foundation.Engine.Access.Of(TenantId.Default).Policy.Separation == Separation.InsecureNone)
            _logger.LogWarning("INSECURE: the policy keeps no duties apart: one principal may have every role.");
        foreach (var rule in _foundation.Engine.Access.Of(TenantId.Default).Policy.Approvals.Where(static rule => rule.IsWaived))
            _logger.LogWarning("INSECURE: {Waiver}", rule.Waiver);
        foreach (var group in _foundation.Engine.Modes.InteropGroups)
            _logger.LogWarning("INSECURE: key group '{Group}' is in insecure-interop mode: weak algorithms are allowed there.", group);
    }

    private async Task TryRecordAsync(Func<Engine, ValueTask> record, string what)
    {
        try
        {
            await record(_foundation.Engine);
        }
        catch (KeyreeveException unrecorded)
        {
            _logger.LogError("The audit trail has no record of {What}: {Reason}", what, unrecorded.Message);
        }
    }
}
