using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Storage;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>Destroys the keys whose day has come, in the server's own name and through the same pipeline as everybody.</summary>
internal sealed class DestructionSweeper : IAsyncDisposable
{
    private const int MostAtOnce = 100;

    private static readonly DestroyKeyOperation Destroy = new();

    private static readonly Principal Server = new()
    {
        Tenant = TenantId.Default,
        Name = ServerEvents.PrincipalName,
        Fingerprint = "",
        HomeGroup = GroupName.Default,
        Bindings = [new RoleBinding(Role.KeyAdministrator, null)],
    };

    private readonly OperationPipeline _pipeline;
    private readonly Engine _engine;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeping;

    public DestructionSweeper(OperationPipeline pipeline, Engine engine, TimeSpan interval, ILogger<DestructionSweeper> logger)
    {
        _pipeline = pipeline;
        _engine = engine;
        _logger = logger;
        _sweeping = SweepAsync(interval, _stop.Token);
    }

    /// <summary>Ends it; a destruction that has begun is finished.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeping;
        _stop.Dispose();
    }

    private async Task SweepAsync(TimeSpan interval, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, _engine.Time);
        try
        {
            do
            {
                await DestroyDueAsync(stop);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    // One key that cannot be destroyed does not keep the others; each is looked for again at the next round.
    private async Task DestroyDueAsync(CancellationToken stop)
    {
        IReadOnlyList<UniqueIdentifier> candidates = [];
        await TryAsync(async () => candidates = await FindCandidatesAsync(stop), stop);
        foreach (var id in candidates)
        {
            stop.ThrowIfCancellationRequested();
            await TryAsync(async () => await DestroyIfDueAsync(id, stop), stop);
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
            _logger.LogWarning("A destruction that is due could not be done yet: {Error}: {Reason}", failure.Error, failure.Message);
        }
        catch (Exception defect) when (!stop.IsCancellationRequested)
        {
            _logger.LogError(defect, "A destruction that is due failed by a defect.");
        }
    }

    private async ValueTask<IReadOnlyList<UniqueIdentifier>> FindCandidatesAsync(CancellationToken stop)
    {
        var query = new ObjectQuery
        {
            Tenant = TenantId.Default,
            Conditions =
            [
                IndexTerms.Range(AttributeName.DestructionDate, AttributeValue.Of(DateTimeOffset.UnixEpoch), AttributeValue.Of(_engine.Time.GetUtcNow())),
                .. IndexTerms.ConditionsFor(AttributeName.CurrentVersion, AttributeValue.Of(true), out _),
            ],
            Limit = MostAtOnce,
        };
        return (await _engine.Objects.LocateAsync(query, stop)).Ids;
    }

    private async Task DestroyIfDueAsync(UniqueIdentifier id, CancellationToken stop)
    {
        if (await _engine.Objects.FindAsync(TenantId.Default, id, stop) is { DestructionDate: { } date } due && date <= _engine.Time.GetUtcNow())
            await DestroyAsync(due);
    }

    private async ValueTask DestroyAsync(ManagedObject due)
    {
        var call = new Call
        {
            Principal = Server,
            Protocol = Protocol.Internal,
            SourceAddress = "",
            SourcePort = 0,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Time = _engine.Time.GetUtcNow(),
        };
        var request = new DestroyKeyRequest(KeySelector.Of(due.KeyIdentifier), due.Name ?? due.KeyIdentifier.ToString(), OnlyIfScheduled: true);
        // Not cancelled half-way: what has begun is recorded.
        var destroyed = await _pipeline.RunAsync(Destroy, call, request, CancellationToken.None);
        var key = await destroyed.ReleaseAsync(CancellationToken.None);
        _logger.LogInformation("The key {Key} was destroyed, as scheduled.", key.Id);
    }
}
