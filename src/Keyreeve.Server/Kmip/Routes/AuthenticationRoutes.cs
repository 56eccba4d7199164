using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that sign, authenticate, verify and hash inside the server.</summary>
internal static class AuthenticationRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.SignRequest, SignRequest, SignResponse, Wire.SignResponse>(
            Operation.Sign, ProtocolVersion.Kmip12, new SignOperation(), Sign, Signed),
        new KmipRoute<Wire.SignatureVerifyRequest, SignatureVerifyRequest, SignatureVerifyResponse, Wire.SignatureVerifyResponse>(
            Operation.SignatureVerify, ProtocolVersion.Kmip12, new SignatureVerifyOperation(), Verify, Verified),
        new KmipRoute<Wire.MACRequest, MacRequest, MacResponse, Wire.MACResponse>(
            Operation.MAC, ProtocolVersion.Kmip12, new MacOperation(), Mac, Authenticated),
        new KmipRoute<Wire.MACVerifyRequest, MacVerifyRequest, MacVerifyResponse, Wire.MACVerifyResponse>(
            Operation.MACVerify, ProtocolVersion.Kmip12, new MacVerifyOperation(), MacVerify, MacVerified),
        new KmipRoute<Wire.HashRequest, HashRequest, HashResponse, Wire.HashResponse>(
            Operation.Hash, ProtocolVersion.Kmip12, new HashOperation(), Hash, Hashed),
    ];

    private static SignRequest Sign(Wire.SignRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
            Data = payload.DigestedData is null ? DataReferences.OfPart(payload.Data, part, call) : DataReferences.Resolve(payload.Data, call).GetValueOrDefault(),
            DigestedData = payload.DigestedData,
            Part = part,
        };
    }

    private static Wire.SignResponse Signed(SignResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        SignatureData = DataReferences.Given(DataEnumeration.SignSignatureData, response.SignatureData, call),
        CorrelationValue = response.CorrelationValue,
    };

    private static SignatureVerifyRequest Verify(Wire.SignatureVerifyRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
        Data = DataReferences.Resolve(payload.Data, call),
        DigestedData = payload.DigestedData,
        SignatureData = payload.SignatureData,
        Part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator),
    };

    private static Wire.SignatureVerifyResponse Verified(SignatureVerifyResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        ValidityIndicator = Validity(response.IsValid),
        Data = DataReferences.Given(DataEnumeration.SignatureVerify, response.Data, call),
        CorrelationValue = response.CorrelationValue,
    };

    private static MacRequest Mac(Wire.MACRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
            Data = DataReferences.OfPart(payload.Data, part, call),
            Part = part,
        };
    }

    private static Wire.MACResponse Authenticated(MacResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        MACData = DataReferences.Given(DataEnumeration.MACMACData, response.MacData, call),
        CorrelationValue = response.CorrelationValue,
    };

    private static MacVerifyRequest MacVerify(Wire.MACVerifyRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            CryptographicParameters = Parameters.ToCore(payload.CryptographicParameters, call.Version),
            Data = DataReferences.Resolve(payload.Data, call).GetValueOrDefault(),
            MacData = payload.MACData,
            Part = part,
        };
    }

    private static Wire.MACVerifyResponse MacVerified(MacVerifyResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        ValidityIndicator = Validity(response.IsValid),
        CorrelationValue = response.CorrelationValue,
    };

    private static HashRequest Hash(Wire.HashRequest payload, KmipCall call)
    {
        var part = DataReferences.PartOf(payload.CorrelationValue, payload.InitIndicator, payload.FinalIndicator);
        return new()
        {
            HashingAlgorithm = (Own.HashingAlgorithm)payload.CryptographicParameters.HashingAlgorithm.GetValueOrDefault(),
            Data = DataReferences.OfPart(payload.Data, part, call),
            Part = part,
        };
    }

    private static Wire.HashResponse Hashed(HashResponse response, KmipCall call) => new()
    {
        Data = DataReferences.Given(DataEnumeration.Hash, response.Data, call),
        CorrelationValue = response.CorrelationValue,
    };

    private static ValidityIndicator? Validity(bool? isValid) =>
        isValid is { } known ? known ? ValidityIndicator.Valid : ValidityIndicator.Invalid : null;
}
