using System.Collections.Frozen;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>What operations work with; one for the life of the server.</summary>
public sealed class Engine : IDisposable
{
    private static readonly CacheLimits BatchLimits = new() { Keys = 64, Objects = 256 };

    // Enough for the store to commit many at once, and few enough that who comes next waits a few milliseconds at most.
    private const int PlacesAtATime = 128;
    private const int PlacesOfOne = 96;

    private readonly StreamTable? _streams;
    private GroupModes _modes = GroupModes.AllStrict;
    private AttestationPolicy _attestation = AttestationPolicy.None;
    private FrozenSet<OperationClass> _failClosed;
    private FrozenSet<OperationClass> _answerEarly;
    private RecordedContext _recordedContext = RecordedContext.Nothing;
    private MaskTable _masks = MaskTable.Empty;
    private GroupProtections _protections = GroupProtections.None;

    private Engine(EngineParts parts, CreationRules rules, AccessRules access, TenantDirectory tenants)
    {
        Root = this;
        Approvals = new ApprovalBook(parts.Hierarchy);
        Rules = rules;
        Access = access;
        Tenants = tenants;
        Store = parts.Store;
        Hierarchy = parts.Hierarchy;
        Audit = parts.Audit;
        Time = parts.Time;
        _modes = parts.Modes;
        _recordedContext = parts.RecordedContext;
        _masks = parts.Masks;
        _attestation = parts.Attestation;
        _failClosed = parts.FailClosed;
        _answerEarly = parts.AnswerEarly;
        _protections = parts.Protections;
        KeyMaterialEncoding = parts.KeyMaterialEncoding;
        Certification = parts.Certification;
        Metrics = new EngineMetrics();
        Objects = new ObjectVault(parts.Store, parts.Hierarchy, parts.Limits, parts.Time) { Metrics = Metrics };
        Keys = new KeyCache(Objects, parts.Limits, parts.Time);
        Gate = new FairGate(PlacesAtATime, PlacesOfOne);
        Turns = new ProcessorTurns(Environment.ProcessorCount, parts.Time);
        ObjectCounts = new ObjectCounts(parts.Store);
        RequestHashKey = parts.Hierarchy.Derive("request-hash", 32);
        _streams = new StreamTable(parts.Time);
        Seeds = new SeedAllowance();
    }

    // The same engine over a store in which a batch is staged: what is kept in memory is its own.
    internal Engine(Engine root, BatchTransaction batch, IObjectStore store, IAuditLog audit)
    {
        Root = root;
        Batch = batch;
        Approvals = root.Approvals;
        Principals = root.Principals;
        Store = store;
        Hierarchy = root.Hierarchy;
        Audit = audit;
        Time = root.Time;
        _modes = root.Modes;
        _recordedContext = root.RecordedContext;
        _masks = root.Masks;
        _attestation = root.Attestation;
        _protections = root.Protections;
        TokenKeys = root.TokenKeys;
        SelfTest = root.SelfTest;
        GeneratePair = root.GeneratePair;
        Rules = root.Rules;
        _failClosed = root.FailClosed;
        _answerEarly = root.AnswerEarly;
        Access = root.Access;
        Tenants = root.Tenants;
        KeyMaterialEncoding = root.KeyMaterialEncoding;
        Certification = root.Certification;
        Objects = new ObjectVault(store, Hierarchy, BatchLimits, Time);
        Keys = new KeyCache(Objects, BatchLimits, Time);
        Gate = root.Gate;
        Turns = root.Turns;
        ObjectCounts = root.ObjectCounts;
        RequestHashKey = root.RequestHashKey;
        Seeds = root.Seeds;
        Metrics = root.Metrics;
    }

    /// <summary>Objects, sealed and unsealed on their way to and from the store.</summary>
    public ObjectVault Objects { get; }

    /// <summary>Unwrapped keys, ready for use.</summary>
    public KeyCache Keys { get; }

    /// <summary>Constraints and defaults of new objects.</summary>
    public CreationRules Rules { get; }

    /// <summary>Who may do what.</summary>
    public AccessRules Access { get; }

