using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>How the bringing of objects under a tenant's new key goes on.</summary>
/// <param name="IsRunning">Whether there is anything to do.</param>
/// <param name="Looked">Objects looked at in this round.</param>
/// <param name="ReWrapped">Objects brought under the new key since the server started.</param>
/// <param name="Failed">Objects that could not be read in this round; the old key stays because of them.</param>
/// <param name="Tenants">The versions of each tenant's key that there are; one, when all is done.</param>
public sealed record ReWrapProgress(bool IsRunning, long Looked, long ReWrapped, long Failed, IReadOnlyDictionary<TenantId, IReadOnlyList<int>> Tenants)
{
    /// <summary>The versions of the first tenant's key.</summary>
    public IReadOnlyList<int> Versions => Tenants.GetValueOrDefault(TenantId.Default, []);
}

/// <summary>
/// Brings what tenants have under their current keys, while all goes on: object by object, slowed down so that others are
/// served, begun again after a crash, since each object says itself under which key it is. An old key is destroyed when a
/// count over all objects, some time after the rotation, finds nothing under it.
/// </summary>
/// <param name="engine">What it works on.</param>
/// <param name="options">How fast.</param>
/// <param name="log">Told what an operator should read.</param>
public sealed class TenantReWrapping(Engine engine, ReWrapOptions options, Action<string> log) : IAsyncDisposable
{
    private const int PageSize = 100;

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(1);
    private Task _running = Task.CompletedTask;
    private bool _isBusy;
    private long _looked;
    private long _reWrapped;
    private long _failed;

    /// <summary>How it goes on.</summary>
    public ReWrapProgress Progress => new(
        Volatile.Read(ref _isBusy), Interlocked.Read(ref _looked), Interlocked.Read(ref _reWrapped), Interlocked.Read(ref _failed),
        engine.Hierarchy.Tenants.ToDictionary(static tenant => tenant, engine.Hierarchy.VersionsOf));

    /// <summary>Begins; what an earlier process has left is gone on with.</summary>
    public void Start() => _running = RunAsync(_stop.Token);

    /// <summary>Says that there is something to do.</summary>
    public void Wake()
    {
        Volatile.Write(ref _isBusy, true);
        _wake.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _wake.WaitAsync(stop);
                foreach (var tenant in engine.Hierarchy.Tenants) await FinishAsync(tenant, stop);
                Volatile.Write(ref _isBusy, false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops; the next one goes on.
        }
    }

    private async Task FinishAsync(TenantId tenant, CancellationToken stop)
    {
        while (await VersionsToBringAsync(tenant, stop) is { } versions)
        {
            Volatile.Write(ref _isBusy, true);
            await TryAsync(() => RoundAsync(tenant, reWraps: true, stop), stop);
            // Whoever began before the rotation has ended by then, and what he wrote is seen by the count.
            await Task.Delay(options.QuietTime, engine.Time, stop);
            var left = await TryAsync(() => RoundAsync(tenant, reWraps: false, stop), stop);
            if (left != 0)
            {
                // What cannot be read today is not read in a minute either; an operator was told.
                if (Interlocked.Read(ref _failed) > 0) await Task.Delay(options.RetryTime * 60, engine.Time, stop);
                continue;
            }

            foreach (var old in versions.SkipLast(1)) await DestroyAsync(tenant, old, stop);
            if (await RowFormat.MayBeOlderAsync(engine.Store, tenant, stop)) await RowFormat.NoteAsync(engine.Store, tenant, stop);
            log($"All of tenant {tenant.Value} is under key-encryption key {versions[^1]}, in the newest format; older keys are destroyed.");
        }
    }

    // The versions of the tenant's key, if anything may be under an older one or in an older format; null if nothing is.
    private async ValueTask<IReadOnlyList<int>?> VersionsToBringAsync(TenantId tenant, CancellationToken stop)
    {
        var versions = engine.Hierarchy.VersionsOf(tenant);
        return versions.Count > 1 || await RowFormat.MayBeOlderAsync(engine.Store, tenant, stop) ? versions : null;
    }

    // Its record first: nothing is destroyed of which the trail does not tell.
    private async ValueTask DestroyAsync(TenantId tenant, int version, CancellationToken stop)
    {
        var now = engine.Time.GetUtcNow();
        var ticket = engine.Audit.Append(new AuditEvent
        {
            Id = UniqueIdentifier.New(now),
            Time = now,
            Tenant = tenant,
            Principal = PrincipalName.Server,
            Operation = nameof(OperationName.RotateTenantKey),
            Protocol = Protocol.Internal,
            Origin = engine.Audit.Origin,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Result = AuditResult.Success,
            Detail = $"key-encryption key {version} of tenant {tenant} is destroyed: a count over {Interlocked.Read(ref _looked)} objects found nothing under it",
        });
        await engine.Audit.WhenDurableAsync(ticket, stop);
        await engine.Hierarchy.DestroyVersionAsync(tenant, version, stop);
    }

    // How many are left under an older key, or could not be brought under the new one.
    private async Task<long> RoundAsync(TenantId tenant, bool reWraps, CancellationToken stop)
    {
        Interlocked.Exchange(ref _looked, 0);
        if (reWraps) Interlocked.Exchange(ref _failed, 0);
        var left = 0L;
        UniqueIdentifier? before = null;
        while (true)
        {
            var page = await engine.Objects.LocateAsync(new ObjectQuery { Tenant = tenant, Conditions = [], Limit = PageSize, Before = before }, stop);
            foreach (var id in page.Ids)
            {
                Interlocked.Increment(ref _looked);
                if (!await engine.Objects.IsUnderCurrentKeyAsync(tenant, id, stop) && !(reWraps && await TryReWrapAsync(tenant, id, stop))) left++;
            }

            if (page.Ids.Count < PageSize) return left;
            before = page.Ids[^1];
            await Task.Delay(TimeSpan.FromSeconds(page.Ids.Count / (double)options.ObjectsPerSecond), engine.Time, stop);
        }
    }

    private async ValueTask<bool> TryReWrapAsync(TenantId tenant, UniqueIdentifier id, CancellationToken stop)
    {
        try
        {
            await engine.Objects.ReWrapAsync(tenant, id, stop);
            Interlocked.Increment(ref _reWrapped);
            return true;
        }
        catch (KeyreeveException failure) when (failure.Error != KeyreeveError.StoreUnavailable)
        {
            if (failure.Error == KeyreeveError.Conflict) return false; // somebody else has just written it
            Interlocked.Increment(ref _failed);
            log($"The object {id} cannot be brought under the new key: {failure.Message}");
            return false;
        }
    }

    private async Task<long> TryAsync(Func<Task<long>> round, CancellationToken stop)
    {
        try
        {
            return await round();
        }
        catch (KeyreeveException failure)
        {
            log($"Bringing objects under the new key waits: {failure.Message}");
            await Task.Delay(options.RetryTime, engine.Time, stop);
            return -1;
        }
    }
}

/// <summary>How fast objects are brought under a new key.</summary>
public sealed record ReWrapOptions
{
    /// <summary>Objects looked at, at most, in a second. Default 1000.</summary>
    public int ObjectsPerSecond { get; init; } = 1000;

    /// <summary>How long after a round it is counted whether the old key is unused. Default 1 minute.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long is waited when the store cannot be read or written. Default 10 s.</summary>
    public TimeSpan RetryTime { get; init; } = TimeSpan.FromSeconds(10);
}
