using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>
/// Removes what is left of tenants that were deleted: rows that nothing opens any more, whose index still tells names. Begun again after
/// a crash, since what is left says itself whose it was.
/// </summary>
/// <param name="engine">What it works on.</param>
/// <param name="log">Told what an operator should read.</param>
public sealed class TenantErasure(Engine engine, Action<string> log) : IAsyncDisposable
{
    private const int PageSize = 200;

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins; the first round is at once.</summary>
    public void Start(TimeSpan interval) => _running = RunAsync(interval, _stop.Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Removes what is left now.</summary>
    /// <returns>How many rows it was.</returns>
    public async ValueTask<long> EraseAsync(CancellationToken stop)
    {
        var erased = 0L;
        foreach (var tenant in engine.Tenants.List().Where(static t => t.State == TenantState.Deleted))
        {
            // A request that began with them has ended by now, or fails.
            engine.Hierarchy.WipeForgotten();
            engine.Keys.Forget(tenant.Id);
            engine.Objects.Forget(tenant.Id);
            while (await ErasePageAsync(tenant.Id, stop) is > 0 and var count) erased += count;
        }

        return erased;
    }

    private async ValueTask<int> ErasePageAsync(TenantId tenant, CancellationToken stop)
    {
        var page = await engine.Store.LocateAsync(new ObjectQuery { Tenant = tenant, Conditions = [], Limit = PageSize }, stop);
        var deletions = new List<ObjectDeletion>(page.Ids.Count);
        foreach (var id in page.Ids)
            if (await engine.Store.FindAsync(tenant, id, stop) is { } row) deletions.Add(new ObjectDeletion(tenant, id, row.RowVersion));
        if (deletions.Count > 0) await engine.Store.CommitAsync(new StoreChanges { Deletes = deletions }, stop);
        return deletions.Count;
    }

    private async Task RunAsync(TimeSpan interval, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, engine.Time);
        try
        {
            do
            {
                await TryEraseAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops; the next one goes on.
        }
    }

    private async ValueTask TryEraseAsync(CancellationToken stop)
    {
        try
        {
            if (await EraseAsync(stop) is > 0 and var erased) log($"{erased} rows of tenants that were deleted are removed.");
        }
        catch (KeyreeveException failure)
        {
            log($"What is left of a tenant that was deleted could not be removed yet: {failure.Message}");
        }
    }
}