    /// <summary>The tenants, and whether they are served.</summary>
    public TenantDirectory Tenants { get; }

    /// <summary>Who is known, where others are to agree to what one asks; null if nobody is. Set once, before anything is served.</summary>
    public PrincipalDirectory? Principals { get; set; }

    /// <summary>What was asked for that takes others to agree.</summary>
    public ApprovalBook Approvals { get; }

    /// <summary>The audit trail.</summary>
    public IAuditLog Audit { get; }

    /// <summary>
    /// The classes of operations that are refused while nothing can be recorded; the others go on and are recorded when it can.
    /// Set anew when the configuration is reloaded.
    /// </summary>
    public FrozenSet<OperationClass> FailClosed
    {
        get => Volatile.Read(ref _failClosed);
        set => Volatile.Write(ref _failClosed, value);
    }

    /// <summary>
    /// The classes of operations that are answered when their record is kept (<see cref="AuditTicket.IsKept"/>), before it is on disk.
    /// What fails closed is never among them. Set anew when the configuration is reloaded.
    /// </summary>
    public FrozenSet<OperationClass> AnswerEarly
    {
        get => Volatile.Read(ref _answerEarly);
        set => Volatile.Write(ref _answerEarly, value);
    }

    /// <summary>Makes the two halves of a key pair in software; tests put in what makes them wrong.</summary>
    internal PairGenerator GeneratePair { get; set; } = KeyPairMaterial.Generate;

    /// <summary>What is measured.</summary>
    public EngineMetrics Metrics { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The store itself, for documents of the server's own; objects are reached through <see cref="Objects"/>.</summary>
    public IObjectStore Store { get; }

    /// <summary>The root key and what hangs from it.</summary>
    public KeyHierarchy Hierarchy { get; }

    /// <summary>How structures are encoded for their Digest; null if nobody asks for them.</summary>
    internal IKeyMaterialEncoding? KeyMaterialEncoding { get; }

    /// <summary>Whose turn it is in each Object Group.</summary>
    internal Standard.GroupTurns GroupTurns { get; } = new();

    /// <summary>What the standard leaves to the server when a certificate is asked for.</summary>
    public CertificationOptions Certification { get; }

    /// <summary>How strict the server is in each key group; set anew when the configuration is reloaded.</summary>
    public GroupModes Modes
    {
        get => Volatile.Read(ref _modes);
        set => Volatile.Write(ref _modes, value);
    }

    /// <summary>What takes an attestation; set anew when the configuration is reloaded.</summary>
    public AttestationPolicy Attestation
    {
        get => Volatile.Read(ref _attestation);
        set => Volatile.Write(ref _attestation, value);
    }

    /// <summary>Which values of contexts are recorded; set anew when the configuration is reloaded.</summary>
    public RecordedContext RecordedContext
    {
        get => Volatile.Read(ref _recordedContext);
        set => Volatile.Write(ref _recordedContext, value);
    }

    /// <summary>What is shown of the values of data classes; set anew when the configuration is reloaded.</summary>
    public MaskTable Masks
    {
        get => Volatile.Read(ref _masks);
        set => Volatile.Write(ref _masks, value);
    }

    /// <summary>Where the keys of each key group have to be; set anew when the configuration is reloaded.</summary>
    public GroupProtections Protections
    {
        get => Volatile.Read(ref _protections);
        set => Volatile.Write(ref _protections, value);
    }

    /// <summary>Whether cryptography does what it should; null if nobody asks. Set once, before anything is served.</summary>
    public SelfTestState? SelfTest { get; set; }

    /// <summary>The keys that live in a token; null if there is none. Set once, before anything is served.</summary>
    public TokenKeys? TokenKeys { get; set; }

    /// <summary>Told of every change of an object once it is committed; null if nobody listens. It must not fail or wait.</summary>
    public Action<CommittedChange>? Listener { get; set; }

    /// <summary>The server's own engine; of one that stages a batch, the one behind it.</summary>
    internal Engine Root { get; }

    /// <summary>Who runs, and who waits.</summary>
    internal FairGate Gate { get; }

    /// <summary>Whose work the processor does.</summary>
    public ProcessorTurns Turns { get; }

    /// <summary>How many objects tenants have, where that is limited.</summary>
    internal ObjectCounts ObjectCounts { get; }

    /// <summary>The batch that is staged with this engine; null if it is the server's own.</summary>
    internal BatchTransaction? Batch { get; }

    /// <summary>The messages that come in parts.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.FeatureNotSupported"/>: within a batch that may be undone.</exception>
    internal StreamTable Streams => _streams
        ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "A part of a message cannot be taken back, so it cannot be in a batch that is undone.");

