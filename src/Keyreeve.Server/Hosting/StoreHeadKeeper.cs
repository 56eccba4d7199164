using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Sealing;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>Refuses a store that was put back to an older copy, and keeps the number by which that is seen.</summary>
internal sealed class StoreHeadKeeper : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly Principal Server = new()
    {
        Tenant = TenantId.Default,
        Name = ServerEvents.PrincipalName,
        Fingerprint = "",
        HomeGroup = GroupName.Default,
        Bindings = [new RoleBinding(Role.SecurityOfficer, null)],
    };

    private readonly StoreHead _head;
    private readonly NoteStoreHeadOperation _note;
    private readonly OperationPipeline _pipeline;
    private readonly AuditChain _trail;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _noting = Task.CompletedTask;
    private long _notedAt;

    private StoreHeadKeeper(StoreHead head, OperationPipeline pipeline, AuditChain trail, TimeProvider time, ILogger logger)
    {
        _head = head;
        _note = new NoteStoreHeadOperation(head);
        _pipeline = pipeline;
        _trail = trail;
        _time = time;
        _logger = logger;
    }

    /// <summary>Compares store and trail, and goes on from there.</summary>
    /// <param name="foundation">What is open.</param>
    /// <param name="dataDirectory">Where the trail is.</param>
    /// <param name="acceptedFor">Why an older store is accepted; null: it is not.</param>
    /// <param name="logger">For operators.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: the store is older than the trail.</exception>
    public static async Task<StoreHeadKeeper> StartAsync(ServerFoundation foundation, string dataDirectory, string? acceptedFor, ILogger logger)
    {
        var head = new StoreHead(foundation.Engine, dataDirectory);
        var keeper = new StoreHeadKeeper(head, foundation.Pipeline, foundation.Trail, foundation.Engine.Time, logger);
        try
        {
            var lag = await head.MeasureLagAsync(CancellationToken.None);
            if (lag > 0)
            {
                if (acceptedFor is null)
                {
                    throw new KeyreeveException(
                        KeyreeveError.IntegrityFailure,
                        $"The store is older than the audit trail by {lag} of its heads: it was put back to an earlier copy. What was revoked or disabled since "
                        + "would work again; what was destroyed is destroyed again. If that is meant, start once with: --set server.accept-rollback=REASON");
                }

                var reason = await RequirePermitAsync(head, foundation.Engine.Time.GetUtcNow()) is { } permit ? $"{acceptedFor}, permitted by record {permit}" : acceptedFor;
                logger.LogError("The store is older than the audit trail by {Lag} of its heads; accepted: {Reason}", lag, reason);
                await ServerEvents.RollbackAcceptedAsync(foundation.Engine, lag, reason);
                await RestoredStore.DestroyAgainAsync(foundation, logger);
            }

            await keeper.NoteAsync();
            keeper._noting = keeper.RunAsync(keeper._stop.Token);
            return keeper;
        }
        catch
        {
            await keeper.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _noting;
        _stop.Dispose();
        _head.Dispose();
    }

    // The store is the older one, and so is its policy: what has to be agreed to stands in the trail, and so does that it was.
    private static async Task<long?> RequirePermitAsync(StoreHead head, DateTimeOffset now)
    {
        if (!await head.IsToldSinceAsync(CancellationToken.None))
        {
            throw new KeyreeveException(
                KeyreeveError.IntegrityFailure,
                "The store is older than what is left of the audit trail: what was destroyed between the two is known to nobody here, and would come back. "
                + "Put back a younger copy.");
        }

        if (!head.TakesApproval) return null;
        return head.FindPermit(now) ?? throw new KeyreeveException(
            KeyreeveError.ApprovalRequired,
            "By the policy that was in force, others have to agree before the store is put back, and the audit trail has no permission that holds. Put the newest "
            + "store back, and have it permitted there: keyreeve restore permit --reason REASON");
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, _time, stop);
                if (_trail.Size == _notedAt) continue;
                await NoteAsync();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task NoteAsync()
    {
        try
        {
            var call = new Call
            {
                Principal = Server, Protocol = Protocol.Internal, SourceAddress = "", SourcePort = 0, CorrelationId = Guid.NewGuid().ToString("N"), Time = _time.GetUtcNow(),
            };
            var noted = await _pipeline.RunAsync(_note, call, new NoteStoreHeadRequest(), CancellationToken.None);
            await noted.ReleaseAsync(CancellationToken.None);
            _notedAt = _trail.Size;
        }
        catch (KeyreeveException later)
        {
            _logger.LogWarning("The store's head was not raised: {Reason}", later.Message);
        }
    }
}
