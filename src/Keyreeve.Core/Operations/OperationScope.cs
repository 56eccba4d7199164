using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// One request on its way: who asks, what it may see, what it is going to change. Made by the pipeline for one operation
/// and used by one thread at a time.
/// </summary>
public sealed class OperationScope
{
    // Made when needed: most requests change nothing.
    private List<ManagedObject>? _inserts;
    private List<ManagedObject>? _updates;
    private List<ManagedObject>? _deletes;
    private List<StoredDocument>? _documents;
    private Action? _committed;
    private Action? _abandoned;
    private UniqueIdentifier? _limited;
    private IReadOnlyList<ManagedObject>? _versions;

    internal OperationScope(Call call, Engine engine, AuditEvent auditEvent)
    {
        Call = call;
        Engine = engine;
        Audit = auditEvent;
    }

    /// <summary>Who asks.</summary>
    public Call Call { get; }

    /// <summary>The tenant; nothing of another is reachable.</summary>
    public TenantId Tenant => Call.Principal.Tenant;

    /// <summary>Store, key cache and the rest.</summary>
    public Engine Engine { get; }

    /// <summary>The record being made; a handler adds what only it knows.</summary>
    public AuditEvent Audit { get; }

    /// <summary>The time at which the operation runs; one for all it sets.</summary>
    public DateTimeOffset Now => Call.Time;

    internal IReadOnlyList<ManagedObject> Inserts => _inserts ?? [];

    internal IReadOnlyList<ManagedObject> Updates => _updates ?? [];

    internal IReadOnlyList<ManagedObject> Deletes => _deletes ?? [];

    internal IReadOnlyList<StoredDocument> Documents => _documents ?? [];

    internal StoredAnswer? Answer { get; private set; }

    /// <summary>Whether there is anything to commit. An answer alone is not: there was nothing to make.</summary>
    internal bool HasChanges => _inserts is not null || _updates is not null || _deletes is not null || _documents is not null;

    internal void TellCommitted()
    {
        _abandoned = null;
        _committed?.Invoke();
    }

    internal void TellAbandoned()
    {
        var abandoned = _abandoned;
        _abandoned = null;
        abandoned?.Invoke();
    }

    /// <summary>What is changed outside of the store once the record is durable; null if nothing is.</summary>
    internal IRecordedChange? RecordedChange { get; private set; }

    /// <summary>Whether a batch commits it with others: then the batch knows whether it was.</summary>
    internal bool IsStaged { get; set; }

    /// <summary>Whether the record of that change is in the trail.</summary>
    internal bool IsRecorded { get; set; }

    /// <summary>Whether it is tried again, since somebody else was first.</summary>
    internal bool IsRetry { get; init; }

    /// <summary>Takes some of what the request may cost, before it is done; see <see cref="RequestWork"/>.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ServerLimitExceeded"/>.</exception>
    internal void Spend(long microseconds) => Call.Work?.Spend(microseconds);

    /// <summary>Stages a new object.</summary>
    public void Insert(ManagedObject managedObject) => (_inserts ??= []).Add(managedObject);

    /// <summary>Changes the attributes of an object that this request makes.</summary>
    public void Amend(UniqueIdentifier id, Func<AttributeSet, AttributeSet> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var index = _inserts!.FindIndex(made => made.Id == id);
        _inserts[index] = _inserts[index] with { Attributes = change(_inserts[index].Attributes) };
    }

    /// <summary>
    /// Stages a change. <paramref name="managedObject"/> is the object as read, altered; its RowVersion is raised here. Staged again, it
    /// takes the place of what was staged before: begin with <see cref="Staged"/>.
    /// </summary>
    public void Update(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        var staged = _updates?.FindIndex(u => u.Id == managedObject.Id) ?? -1;
        if (staged >= 0)
        {
            _updates![staged] = managedObject with { RowVersion = _updates[staged].RowVersion };
            return;
        }

        (_updates ??= []).Add(managedObject with { RowVersion = checked(managedObject.RowVersion + 1) });
    }

