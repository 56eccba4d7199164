using System.Collections.Frozen;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip.Translation;
using Keyreeve.Server.Sealing;
using Keyreeve.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// What the front doors stand on, opened in order and closed in the opposite one: data directory, store, root key, audit
/// trail, engine, identities.
/// </summary>
internal sealed class ServerFoundation : IAsyncDisposable
{
    private static readonly TimeSpan TokenSweepInterval = TimeSpan.FromSeconds(5);

    private readonly Stack<object> _open = new();

    private ServerFoundation()
    {
    }

    public Engine Engine { get; private set; } = null!;

    public AuditChain Trail { get; private set; } = null!;

    public AuditIndexer AuditIndexer { get; private set; } = null!;

    public OperationPipeline Pipeline { get; private set; } = null!;

    public ServerIdentity Identity { get; private set; } = null!;

    public SealServices Seal { get; private set; } = null!;

    /// <param name="options">The configuration.</param>
    /// <param name="slots">The seal slots that may open the root key.</param>
    /// <param name="root">The root key, if somebody has opened it already.</param>
    /// <param name="logging">For operators.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="SealedException">No slot opens the root key.</exception>
    /// <exception cref="KeyreeveException">Something cannot be opened; the message says what and what to do.</exception>
    public static async Task<ServerFoundation> OpenAsync(
        KeyreeveOptions options, ConfiguredSlots slots, SecretBytes? root, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var foundation = new ServerFoundation();
        try
        {
            await foundation.OpenPartsAsync(options, slots, root, logging, time, cancellationToken);
            return foundation;
        }
        catch
        {
            await foundation.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_open.TryPop(out var part))
        {
            if (part is IAsyncDisposable closing) await closing.DisposeAsync();
            else ((IDisposable)part).Dispose();
        }
    }

