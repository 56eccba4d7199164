using System.Collections.Concurrent;
using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;
using Keyreeve.Integration.Identity;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>
/// Core as the server has it, without a front door: the embedded store in a temporary folder, real cryptography, a clock
/// that is set, and an audit trail that is read.
/// </summary>
public sealed class EngineFixture : IAsyncLifetime
{
    private readonly SecretBytes _root = SecretBytes.Random(32);
    private SqliteObjectStore _store = null!;

    internal string Folder { get; } = Directory.CreateTempSubdirectory("keyreeve-core-").FullName;

    internal SettableTime Time { get; } = new();

    internal RecordingAudit Audit { get; } = new();

    /// <summary>What stands between core and store, to do harm.</summary>
    internal HarmfulStore Store { get; private set; } = null!;

    internal KeyHierarchy Hierarchy { get; private set; } = null!;

    internal Engine Engine { get; private set; } = null!;

    internal OperationPipeline Pipeline { get; private set; } = null!;

    /// <summary>May do everything with keys in the whole tenant.</summary>
    internal Principal Owner { get; } = PrincipalOf("owner", TenantId.Default, null, Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);

    /// <summary>The same of another tenant.</summary>
    internal Principal Stranger { get; } = PrincipalOf("stranger", new TenantId(2), null, Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);

    internal static GroupName InteropGroup { get; } = GroupName.Parse("old/interop");

    internal static Principal PrincipalOf(string name, TenantId tenant, GroupName? group, params Role[] roles) => new()
    {
        Tenant = tenant,
        Name = name,
        Fingerprint = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name))),
        HomeGroup = group ?? GroupName.Default,
        Bindings = [.. roles.Select(role => new RoleBinding(role, group))],
    };

    public async ValueTask InitializeAsync() => await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _root.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>As a restart does: nothing in memory survives.</summary>
    internal async ValueTask RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    internal Call CallOf(Principal? principal = null, string? idempotencyKey = null) => new()
    {
        Principal = principal ?? Owner,
        Protocol = Protocol.Kmip,
        SourceAddress = "192.0.2.1",
        SourcePort = 4711,
        CorrelationId = Guid.NewGuid().ToString("N"),
        Time = Time.GetUtcNow(),
        IdempotencyKey = idempotencyKey,
    };

    internal async ValueTask<TResponse> RunAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, TRequest request, Principal? principal = null, string? idempotencyKey = null)
        where TRequest : class
    {
        var held = await Pipeline.RunAsync(operation, CallOf(principal, idempotencyKey), request, CancellationToken.None);
        return await held.ReleaseAsync(CancellationToken.None);
    }

    /// <summary>Runs what has to be refused, and gives the reason.</summary>
    internal async ValueTask<KeyreeveError> RefusedAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, TRequest request, Principal? principal = null, string? idempotencyKey = null)
        where TRequest : class
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await RunAsync(operation, request, principal, idempotencyKey));
        return refusal.Error;
    }

    internal async ValueTask<UniqueIdentifier> CreateAesAsync(
        AttributeSet? more = null, GroupName? group = null, Principal? principal = null, bool active = true, int lengthInBits = 256)
    {
        var attributes = Attributes.Aes(lengthInBits);
        if (more is not null) attributes = attributes.Merge(more);
        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Group = group };
        var id = (await RunAsync(new CreateOperation(), request, principal)).Id;
        if (active) await RunAsync(new ActivateOperation(), new ActivateRequest(id), principal);
        return id;
    }

    internal async ValueTask<AttributeSet> AttributesOfAsync(UniqueIdentifier id) =>
        (await RunAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id })).Attributes;

    internal async ValueTask<State> StateOfAsync(UniqueIdentifier id) =>
        (await AttributesOfAsync(id)).Find(AttributeName.State) is EnumerationValue v ? (State)v.Value : State.NotSet;

    private async ValueTask OpenAsync()
    {
        _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Path.Combine(Folder, "data"), TimeProvider = Time });
        Store = new HarmfulStore(_store);
        Hierarchy = await KeyHierarchy.OpenAsync(Store, _root, CancellationToken.None);
        await Hierarchy.EnsureTenantAsync(Stranger.Tenant, CancellationToken.None);
        var parts = new EngineParts
        {
            Store = Store,
            Hierarchy = Hierarchy,
            Audit = Audit,
            Time = Time,
            Modes = new GroupModes([KeyValuePair.Create(GroupName.Parse("old"), GroupMode.InsecureInterop)]),
        };
        Engine = await Engine.OpenAsync(parts, CancellationToken.None);
        Pipeline = new OperationPipeline(Engine);
    }

    private async ValueTask CloseAsync()
    {
        Engine.Dispose();
        Hierarchy.Dispose();
        await _store.DisposeAsync();
    }
}