    /// <summary>An object as this request has changed it so far; as read, if it has not.</summary>
    public ManagedObject Staged(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return _updates?.Find(u => u.Id == managedObject.Id) ?? managedObject;
    }

    /// <summary>Stages the end of an object as read: nothing of it stays.</summary>
    public void Delete(ManagedObject managedObject) => (_deletes ??= []).Add(managedObject);

    /// <summary>Stages a document of the server's own.</summary>
    public void Write(StoredDocument document) => (_documents ??= []).Add(document);

    /// <summary>Has something done once all that was staged is durable; nothing if it is not. It must not fail.</summary>
    public void OnCommitted(Action effect) => _committed += effect;

    /// <summary>Has something done if the request ends without a commit that is known to have happened. It must not fail.</summary>
    internal void OnAbandoned(Action effect) => _abandoned += effect;

    /// <summary>Has a change outside of the store made once its record is durable; it is disposed in any case.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void MakeOnceRecorded(IRecordedChange change) =>
        RecordedChange = RecordedChange is null ? change : throw new InvalidOperationException("An operation makes one change outside of the store.");

    /// <summary>Stages the answer for the request's idempotency key.</summary>
    public void Remember(StoredAnswer answer) => Answer = answer;

    /// <summary>Reads an object of the caller's tenant.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ItemNotFound"/>.</exception>
    public async ValueTask<ManagedObject> RequireAsync(UniqueIdentifier id, CancellationToken cancellationToken) =>
        await Engine.Objects.FindAsync(Tenant, id, cancellationToken)
        ?? throw KeyreeveException.NotFound();

    /// <summary>
    /// All versions of the key that the request is about, oldest first. They are read once: what others agreed to and what is changed then are
    /// the same rows, and the commit fails if one of them is another by then.
    /// </summary>
    /// <param name="version">The version that the request found.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Conflict"/>: the version was changed since it was found.</exception>
    internal async ValueTask<IReadOnlyList<ManagedObject>> VersionsAsync(ManagedObject version, CancellationToken cancellationToken)
    {
        if (_versions is { Count: > 0 } read && read[0].KeyIdentifier == version.KeyIdentifier) return read;
        var versions = await Engine.Objects.FindVersionsAsync(Tenant, version.KeyIdentifier, cancellationToken);
        if (!versions.Any(v => v.Id == version.Id && v.RowVersion == version.RowVersion))
            throw new KeyreeveException(KeyreeveError.Conflict, "The key was changed at the same time.");
        return _versions = versions;
    }

    /// <summary>Whether the caller may do <paramref name="operation"/> in a group; for listings, which show only what may be seen.</summary>
    public bool May(OperationName operation, GroupName group) =>
        Decide(operation, new OperationTarget(group, null)).IsAllowed && (Call.Rights?.Covers(operation) ?? true);

    /// <summary>Whether the caller may do <paramref name="operation"/> with an object that its request is not itself about, such as
    /// the key that wraps another.</summary>
    /// <param name="operation">What would be done.</param>
    /// <param name="managedObject">With which object.</param>
    /// <param name="context">What the caller says the data is; null if the operation takes no such thing.</param>
    public bool May(OperationName operation, ManagedObject managedObject, EncryptionContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return Decide(operation, OperationTarget.Of(managedObject) with { Context = context }).IsAllowed
            && CallUser.MayUse(Call.User, managedObject)
            && (Call.Rights?.Allows(operation, managedObject) ?? true);
    }

