using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Audit.Indexing;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip.Translation;
using Keyreeve.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// What the front doors stand on, opened in order and closed in the opposite one: data directory, store, root key, audit
/// trail, engine, identities.
/// </summary>
internal sealed class ServerFoundation : IAsyncDisposable
{
    private readonly Stack<object> _open = new();

    private ServerFoundation()
    {
    }

    public Engine Engine { get; private set; } = null!;

    public AuditChain Trail { get; private set; } = null!;

    public AuditIndexer AuditIndexer { get; private set; } = null!;

    public OperationPipeline Pipeline { get; private set; } = null!;

    public ServerIdentity Identity { get; private set; } = null!;

    /// <exception cref="KeyreeveException">Something cannot be opened; the message says what and what to do.</exception>
    public static async Task<ServerFoundation> OpenAsync(
        KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var foundation = new ServerFoundation();
        try
        {
            await foundation.OpenPartsAsync(options, logging, time, cancellationToken);
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

    private async Task OpenPartsAsync(KeyreeveOptions options, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var data = options.Server.DataDirectory;
        if (!Directory.Exists(data)) throw new KeyreeveException(KeyreeveError.Sealed, $"'{data}' does not exist; make an installation with: keyreeve init");
        PrivateFile.CheckDirectory(data);
        IObjectStore store = Keep(await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = data, TimeProvider = time }, cancellationToken));
        var hierarchy = Keep(await OpenRootAsync(options, store, cancellationToken));
        var auditLog = logging.CreateLogger("Keyreeve.Audit");
        using (var seed = hierarchy.Derive(Bootstrap.AuditSigningLabel, 32))
        {
            var auditOptions = new AuditChainOptions
            {
                DataDirectory = data,
                Time = time,
                Alarm = message => auditLog.LogError("{Alarm}", message),
                SegmentSizeInBytes = options.Audit.SegmentSizeInBytes,
                WaitLimit = options.Audit.WaitLimit,
                CheckpointInterval = options.Audit.CheckpointInterval,
                HistoryInterval = options.Audit.HistoryInterval,
            };
            Trail = Keep(await AuditChain.OpenAsync(auditOptions, seed, store, cancellationToken));
            AuditIndexer = Keep(AuditIndexer.Start(Trail.Feed, data, time, message => auditLog.LogWarning("{Message}", message)));
            var parts = new EngineParts { Store = store, Hierarchy = hierarchy, Audit = Trail, Time = time, Modes = new GroupModes(options.Groups), KeyMaterialEncoding = new KeyMaterialEncoding() };
            Engine = Keep(await Engine.OpenAsync(parts, cancellationToken));
        }

        var identityLog = logging.CreateLogger("Keyreeve.Identity");
        Identity = Keep(await ServerIdentity.OpenAsync(
            new IdentityParts
            {
                Store = store,
                Hierarchy = hierarchy,
                Time = time,
                ServerNames = options.Server.Names,
                RevocationListFile = options.Server.RevocationListFile,
                Log = message => identityLog.LogWarning("{Message}", message),
            },
            cancellationToken));
        Pipeline = new OperationPipeline(Engine);
    }

    private static async Task<KeyHierarchy> OpenRootAsync(KeyreeveOptions options, IObjectStore store, CancellationToken cancellationToken)
    {
        var slot = new PassphraseFileSlot(options.Seal.PassphraseFile, options.Server.DataDirectory);
        using var root = await new SealFile(options.Server.DataDirectory).OpenAsync([slot], cancellationToken);
        return await KeyHierarchy.OpenAsync(store, root, cancellationToken);
    }

    private T Keep<T>(T part)
        where T : class
    {
        _open.Push(part);
        return part;
    }
}
