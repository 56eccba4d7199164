using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Re-Provision: the caller's own credential, where the server keeps any.</summary>
internal sealed class ReProvisionRoute : KmipRoute
{
    private readonly KmipServices _services;

    public ReProvisionRoute(KmipServices services)
        : base(Operation.ReProvision, ProtocolVersion.Kmip20)
    {
        _services = services;
        OfferedTo = (_, _) => services.ReProvision is not null;
    }

    /// <inheritdoc/>
    public override OperationName Name => OperationName.ReProvision;

    /// <inheritdoc/>
    public override async ValueTask<PendingItem> RunAsync(
        OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        if (_services.ReProvision is { } operation)
        {
            var route = new KmipRoute<Wire.ReProvisionRequest, ReProvisionRequest, ReProvisionResponse, Wire.ReProvisionResponse>(
                Operation, Since, operation, (payload, _) => ToRequest(payload), ReProvisioned);
            return await route.RunAsync(pipeline, item, call, cancellationToken);
        }

        var refusal = new KeyreeveException(KeyreeveError.OperationNotSupported, "Credentials are not kept here.");
        await pipeline.RefuseAsync(Name, call.Call, refusal, cancellationToken);
        throw refusal;
    }

    private static ReProvisionRequest ToRequest(Wire.ReProvisionRequest payload)
    {
        if (payload.CertificateRequest is { } request)
        {
            return payload.Certificate is null
                ? new ReProvisionRequest(PemEncoding.WriteString("CERTIFICATE REQUEST", request.Span))
                : throw new KeyreeveException(KeyreeveError.InvalidField, "Send a request or a certificate, not both.");
        }

        if (payload.Certificate is not { } certificate) return new ReProvisionRequest(null);
        return certificate.Type == TtlvType.Structure && certificate[Tag.CertificateValue] is { Type: TtlvType.ByteString } value
            ? new ReProvisionRequest(PemEncoding.WriteString("CERTIFICATE", value.AsBytes().Span))
            : throw new KeyreeveException(KeyreeveError.InvalidField, "A Certificate has a Certificate Value.");
    }

    private static Wire.ReProvisionResponse ReProvisioned(ReProvisionResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.ReProvision, response.CertificateId);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.CertificateId) };
    }
}
