using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a part of what a key may still protect, to use it up elsewhere.</summary>
/// <param name="Id">Which object.</param>
/// <param name="UsageLimitsCount">How much, in the units of its Usage Limits.</param>
public sealed record GetUsageAllocationRequest(UniqueIdentifier Id, long UsageLimitsCount);

/// <summary>The allocation was made.</summary>
/// <param name="Id">The object.</param>
public sealed record GetUsageAllocationResponse(UniqueIdentifier Id);

/// <summary>Gives out a part of what a key may still protect; it counts as used, whether it is or not.</summary>
public sealed class GetUsageAllocationOperation : ObjectOperation<GetUsageAllocationRequest, GetUsageAllocationResponse>
{
    private const CryptographicUsageMask Protecting =
        CryptographicUsageMask.Encrypt | CryptographicUsageMask.Sign | CryptographicUsageMask.WrapKey | CryptographicUsageMask.MACGenerate
        | CryptographicUsageMask.DeriveKey | CryptographicUsageMask.ContentCommitment | CryptographicUsageMask.KeyAgreement
        | CryptographicUsageMask.CertificateSign | CryptographicUsageMask.CRLSign | CryptographicUsageMask.GenerateCryptogram
        | CryptographicUsageMask.TranslateEncrypt | CryptographicUsageMask.TranslateWrap | CryptographicUsageMask.FPEEncrypt
        | CryptographicUsageMask.Unrestricted;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.GetUsageAllocation;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(GetUsageAllocationRequest request) => request.Id;

    /// <inheritdoc/>
    protected internal override ValueTask<GetUsageAllocationResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, GetUsageAllocationRequest request, CancellationToken cancellationToken)
    {
        var found = target.Object!;
        if (request.UsageLimitsCount <= 0) throw new KeyreeveException(KeyreeveError.InvalidField, "A Usage Limits Count that is asked for is 1 or more.");

        // spec: KMIP 2.1 §6.1.23 "If the operation is requested for an object that has no Usage Limits attribute, or is not an
        // object that MAY be used for applying cryptographic protection, then the server SHALL return an error."
        if ((found.CryptographicUsageMask & Protecting) == CryptographicUsageMask.NotSet)
            throw new KeyreeveException(KeyreeveError.NoUsageLimits, "The object protects nothing, by its Cryptographic Usage Mask.");
        var rest = UsageLimits.Allocate(found.Attributes, request.UsageLimitsCount);

        // spec: "The operation SHALL only be requested during the time that protection is enabled for these objects (i.e., after
        // the Activation Date and before the Protect Stop Date)."
        KeyUse.RequireForProtection(found, scope.Now, CryptographicUsageMask.NotSet);
        scope.StageAttributes(found, rest);
        return ValueTask.FromResult(new GetUsageAllocationResponse(found.Id));
    }
}