/// <summary>Attributes as clients state them.</summary>
internal static class Attributes
{
    public static AttributeSet Aes(int lengthInBits = 256, CryptographicUsageMask usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt) =>
        AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)usage));

    public static AttributeValue Name(string name) => AttributeValue.Of(
        new StructureField(AttributeField.NameValue, AttributeValue.Of(name)),
        new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)));

    public static AttributeSet Named(string name) => AttributeSet.Empty.With(AttributeName.Name, Name(name));

    public static StructureValue Parameters(BlockCipherMode mode, PaddingMethod padding = PaddingMethod.NotSet, int? tagLength = null)
    {
        var fields = ImmutableArray.CreateBuilder<StructureField>();
        if (mode != BlockCipherMode.NotSet) fields.Add(new StructureField(AttributeField.BlockCipherMode, AttributeValue.Of(mode)));
        if (padding != PaddingMethod.NotSet) fields.Add(new StructureField(AttributeField.PaddingMethod, AttributeValue.Of(padding)));
        if (tagLength is { } length) fields.Add(new StructureField(AttributeField.TagLength, AttributeValue.Of(length)));
        return new StructureValue(fields.DrainToImmutable());
    }
}

/// <summary>An audit trail in memory: says what was recorded, and can be made to fail.</summary>
internal sealed class RecordingAudit : IAuditLog
{
    private long _sequence;

    public ConcurrentQueue<AuditEvent> Events { get; } = new();

    public ConcurrentQueue<PendingAudit> Committed { get; } = new();

    public AuditOrigin? Origin { get; init; }

    public bool IsAvailable { get; set; } = true;

    /// <summary>Whether no more records can be queued.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether records are kept though they are not on disk.</summary>
    public bool IsKeeping { get; set; }

    /// <summary>How often somebody waited for the disk.</summary>
    public int Waits { get; private set; }

    public AuditTicket Append(AuditEvent auditEvent)
    {
        if (IsFull) throw new KeyreeveException(KeyreeveError.AuditUnavailable, "full");
        Events.Enqueue(auditEvent);
        return new AuditTicket(Interlocked.Increment(ref _sequence), IsKeeping);
    }

    public AuditTicket Append(PendingAudit pending)
    {
        Committed.Enqueue(pending);
        return new AuditTicket(Interlocked.Increment(ref _sequence), IsKeeping);
    }

    public long Unrecorded { get; private set; }

    public void CountUnrecorded() => Unrecorded++;

    public ValueTask WhenDurableAsync(AuditTicket ticket, CancellationToken cancellationToken)
    {
        Waits++;
        return IsAvailable ? ValueTask.CompletedTask : ValueTask.FromException(new KeyreeveException(KeyreeveError.AuditUnavailable, "not now"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A store whose rows somebody alters behind the server's back.</summary>
internal sealed class HarmfulStore(IObjectStore inner) : IObjectStore
{
    /// <summary>What becomes of a row that is read; null leaves it alone.</summary>
    public Func<StoredObject, StoredObject>? Alter { get; set; }

    /// <summary>How many rows were read.</summary>
    public int Reads { get; private set; }

    /// <summary>How often the store was asked for anything.</summary>
    public int Asked { get; private set; }

    /// <summary>Called once, after the next commit was made durable: the crash before the answer.</summary>
    public Action? AfterCommit { get; set; }

    public async ValueTask<StoredObject?> FindAsync(TenantId tenant, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        Reads++;
        Asked++;
        return await inner.FindAsync(tenant, id, cancellationToken) is { } row ? Altered(row) : null;
    }

    public async ValueTask<IReadOnlyList<StoredObject>> FindVersionsAsync(TenantId tenant, UniqueIdentifier keyIdentifier, CancellationToken cancellationToken)
    {
        Asked++;
        return [.. (await inner.FindVersionsAsync(tenant, keyIdentifier, cancellationToken)).Select(Altered)];
    }

    public ValueTask<UniqueIdentifier?> FindByNameAsync(TenantId tenant, string name, CancellationToken cancellationToken)
    {
        Asked++;
        return inner.FindByNameAsync(tenant, name, cancellationToken);
    }

    public ValueTask<LocateResult> LocateAsync(ObjectQuery query, CancellationToken cancellationToken)
    {
        Asked++;
        return inner.LocateAsync(query, cancellationToken);
    }

    public async ValueTask CommitAsync(StoreChanges changes, CancellationToken cancellationToken)
    {
        await inner.CommitAsync(changes, cancellationToken);
        if (AfterCommit is not { } after) return;
        AfterCommit = null;
        after();
    }

    public ValueTask<StoredAnswer?> FindAnswerAsync(TenantId tenant, string principal, string idempotencyKey, CancellationToken cancellationToken) =>
        inner.FindAnswerAsync(tenant, principal, idempotencyKey, cancellationToken);

    public ValueTask<StoredDocument?> FindDocumentAsync(string kind, string key, CancellationToken cancellationToken) =>
        inner.FindDocumentAsync(kind, key, cancellationToken);

    public ValueTask<IReadOnlyList<StoredDocument>> ListDocumentsAsync(string kind, CancellationToken cancellationToken) =>
        inner.ListDocumentsAsync(kind, cancellationToken);

    public ValueTask<IReadOnlyList<PendingAudit>> ListPendingAuditAsync(CancellationToken cancellationToken) => inner.ListPendingAuditAsync(cancellationToken);

    public void AcknowledgeAudit(UniqueIdentifier recordId) => inner.AcknowledgeAudit(recordId);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private StoredObject Altered(StoredObject row) => Alter?.Invoke(row) ?? row;
}
