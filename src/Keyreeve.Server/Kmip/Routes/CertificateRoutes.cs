using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on certificates.</summary>
internal static class CertificateRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.CertifyRequest, CertifyRequest, CertifyResponse, Wire.CertifyResponse>(
            Operation.Certify, ProtocolVersion.Kmip10, new CertifyOperation(), Certify, static (r, c) => Made(r, c, UniqueIdentifierEnumeration.Certify)),
        new KmipRoute<Wire.ReCertifyRequest, ReCertifyRequest, CertifyResponse, Wire.CertifyResponse>(
            Operation.ReCertify, ProtocolVersion.Kmip10, new ReCertifyOperation(), ReCertify, static (r, c) => Made(r, c, UniqueIdentifierEnumeration.ReCertify)),
        new KmipRoute<Wire.ValidateRequest, ValidateRequest, ValidateResponse, Wire.ValidateResponse>(
            Operation.Validate, ProtocolVersion.Kmip10, new ValidateOperation(), Validate, Validated),
    ];

    private static CertifyRequest Certify(Wire.CertifyRequest payload, KmipCall call) => new()
    {
        // spec: KMIP 2.1 §6.1.6 "If omitted and Certificate Request is not present, then the ID Placeholder value is used".
        Id = payload.UniqueIdentifier is null && payload.CertificateRequestValue is not null ? null : Identifiers.Resolve(payload.UniqueIdentifier, call),
        CertificateRequest = RequestOf(payload.CertificateRequestType, payload.CertificateRequestValue),
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
    };

    private static ReCertifyRequest ReCertify(Wire.ReCertifyRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        CertificateRequestId = payload.CertificateRequestUniqueIdentifier is { } id ? Identifiers.Resolve(id, call) : null,
        CertificateRequest = RequestOf(payload.CertificateRequestType, payload.CertificateRequestValue),
        // KMIP 1.x tells attributes of one name apart by their index, and does not say which is the first: OASIS' case TC-134 has
        // it one way in 1.0 and 1.1, the other from 1.2 on.
        TakenOverComesFirst = call.Version.Has(VersionTrait.TakesOverNamesFirst),
        Offset = payload.OffsetInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
    };

    private static Wire.CertifyResponse Made(CertifyResponse response, KmipCall call, UniqueIdentifierEnumeration operation)
    {
        call.Results.Made(operation, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }

    private static ValidateRequest Validate(Wire.ValidateRequest payload, KmipCall call) => new()
    {
        Certificates = [.. payload.Certificates.Select(c => ((Own.CertificateType)c.CertificateType, (ReadOnlyMemory<byte>)c.CertificateValue.ToArray()))],
        Ids = [.. payload.UniqueIdentifiers.Select(id => Identifiers.Resolve(id, call))],
        ValidityDate = payload.ValidityDate,
    };

    private static Wire.ValidateResponse Validated(ValidateResponse response, KmipCall call) =>
        new() { ValidityIndicator = (ValidityIndicator)response.Indicator };

    private static CertificateRequestBytes? RequestOf(CertificateRequestType? type, ReadOnlyMemory<byte>? value)
    {
        if (value is not { } bytes) return null;
        return type is { } stated
            ? new CertificateRequestBytes((Own.CertificateRequestType)stated, bytes.ToArray())
            : throw new Core.KeyreeveException(Core.KeyreeveError.MissingField, "Certificate Request Type is missing.");
    }
}