    /// <summary>What principals may stir into the generator.</summary>
    internal SeedAllowance Seeds { get; }

    /// <summary>Keys the hashes of requests that are kept to recognise repetitions.</summary>
    internal SecretBytes RequestHashKey { get; }

    /// <summary>Makes an engine of parts that are open, for tenants that have keys from then on.</summary>
    /// <remarks>Order of starting: store, root key (<see cref="SealFile"/>), <see cref="KeyHierarchy"/>, audit trail (whose
    /// signing key comes from the hierarchy), engine. The engine disposes of none of its parts.</remarks>
    public static async ValueTask<Engine> OpenAsync(EngineParts parts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        await parts.Hierarchy.EnsureTenantAsync(TenantId.Default, cancellationToken);
        var rules = await CreationRules.OpenAsync(parts.Store, parts.Hierarchy, cancellationToken);
        TenantDirectory? tenants = null;
        try
        {
            tenants = await TenantDirectory.OpenAsync(parts.Store, parts.Hierarchy, cancellationToken);
            return new Engine(parts, rules, await AccessRules.OpenAsync(parts.Store, parts.Hierarchy, cancellationToken), tenants);
        }
        catch
        {
            rules.Dispose();
            tenants?.Dispose();
            throw;
        }
    }

    /// <summary>Wipes the keys in memory.</summary>
    public void Dispose()
    {
        _streams?.Dispose();
        Keys.Dispose();
        Objects.Dispose();
        if (Batch is not null) return;
        RequestHashKey.Dispose();
        Rules.Dispose();
        Access.Dispose();
        Tenants.Dispose();
        Approvals.Dispose();
        Metrics.Dispose();
    }
}

/// <summary>What an engine is made of.</summary>
public sealed record EngineParts
{
    /// <summary>Where everything is kept.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>The root key and what hangs from it, open.</summary>
    public required KeyHierarchy Hierarchy { get; init; }

    /// <summary>The audit trail, open.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>The classes of operations that are refused while nothing can be recorded. Default: release and change.</summary>
    public FrozenSet<OperationClass> FailClosed { get; init; } = FrozenSet.Create(OperationClass.Release, OperationClass.Change);

    /// <summary>The classes of operations that are answered before their record is on disk. Default: use and read.</summary>
    public FrozenSet<OperationClass> AnswerEarly { get; init; } = FrozenSet.Create(OperationClass.Use, OperationClass.Read);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How strict the server is in each key group. Default: strict in all.</summary>
    public GroupModes Modes { get; init; } = GroupModes.AllStrict;

    /// <summary>What takes an attestation, by key group. Default: nothing.</summary>
    public AttestationPolicy Attestation { get; init; } = AttestationPolicy.None;

    /// <summary>Which values of contexts the trail holds, by key group. Default: none.</summary>
    public RecordedContext RecordedContext { get; init; } = RecordedContext.Nothing;

    /// <summary>What is shown of the values of data classes. Default: nothing.</summary>
    public MaskTable Masks { get; init; } = MaskTable.Empty;

    /// <summary>Where the keys of each key group have to be. Default: nothing is demanded.</summary>
    public GroupProtections Protections { get; init; } = GroupProtections.None;

    /// <summary>How structures are encoded for their Digest; null if no front door shows keys as structures.</summary>
    public IKeyMaterialEncoding? KeyMaterialEncoding { get; init; }

    /// <summary>What the standard leaves to the server when a certificate is asked for.</summary>
    public CertificationOptions Certification { get; init; } = new();

    /// <summary>How much is kept in memory.</summary>
    public CacheLimits Limits { get; init; } = new();
}
