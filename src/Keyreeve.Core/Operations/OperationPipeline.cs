using System.Diagnostics;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations;

/// <summary>
/// The one place through which every request goes, whatever its front door: resolve → decide → execute → commit together
/// with the audit record → append the record to the chain → hold the answer until it is durable.
/// </summary>
public sealed class OperationPipeline(Engine engine)
{
    private const int MostAttempts = 8;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1, 1))];

    /// <summary>How strict the server is, by key group.</summary>
    public GroupModes Modes => engine.Modes;

    /// <summary>Whether policy would let somebody do something with an object; for what nobody has asked for, and nothing is recorded of.</summary>
    public bool WouldAllow(OperationName operation, Call call, ManagedObject managedObject) =>
        new OperationScope(call, engine, NewEvent(operation, call)).May(operation, managedObject);

    /// <summary>Why a caller who was let do something that goes on, such as following the trail, may not go on with it; null if it may. Nothing is recorded.</summary>
    public KeyreeveException? WhyEnded(OperationName operation, Call call)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (call.Principal.HasEnded || call.Principal.IsUnknown) return KeyreeveException.NotAuthenticated();
        if (engine.Tenants.RefusalOf(call.Principal.Tenant) is { } closed) return closed.Refusal;
        if (engine.Hierarchy.WhySuspended is { } why) return new KeyreeveException(KeyreeveError.Sealed, why);
        var decision = new OperationScope(call, engine, NewEvent(operation, call)).Decide(operation, new OperationTarget(null, null));
        return decision.IsAllowed ? null : AccessRefusal.Of(decision, call, operation, group: null);
    }

    /// <summary>Runs an operation.</summary>
    /// <returns>The response, held until its audit record is durable.</returns>
    /// <exception cref="KeyreeveException">A refusal; its audit record is durable by then.</exception>
    public async ValueTask<Held<TResponse>> RunAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, Call call, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(call);
        call = WithPurpose(call);
        using var place = call.Principal.IsServer ? default : await engine.Gate.EnterAsync((call.Principal.Tenant.Value, call.Principal.Name), cancellationToken);
        SemaphoreSlim? turn = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var audit = NewEvent(operation.Name, call);
                if (await TryRunAsync(operation, call, request, audit, attempt, cancellationToken) is { } held) return held;

                // Somebody else was first; nothing was changed, so it is done again on what is there now. Who lost waits for
                // the others who did, since they would lose to each other again.
                if (turn is not null) continue;
                var next = _turns[unchecked((uint)audit.ObjectId.GetHashCode()) % (uint)_turns.Length];
                await next.WaitAsync(cancellationToken);
                turn = next;
            }
        }
        finally
        {
            turn?.Release();
        }
    }

    /// <summary>Records a request that a front door refuses before it becomes an operation: unreadable, or from nobody known.</summary>
    /// <returns>Completes when the record is durable.</returns>
    public ValueTask RefuseAsync(OperationName operation, Call call, KeyreeveException refusal, CancellationToken cancellationToken) =>
        RefuseManyAsync(operation, call, refusal, 0, null, cancellationToken);

    /// <summary>The same for many at once, of which the last is stated, with how many they were and in what time.</summary>
    /// <returns>Completes when the record is durable.</returns>
    public async ValueTask RefuseManyAsync(OperationName operation, Call call, KeyreeveException refusal, int count, string? detail, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(refusal);
        var audit = NewEvent(operation, call);
        audit.Reason = refusal.Error;
        audit.Detail = detail;
        audit.Count = count;
        if (call.Principal.HasEnded) Deny(audit, AccessPolicy.PrincipalDisabled);
        await RecordFailureAsync(operation, audit, Stopwatch.GetTimestamp(), failsClosed: true, cancellationToken);
    }

    /// <summary>Runs once; null if the commit lost a race that is worth another attempt.</summary>
    private async ValueTask<Held<TResponse>?> TryRunAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, Call call, TRequest request, AuditEvent audit, int attempt, CancellationToken cancellationToken)
        where TRequest : class
    {
        var started = Stopwatch.GetTimestamp();
        var scope = new OperationScope(call, engine, audit) { IsRetry = attempt > 1 };
        using var span = Tracing.Source.StartActivity(audit.Operation);
        try
        {
            RequireNotEnded(scope);
            if (attempt == 1) engine.Access.Of(call.Principal.Tenant).Limits.Take(call);
            return operation.TimeLimit is { } limit
                ? await RunLimitedAsync(operation, scope, request, started, limit, cancellationToken)
                : await RunOnceAsync(operation, scope, request, started, cancellationToken);
        }
        catch (KeyreeveException lost) when (attempt < AttemptsFor(lost.Error))
        {
            return null;
        }
        catch (KeyreeveException refusal) when (refusal.Error != KeyreeveError.AuditUnavailable)
        {
            audit = Unrecorded(audit, scope);
            audit.Reason = refusal.Error;
            if (refusal.NeedsNoRecord) engine.Metrics.Ended(operation.Name, audit.Protocol, AuditResult.Failed, MicrosecondsSince(started));
            else await RecordFailureAsync(operation.Name, audit, started, engine.FailClosed.Contains(operation.Class), cancellationToken);
            throw;
        }
        catch (InconsistentKeyPairException) when (engine.SelfTest is not null)
        {
            // Whatever made it, a pair whose halves do not fit is the end of trust in what computes here.
            engine.SelfTest.Fail($"the halves of a new key pair did not fit, in {operation.Name}");
            var refusal = engine.SelfTest.Refusal();
            audit = Unrecorded(audit, scope);
            audit.Reason = refusal.Error;
            await RecordFailureAsync(operation.Name, audit, started, engine.FailClosed.Contains(operation.Class), cancellationToken);
            throw refusal;
        }
        catch (Exception defect) when (defect is not KeyreeveException and not OperationCanceledException)
        {
            audit = Unrecorded(audit, scope);
            audit.Reason = KeyreeveError.InternalError;
            await RecordFailureAsync(operation.Name, audit, started, engine.FailClosed.Contains(operation.Class), cancellationToken);
            throw;
        }
        finally
        {
            span?.SetTag("keyreeve.protocol", audit.Protocol.ToString()).SetTag("keyreeve.result", audit.Result.ToString()).SetTag("keyreeve.reason", audit.Reason.ToString());
            if (!scope.IsStaged) scope.TellAbandoned();
            if (scope.RecordedChange is { } change) await change.DisposeAsync();
        }
    }

    // A change outside of the store that fails once it is recorded has two records: what was going to be done, and that it was not.
    private AuditEvent Unrecorded(AuditEvent audit, OperationScope scope)
    {
        if (!scope.IsRecorded) return audit;
        var failure = NewEvent(Enum.Parse<OperationName>(audit.Operation), scope.Call);
        failure.Detail = audit.Detail;
        failure.DecidingRule = audit.DecidingRule;
        return failure;
    }

    private async ValueTask<Held<TResponse>> RunLimitedAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, OperationScope scope, TRequest request, long started, TimeSpan limit, CancellationToken cancellationToken)
        where TRequest : class
    {
        using var time = new CancellationTokenSource(limit, engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            return await RunOnceAsync(operation, scope, request, started, either.Token);
        }
        catch (OperationCanceledException) when (time.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"This took longer than {limit.TotalSeconds} s, so it was given up; ask for less.");
        }
    }

    private async ValueTask<Held<TResponse>> RunOnceAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, OperationScope scope, TRequest request, long started, CancellationToken cancellationToken)
        where TRequest : class
    {
        var failsClosed = engine.FailClosed.Contains(operation.Class);
        if (failsClosed && !engine.Audit.IsAvailable) throw AuditUnavailable();
        if (!operation.RunsWhileSuspended && engine.Hierarchy.WhySuspended is { } why) throw new KeyreeveException(KeyreeveError.Sealed, why);
        engine.SelfTest?.Require(operation.Name, operation.Class);
        var audit = scope.Audit;
        RequireOpenTenant(scope);
        var target = await operation.ResolveAsync(scope, request, cancellationToken);
        Describe(audit, target);
        await DecideAsync(operation.Name, scope, target, cancellationToken);
        if (!operation.TakesArchived && target.Object is { IsArchived: true }) throw KeyUse.Archived();
        var repetition = Repetition<TRequest, TResponse>.Of(operation, scope, request);
        var answer = repetition is null ? null : await repetition.FindAsync(scope, cancellationToken);

        TResponse response;
        if (answer is not null)
        {
            response = await repetition!.RecallAsync(scope, answer, cancellationToken);
        }
        else
        {
            if (operation is IGuarded<TRequest> guarded) await TwoPersonRule.RequireAsync(guarded, operation.Name, scope, target, request, cancellationToken);
            response = await operation.ExecuteAsync(scope, target, request, cancellationToken);
            repetition?.Remember(scope, response);
        }

        if (answer is null) await engine.ObjectCounts.TakeAsync(scope, engine.Access.Of(scope.Tenant).Limits);
        audit.Result = AuditResult.Success;
        audit.LatencyInMicroseconds = MicrosecondsSince(started);
        engine.Metrics.Ended(operation.Name, audit.Protocol, audit.Result, audit.LatencyInMicroseconds);
        try
        {
            // What is changed outside of the store is recorded before it is, whatever the configuration says of its class.
            failsClosed |= scope.RecordedChange is not null;
            var ticket = scope.HasChanges ? await CommitAsync(scope) : Append(audit, failsClosed);
            if (scope.RecordedChange is { } change) await MakeAsync(change, scope, ticket);
            return new Held<TResponse>(response, engine.Audit, ticket, failsClosed, isEarly: !failsClosed && engine.AnswerEarly.Contains(operation.Class));
        }
        catch
        {
            // What was to be given out and may not be is wiped.
            (response as IDisposable)?.Dispose();
            throw;
        }
    }

    private async ValueTask MakeAsync(IRecordedChange change, OperationScope scope, AuditTicket ticket)
    {
        scope.IsRecorded = true;
        await engine.Audit.WhenDurableAsync(ticket, CancellationToken.None);
        await change.MakeAsync();
    }

    // A change and its record are committed in one transaction: a crash right after it finds the record in the store and
    // brings it into the chain at the next start. Nothing is cancelled between commit and record.
    private async ValueTask<AuditTicket> CommitAsync(OperationScope scope)
    {
        if (engine.Batch is { } batch) return await batch.StageAsync(scope);
        var pending = new PendingAudit(scope.Audit.Id, AuditJson.Encode(scope.Audit));
        var changes = engine.Listener is null ? null : await CommittedChange.ReadAsync(engine, scope.Call, scope.Inserts, scope.Updates, scope.Deletes);
        await engine.Objects.CommitAsync(scope.Inserts, scope.Updates, scope.Deletes, scope.Documents, scope.Answer, pending, CancellationToken.None);
        scope.TellCommitted();
        // Whoever listened when it began may have left meanwhile, which is no reason to fail what is committed.
        if (changes is not null && engine.Listener is { } listener) changes.ForEach(listener);
        return engine.Audit.Append(pending);
    }

    // The store knows of races only at the commit: a row changed since it was read; an idempotency key taken meanwhile, whose
    // answer the second attempt finds.
    private static int AttemptsFor(KeyreeveError error) => error switch
    {
        KeyreeveError.Conflict => MostAttempts,
        KeyreeveError.IdempotencyConflict => 2,
        _ => 1,
    };

    // What does not fail closed is answered though it cannot be queued; that it was is counted.
    private AuditTicket Append(AuditEvent audit, bool failsClosed)
    {
        try
        {
            return engine.Audit.Append(audit);
        }
        catch (KeyreeveException full) when (!failsClosed && full.Error == KeyreeveError.AuditUnavailable)
        {
            engine.Audit.CountUnrecorded();
            return default;
        }
    }

    private async ValueTask RecordFailureAsync(
        OperationName operation, AuditEvent audit, long started, bool failsClosed, CancellationToken cancellationToken)
    {
        if (audit.Result != AuditResult.Denied) audit.Result = AuditResult.Failed;
        audit.LatencyInMicroseconds = MicrosecondsSince(started);
        engine.Metrics.Ended(operation, audit.Protocol, audit.Result, audit.LatencyInMicroseconds);
        var ticket = Append(audit, failsClosed);
        try
        {
            await engine.Audit.WhenDurableAsync(ticket, cancellationToken);
        }
        catch (KeyreeveException unavailable) when (!failsClosed && unavailable.Error == KeyreeveError.AuditUnavailable)
        {
            // The refusal stands, and its record follows.
        }
    }

    // Who states no purpose asks for the one that the tenant has set down for it.
    private Call WithPurpose(Call call) => call.Purpose is null && engine.Access.Of(call.Principal.Tenant).Purposes.DefaultOf(call.Principal.Name) is { } purpose
        ? call with { Purpose = purpose }
        : call;

    // Before anything is read: a tenant that is frozen learns nothing, and of one that was deleted nothing opens. What the server does
    // of itself it leaves alone.
    private void RequireOpenTenant(OperationScope scope)
    {
        if (scope.Call.Principal.IsServer || engine.Tenants.RefusalOf(scope.Tenant) is not { } closed) return;
        Deny(scope.Audit, closed.Rule);
        throw closed.Refusal;
    }

    // Every door refuses such a caller before it reads what is asked; here it holds for one that forgets to, and for who is disabled,
    // or whose certificate is revoked, while the operations before this one of the same request were done.
    private static void RequireNotEnded(OperationScope scope)
    {
        if (scope.Call.Principal.HasEnded) Deny(scope.Audit, AccessPolicy.PrincipalDisabled);
        else if (scope.Call.FindCaller is not { } find || find() is not null) return;
        throw KeyreeveException.NotAuthenticated();
    }

    private static void Deny(AuditEvent audit, string rule)
    {
        audit.DecidingRule = rule;
        audit.Decision = AuditDecision.Denied;
        audit.Result = AuditResult.Denied;
    }

    private async ValueTask DecideAsync(OperationName operation, OperationScope scope, OperationTarget target, CancellationToken cancellationToken)
    {
        var decision = await scope.DecideCountedAsync(operation, target, cancellationToken);
        var (call, audit) = (scope.Call, scope.Audit);
        audit.DecidingRule = decision.Rule;
        audit.Decision = decision.IsAllowed ? AuditDecision.Allowed : AuditDecision.Denied;
        if (!decision.IsAllowed)
        {
            audit.Result = AuditResult.Denied;
            if (target.Object is { } asked) audit.DecidingRule = scope.RuleOf(operation, decision, asked);
            // Who has no right at all in a group does not learn what is in it.
            if (target.Object is { } hidden && !scope.MayKnow(hidden)) throw KeyreeveException.NotFound();
            throw AccessRefusal.Of(decision, call, operation, target.Group);
        }

        if (target.Object is { } key) scope.TakeLimitOf(key.KeyIdentifier);
        if (call.User is not null || call.Rights is not null || target.Object?.OwnerUser is not null) Narrow(operation, call, target, audit);
        if (engine.Attestation.IsInUse) RequireAttestation(operation, call, target, audit);
    }

    private void RequireAttestation(OperationName operation, Call call, OperationTarget target, AuditEvent audit)
    {
        var (result, decision) = (audit.Result, audit.Decision);
        audit.DecidingRule += call.Attester is { } attester ? $"; attested by {attester}" : "; not attested";
        audit.Result = AuditResult.Denied;
        audit.Decision = AuditDecision.Denied;
        engine.Attestation.Require(operation, call, target.Group);
        (audit.Result, audit.Decision) = (result, decision);
    }

    // What the principal may do, narrowed to what is open to the user it speaks for and to what its ticket allows.
    private static void Narrow(OperationName operation, Call call, OperationTarget target, AuditEvent audit)
    {
        if (call.User is { } user) audit.DecidingRule += $"; user {user.Name}";
        if (call.Rights is not null) audit.DecidingRule += "; ticket";
        var result = audit.Result;
        audit.Result = AuditResult.Denied;
        audit.Decision = AuditDecision.Denied;
        if (target.Object is { } about && !CallUser.MayUse(call.User, about)) throw OperationScope.AnothersObject();
        call.Rights?.Take(operation, target.Object);
        audit.Result = result;
        audit.Decision = AuditDecision.Allowed;
    }

    private AuditEvent NewEvent(OperationName operation, Call call) => new()
    {
        Id = UniqueIdentifier.New(call.Time),
        Time = call.Time,
        Tenant = call.Principal.Tenant,
        Principal = call.Principal.Name,
        Credential = call.Principal.Credential,
        Operation = operation.ToString(),
        Protocol = call.Protocol,
        SourceAddress = call.SourceAddress,
        SourcePort = call.SourcePort,
        CorrelationId = call.CorrelationId,
        RequestId = call.RequestId,
        Origin = engine.Audit.Origin,
        Purpose = call.Purpose,
    };

    /// <summary>Writes down which object a record is about.</summary>
    internal static void Describe(AuditEvent audit, OperationTarget target)
    {
        audit.Group = target.Group?.Value;
        if (target.Object is not { } about) return;
        audit.ObjectId = about.Id;
        audit.KeyName = about.KeyName;
        audit.KeyVersion = about.KeyVersion;
        if (about.CryptographicAlgorithm != CryptographicAlgorithm.NotSet) audit.Algorithm = AlgorithmNames.Of(about.CryptographicAlgorithm);
    }

    private static long MicrosecondsSince(long started) => (long)Stopwatch.GetElapsedTime(started).TotalMicroseconds;

    private static KeyreeveException AuditUnavailable() =>
        new(KeyreeveError.AuditUnavailable, "The audit trail cannot be written, so nothing is released or changed until it can.");
}
