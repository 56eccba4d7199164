using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// Does what is due for keys, in the server's own name and through the same pipeline as everybody. One that cannot be done does not
/// keep the others; each is looked for again at the next round.
/// </summary>
internal abstract class DueSweeper(OperationPipeline pipeline, Engine engine, ILogger logger) : IAsyncDisposable
{
    private const int MostAtOnce = 100;

    private static readonly Principal Server = new()
    {
        Tenant = TenantId.Default,
        Name = ServerEvents.PrincipalName,
        Fingerprint = "",
        HomeGroup = GroupName.Default,
        Bindings = [new RoleBinding(Role.KeyAdministrator, null)],
    };

    private readonly CancellationTokenSource _stop = new();
    private Task _sweeping = Task.CompletedTask;

    /// <summary>Where what is due is done.</summary>
    protected OperationPipeline Pipeline { get; } = pipeline;

    /// <summary>Where it is looked for.</summary>
    protected Engine Engine { get; } = engine;

    /// <summary>What it is called in the log.</summary>
    protected abstract string What { get; }

    /// <summary>Begins; the first round is at once.</summary>
    public void Start(TimeSpan interval) => _sweeping = SweepAsync(interval, _stop.Token);

    /// <summary>Ends it; what has begun is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeping;
        _stop.Dispose();
    }

    /// <summary>The conditions of what may be due by that time.</summary>
    protected abstract IReadOnlyList<IndexCondition> DueBy(DateTimeOffset time);

    /// <summary>Does it, if it is due.</summary>
    protected abstract ValueTask DoAsync(ManagedObject candidate, Call call);

    private async Task SweepAsync(TimeSpan interval, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, Engine.Time);
        try
        {
            do
            {
                await DoDueAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task DoDueAsync(CancellationToken stop)
    {
        foreach (var tenant in Engine.Hierarchy.Tenants.Where(Engine.Tenants.IsOpen))
        {
            IReadOnlyList<UniqueIdentifier> candidates = [];
            await TryAsync(async () => candidates = await FindAsync(tenant, stop), stop);
            foreach (var id in candidates)
            {
                stop.ThrowIfCancellationRequested();
                await TryAsync(async () => await DoAsync(tenant, id, stop), stop);
            }
        }
    }

    private async ValueTask TryAsync(Func<Task> work, CancellationToken stop)
    {
        try
        {
            await work();
        }
        catch (KeyreeveException failure)
        {
            logger.LogWarning("A {What} that is due could not be done yet: {Error}: {Reason}", What, failure.Error, failure.Message);
        }
        catch (Exception defect) when (!stop.IsCancellationRequested)
        {
            logger.LogError(defect, "A {What} that is due failed by a defect.", What);
        }
    }

    private async ValueTask<IReadOnlyList<UniqueIdentifier>> FindAsync(TenantId tenant, CancellationToken stop)
    {
        var query = new ObjectQuery { Tenant = tenant, Conditions = DueBy(Engine.Time.GetUtcNow()), Limit = MostAtOnce };
        return (await Engine.Objects.LocateAsync(query, stop)).Ids;
    }

    private async Task DoAsync(TenantId tenant, UniqueIdentifier id, CancellationToken stop)
    {
        if (await Engine.Objects.FindAsync(tenant, id, stop) is not { } candidate) return;
        await DoAsync(candidate, new Call
        {
            Principal = tenant == TenantId.Default ? Server : Server with { Tenant = tenant },
            Protocol = Protocol.Internal,
            SourceAddress = "",
            SourcePort = 0,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Time = Engine.Time.GetUtcNow(),
        });
    }
}
