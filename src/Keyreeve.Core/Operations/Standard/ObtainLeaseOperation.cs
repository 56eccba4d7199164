using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks to be allowed to use an object for a while.</summary>
/// <param name="Id">Which object.</param>
public sealed record ObtainLeaseRequest(UniqueIdentifier Id);

/// <summary>A lease.</summary>
/// <param name="Id">The object.</param>
/// <param name="LeaseTimeInSeconds">How long it may be used before the next lease; 0: without limit.</param>
/// <param name="LastChangeDate">When the object was last changed; what was read of it before is out of date.</param>
public sealed record ObtainLeaseResponse(UniqueIdentifier Id, uint LeaseTimeInSeconds, DateTimeOffset LastChangeDate);

/// <summary>Grants a lease on an object that is still in use; never beyond its Deactivation Date.</summary>
public sealed class ObtainLeaseOperation : ObjectOperation<ObtainLeaseRequest, ObtainLeaseResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.ObtainLease;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(ObtainLeaseRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<ObtainLeaseResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ObtainLeaseRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        KeyUse.RequireInUse(found);

        // spec: KMIP 2.1 §6.1.35 "If the server determines that a new lease SHALL NOT be issued for the specified cryptographic
        // object, then the server SHALL respond to the Obtain Lease request with an error."
        if (found.State is State.Deactivated or State.Compromised)
            throw new KeyreeveException(KeyreeveError.LeaseNotGranted, $"The object is {found.State}; nobody gets a new lease of it.");
        var changed = found.Attributes.Find(AttributeName.LastChangeDate) is DateTimeValue date ? date.Time : scope.Now;
        return ValueTask.FromResult(new ObtainLeaseResponse(found.Id, Leases.LongestInSeconds(found, scope.Now), changed));
    }
}
