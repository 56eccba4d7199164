using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks whether an object may be used so.</summary>
public sealed record CheckRequest
{
    /// <summary>Which object.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>How many units of its Usage Limits are going to be needed; null if that is not asked.</summary>
    public long? UsageLimitsCount { get; init; }

    /// <summary>For what; null if that is not asked.</summary>
    public CryptographicUsageMask? CryptographicUsageMask { get; init; }

    /// <summary>For how many seconds; null if that is not asked.</summary>
    public uint? LeaseTimeInSeconds { get; init; }
}

/// <summary>The object may be used so.</summary>
/// <param name="Id">The object.</param>
public sealed record CheckResponse(UniqueIdentifier Id);

/// <summary>
/// Says whether an object may be used as asked. If not it is refused, for the first reason of: purpose, amount, time; the
/// message names all that were not met.
/// </summary>
public sealed class CheckOperation : ObjectOperation<CheckRequest, CheckResponse>
{
    // What the server itself would have to be asked for each use.
    private static readonly (CryptographicUsageMask Use, OperationName Operation)[] Uses =
    [
        (CryptographicUsageMask.Sign, OperationName.Sign), (CryptographicUsageMask.Verify, OperationName.SignatureVerify),
        (CryptographicUsageMask.Encrypt, OperationName.Encrypt), (CryptographicUsageMask.Decrypt, OperationName.Decrypt),
        (CryptographicUsageMask.MACGenerate, OperationName.MAC), (CryptographicUsageMask.MACVerify, OperationName.MACVerify),
        (CryptographicUsageMask.DeriveKey, OperationName.DeriveKey), (CryptographicUsageMask.Export, OperationName.Export),
    ];

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Check;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(CheckRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<CheckResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CheckRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        ObjectChanges.RequireLife(found);
        KeyUse.RequireInUse(found);
        if (request.UsageLimitsCount is < 0) throw new KeyreeveException(KeyreeveError.InvalidField, "A Usage Limits Count is 0 or more.");

        // spec: KMIP 2.1 §6.1.7 "If the server determines that the client is not allowed to use the object according to the
        // specified attributes, then … the operation returns the set of attributes specified in the request that caused the
        // server policy denial."
        var unmet = new List<(KeyreeveError Error, string What)>();
        if (request.CryptographicUsageMask is { } mask) AddUnmetUse(unmet, scope, found, mask);
        if (request.UsageLimitsCount is { } count && UsageLimits.Left(found.Attributes) is { } left && count > left)
            unmet.Add((KeyreeveError.UsageLimitExceeded, $"Usage Limits Count: {left} are left of the {count} asked for"));
        if (request.LeaseTimeInSeconds is { } wanted && Leases.LongestInSeconds(found, scope.Now) is var longest && longest != 0 && wanted > longest)
            unmet.Add((KeyreeveError.LeaseNotGranted, $"Lease Time: {longest} seconds are granted at most"));
        return unmet.Count == 0
            ? ValueTask.FromResult(new CheckResponse(found.Id))
            : throw new KeyreeveException(unmet[0].Error, $"Check failed. {string.Join("; ", unmet.Select(u => u.What))}.");
    }

    private static void AddUnmetUse(List<(KeyreeveError Error, string What)> unmet, OperationScope scope, ManagedObject found, CryptographicUsageMask mask)
    {
        var missing = mask & ~found.CryptographicUsageMask;
        if (missing != CryptographicUsageMask.NotSet)
            unmet.Add((KeyreeveError.IncompatibleUsageMask, $"Cryptographic Usage Mask: the object is not for {missing}"));
        foreach (var (use, operation) in Uses)
        {
            if (mask.HasFlag(use) && !scope.May(operation, found))
                unmet.Add((KeyreeveError.PermissionDenied, $"Cryptographic Usage Mask: the caller may not {operation} in key group '{found.Group}'"));
        }
    }
}