    /// <summary>
    /// Whether the caller may use an object besides the one its request is about, which is done with it then. It is asked as strictly as if it
    /// came alone: a binding's uses and the key's limit are counted, and an attestation is demanded where one is.
    /// </summary>
    /// <param name="operation">What is done.</param>
    /// <param name="managedObject">With which object.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <param name="context">What the caller says the data is; null if the operation takes no such thing.</param>
    /// <exception cref="KeyreeveException">The limit of the key is reached, or an attestation is missing.</exception>
    internal async ValueTask<bool> MayTakeAsync(
        OperationName operation, ManagedObject managedObject, CancellationToken cancellationToken, EncryptionContext? context = null)
    {
        var decision = await DecideCountedAsync(operation, OperationTarget.Of(managedObject) with { Context = context }, cancellationToken);
        NoteRule(operation, decision, managedObject);
        var (result, allowed) = (Audit.Result, Audit.Decision);
        (Audit.Result, Audit.Decision) = (AuditResult.Denied, AuditDecision.Denied);
        if (!decision.IsAllowed || !CallUser.MayUse(Call.User, managedObject) || !(Call.Rights?.Allows(operation, managedObject) ?? true)) return false;
        Engine.Attestation.Require(operation, Call, managedObject.Group);
        (Audit.Result, Audit.Decision) = (result, allowed);
        TakeLimitOf(managedObject.KeyIdentifier);
        return true;
    }

    /// <summary>
    /// Has the record name what decided about a key besides the one the request is about: who is refused for the second was not refused by
    /// what let him have the first.
    /// </summary>
    internal void NoteRule(OperationName operation, Decision decision, ManagedObject managedObject)
    {
        var rule = RuleOf(operation, decision, managedObject);
        if (Audit.DecidingRule is not { } first) Audit.DecidingRule = rule;
        else if (!string.Equals(first, rule, StringComparison.Ordinal) && !first.StartsWith(rule + "; ", StringComparison.Ordinal))
            Audit.DecidingRule = $"{first}; {rule} for {managedObject.Id}";
    }

    /// <summary>How a record names a decision about an object: by its rule, and by the grant that would have allowed it, had it not ended.</summary>
    internal string RuleOf(OperationName operation, Decision decision, ManagedObject managedObject) =>
        Engine.Access.Of(Tenant).EndedGrant(decision, operation, Call, managedObject.KeyIdentifier) is { } ended ? $"{decision.Rule}; {ended} has ended" : decision.Rule;

    /// <summary>Takes one operation of what a key may be asked for; once for a request, however many versions of the key it takes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>.</exception>
    internal void TakeLimitOf(UniqueIdentifier key)
    {
        if (_limited == key) return;
        _limited = key;
        Engine.Access.Of(Tenant).Limits.TakeOf(key, Call);
    }

    /// <summary>Whether the caller may know of an object, in a listing.</summary>
    public bool MaySee(ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return MayKnow(managedObject) && CallUser.MayUse(Call.User, managedObject);
    }

    /// <summary>Whether policy lets the caller know of an object, whosever it is.</summary>
    internal bool MayKnow(ManagedObject managedObject) => Decide(OperationName.GetAttributes, OperationTarget.Of(managedObject)).IsAllowed;

    /// <summary>The decision of the tenant's policy as it stands now.</summary>
    internal Decision Decide(OperationName operation, in OperationTarget target) => Engine.Access.Of(Tenant).Decide(new AccessQuestion
    {
        Call = Call,
        Operation = operation,
        Group = target.Group,
        Key = target.Object?.KeyIdentifier,
        Context = target.Context,
    });

    /// <summary>The decision, with one more use staged of the binding that makes it, if its uses are counted.</summary>
    internal ValueTask<Decision> DecideCountedAsync(OperationName operation, OperationTarget target, CancellationToken cancellationToken)
    {
        var decision = Decide(operation, target);
        return decision is { IsAllowed: true, Counted: not null } ? CountAsync(decision, operation, target, cancellationToken) : ValueTask.FromResult(decision);
    }

    // One whose uses are counted may turn out to be used up: then it is asked what else there is.
    private async ValueTask<Decision> CountAsync(Decision decision, OperationName operation, OperationTarget target, CancellationToken cancellationToken)
    {
        while (decision is { IsAllowed: true, Counted: { } counted } && !await Engine.Access.TryTakeUseAsync(this, counted, cancellationToken))
            decision = Decide(operation, target);
        return decision;
    }

    internal static KeyreeveException AnothersObject() =>
        new(KeyreeveError.PermissionDenied, "The object was made for a user of its own, who is not the one of this request.");
}
