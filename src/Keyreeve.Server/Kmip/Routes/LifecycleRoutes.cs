using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that move objects along their life.</summary>
internal static class LifecycleRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.ActivateRequest, ActivateRequest, ActivateResponse, Wire.IdentifierResponse>(
            Operation.Activate, ProtocolVersion.Kmip10, new ActivateOperation(),
            (p, call) => new ActivateRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (r, _) => Done(r.Id)),
        new KmipRoute<Wire.RevokeRequest, RevokeRequest, RevokeResponse, Wire.IdentifierResponse>(
            Operation.Revoke, ProtocolVersion.Kmip10, new RevokeOperation(), Revoke, (r, _) => Done(r.Id)),
        new KmipRoute<Wire.DestroyRequest, DestroyRequest, DestroyResponse, Wire.IdentifierResponse>(
            Operation.Destroy, ProtocolVersion.Kmip10, new DestroyOperation(),
            (p, call) => new DestroyRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (r, _) => Done(r.Id)),
        new KmipRoute<Wire.ArchiveRequest, ArchiveRequest, ArchiveResponse, Wire.IdentifierResponse>(
            Operation.Archive, ProtocolVersion.Kmip10, new ArchiveOperation(),
            (p, call) => new ArchiveRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (r, _) => Done(r.Id)),
        new KmipRoute<Wire.RecoverRequest, RecoverRequest, RecoverResponse, Wire.IdentifierResponse>(
            Operation.Recover, ProtocolVersion.Kmip10, new RecoverOperation(),
            (p, call) => new RecoverRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (r, _) => Done(r.Id)),
        new KmipRoute<Wire.DeactivateRequest, DeactivateRequest, DeactivateResponse, Wire.IdentifierResponse>(
            Operation.Deactivate, ProtocolVersion.Kmip30, new DeactivateOperation(), Deactivate, (r, _) => Done(r.Id)),
        new KmipRoute<Wire.ObliterateRequest, ObliterateRequest, ObliterateResponse, Wire.ObliterateResponse>(
            Operation.Obliterate, ProtocolVersion.Kmip30, new ObliterateOperation(),
            (p, call) => new ObliterateRequest(Identifiers.Resolve(p.UniqueIdentifier, call)), (_, _) => default),
    ];

    private static RevokeRequest Revoke(Wire.RevokeRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        RevocationReasonCode = (Own.RevocationReasonCode)KnownValues.Require(Tag.RevocationReasonCode, payload.RevocationReason.RevocationReasonCode),
        RevocationMessage = payload.RevocationReason.RevocationMessage,
        CompromiseOccurrenceDate = payload.CompromiseOccurrenceDate,
    };

    private static DeactivateRequest Deactivate(Wire.DeactivateRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        DeactivationReasonCode = (Own.DeactivationReasonCode)(payload.DeactivationReason?.DeactivationReasonCode).GetValueOrDefault(),
        DeactivationMessage = payload.DeactivationReason?.DeactivationMessage,
    };

    private static Wire.IdentifierResponse Done(Own.UniqueIdentifier id) => new() { UniqueIdentifier = Identifiers.ToWire(id) };
}