    private async Task OpenPartsAsync(
        KeyreeveOptions options, ConfiguredSlots slots, SecretBytes? root, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var data = options.Server.DataDirectory;
        if (!Directory.Exists(data)) throw new KeyreeveException(KeyreeveError.Sealed, $"'{data}' does not exist; make an installation with: keyreeve init");
        PrivateFile.CheckDirectory(data);
        IObjectStore store = Keep(await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = data, TimeProvider = time }, cancellationToken));
        var hierarchy = Keep(await OpenRootAsync(options, slots, root, store, cancellationToken));
        var auditLog = logging.CreateLogger("Keyreeve.Audit");
        using (var seed = hierarchy.Derive(Bootstrap.AuditSigningLabel, 32))
        {
            var auditOptions = new AuditChainOptions
            {
                DataDirectory = data,
                Origin = OwnOrigin.Of(options),
                Time = time,
                Alarm = message => auditLog.LogError("{Alarm}", message),
                Relief = message => auditLog.LogInformation("{Message}", message),
                SegmentSizeInBytes = options.Audit.SegmentSizeInBytes,
                WaitLimit = options.Audit.WaitLimit,
                CheckpointInterval = options.Audit.CheckpointInterval,
                HistoryInterval = options.Audit.HistoryInterval,
            };
            Trail = Keep(await AuditChain.OpenAsync(auditOptions, seed, store, cancellationToken));
            AuditIndexer = Keep(AuditIndexer.Start(Trail.Feed, data, message => auditLog.LogWarning("{Message}", message)));
            var parts = new EngineParts
            {
                Store = store,
                Hierarchy = hierarchy,
                Audit = Trail,
                Time = time,
                Modes = new GroupModes(options.Groups, options.Server.Mode),
                FailClosed = options.Audit.FailClosed.ToFrozenSet(),
                AnswerEarly = options.Audit.AnswerEarly.ToFrozenSet(),
                RecordedContext = new RecordedContext(options.AuditContext),
                Masks = new MaskTable(options.Masks),
                Protections = new GroupProtections(options.Protection),
                Attestation = new AttestationPolicy(options.Attestation),
                KeyMaterialEncoding = new KeyMaterialEncoding(),
                Certification = options.Kmip.Certification,
            };
            Engine = Keep(await Engine.OpenAsync(parts, cancellationToken));
            Keep(new DayKeeper(Engine, auditLog));
            if (slots.Token is { } token) OpenTokenKeys(token, logging.CreateLogger("Keyreeve.Hsm"));
        }

        Identity = Keep(await OpenIdentityAsync(options, store, hierarchy, logging.CreateLogger("Keyreeve.Identity"), time, cancellationToken));
        Identity.RevocationLists.Tenants = Engine.Tenants;
        Engine.Principals = Identity.Principals;
        Engine.Access.KnowPrincipals((tenant, name) => Identity.Principals.FindByName(tenant, name)?.Principal);
        Pipeline = new OperationPipeline(Engine);
        Seal = Keep(new SealServices(options, slots, Engine, Identity, time, logging.CreateLogger("Keyreeve.Seal")));
    }

    private ValueTask<ServerIdentity> OpenIdentityAsync(
        KeyreeveOptions options, IObjectStore store, KeyHierarchy hierarchy, ILogger log, TimeProvider time, CancellationToken cancellationToken) =>
        ServerIdentity.OpenAsync(
        new IdentityParts
        {
            Store = store,
            Hierarchy = hierarchy,
            Time = time,
            ServerNames = options.Server.Names,
            CertificateFiles = options.Server.Certificate,
            Record = (detail, reason) => RecordFiles(detail, reason, log),
            ClientCertificateLifetime = options.Server.ClientCertificateLifetime,
            ClientAuthoritiesFile = options.Server.ClientAuthoritiesFile,
            Alarm = message => log.LogError("{Message}", message),
            RevocationListFile = options.Server.RevocationListFile,
            TokenIssuers = [.. options.TokenIssuers.Values],
            Log = message => log.LogWarning("{Message}", message),
        },
        cancellationToken);

    // Whoever reads files does not wait for the disk.
    private void RecordFiles(string detail, KeyreeveError reason, ILogger log)
    {
        try
        {
            ServerEvents.ReadAgain(Engine, detail, reason);
        }
        catch (KeyreeveException unrecorded)
        {
            log.LogError("The audit trail has no record of files that were read again: {Reason}", unrecorded.Message);
        }
    }

    private void OpenTokenKeys(HsmToken token, ILogger log)
    {
        var keys = Keep(new TokenKeys(Engine, new HsmKeys(token), TokenSweepInterval, message => log.LogWarning("{Message}", message)));
        Engine.TokenKeys = keys;
        keys.Start();
    }

    private static async Task<KeyHierarchy> OpenRootAsync(
        KeyreeveOptions options, ConfiguredSlots slots, SecretBytes? given, IObjectStore store, CancellationToken cancellationToken)
    {
        if (given is not null) return await KeyHierarchy.OpenAsync(store, given, cancellationToken);
        var file = new SealFile(options.Server.DataDirectory);
        var generation = await KeyHierarchy.ReadGenerationAsync(store, cancellationToken);
        SecretBytes root;
        try
        {
            root = await file.OpenAsync(slots.Slots, generation, cancellationToken);
        }
        catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.Sealed && file.Exists && !IsMistake(refusal))
        {
            throw new SealedException(generation, refusal);
        }

        using (root) return await KeyHierarchy.OpenAsync(store, root, cancellationToken);
    }

    // Files that are open to others are not waited for: whoever starts the server mends them.
    private static bool IsMistake(KeyreeveException refusal) =>
        refusal.InnerException is PrivateFileException || refusal.InnerException is AggregateException all && all.InnerExceptions.Any(static one => one.InnerException is PrivateFileException);

    private T Keep<T>(T part)
        where T : class
    {
        _open.Push(part);
        return part;
    }
}
