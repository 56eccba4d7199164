using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations about whether and how much an object may be used.</summary>
internal static class UsageRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new CheckRoute(),
        new KmipRoute<Wire.ObtainLeaseRequest, ObtainLeaseRequest, ObtainLeaseResponse, Wire.ObtainLeaseResponse>(
            Operation.ObtainLease, ProtocolVersion.Kmip10, new ObtainLeaseOperation(),
            (p, call) => new ObtainLeaseRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (r, _) => Leased(r)),
        new KmipRoute<Wire.GetUsageAllocationRequest, GetUsageAllocationRequest, GetUsageAllocationResponse, Wire.IdentifierResponse>(
            Operation.GetUsageAllocation, ProtocolVersion.Kmip10, new GetUsageAllocationOperation(),
            (p, call) => new GetUsageAllocationRequest(Identifiers.Resolve(p.UniqueIdentifier, call), p.UsageLimitsCount),
            (r, _) => new() { UniqueIdentifier = Identifiers.ToWire(r.Id) }),
    ];

    private static Wire.ObtainLeaseResponse Leased(ObtainLeaseResponse response) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        LeaseTime = response.LeaseTimeInSeconds,
        LastChangeDate = response.LastChangeDate,
    };

    // spec: KMIP 2.1 §6.1.7 "If the server determines that the client is not allowed to use the object according to the specified
    // attributes, then the server empties the ID Placeholder".
    private sealed class CheckRoute() : KmipRoute(Operation.Check, ProtocolVersion.Kmip10)
    {
        private readonly KmipRoute<Wire.CheckRequest, CheckRequest, CheckResponse, Wire.CheckResponse> _check = new(
            Operation.Check, ProtocolVersion.Kmip10, new CheckOperation(), Check, (r, _) => new() { UniqueIdentifier = Identifiers.ToWire(r.Id) });

        public override OperationName Name => _check.Name;

        public override async ValueTask<PendingItem> RunAsync(
            OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
        {
            try
            {
                return await _check.RunAsync(pipeline, item, call, cancellationToken);
            }
            catch (KeyreeveException)
            {
                call.Results.Empty();
                throw;
            }
        }

        private static CheckRequest Check(Wire.CheckRequest payload, KmipCall call) => new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            UsageLimitsCount = payload.UsageLimitsCount,
            CryptographicUsageMask = (Own.CryptographicUsageMask?)payload.CryptographicUsageMask,
            LeaseTimeInSeconds = payload.LeaseTime,
        };
    }
}
