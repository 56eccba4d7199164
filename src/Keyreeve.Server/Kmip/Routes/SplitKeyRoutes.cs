using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on split keys.</summary>
internal static class SplitKeyRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.CreateSplitKeyRequest, CreateSplitKeyRequest, CreateSplitKeyResponse, Wire.CreateSplitKeyResponse>(
            Operation.CreateSplitKey, ProtocolVersion.Kmip12, new CreateSplitKeyOperation(), Create, Created),
        new KmipRoute<Wire.JoinSplitKeyRequest, JoinSplitKeyRequest, JoinSplitKeyResponse, Wire.JoinSplitKeyResponse>(
            Operation.JoinSplitKey, ProtocolVersion.Kmip12, new JoinSplitKeyOperation(), Join, Joined),
    ];

    private static CreateSplitKeyRequest Create(Wire.CreateSplitKeyRequest payload, KmipCall call) => new()
    {
        ObjectType = (Own.ObjectType)payload.ObjectType,
        KeyId = payload.UniqueIdentifier is { } id ? Identifiers.Resolve(id, call) : null,
        Parts = payload.SplitKeyParts,
        Threshold = payload.SplitKeyThreshold,
        Method = (Own.SplitKeyMethod)payload.SplitKeyMethod,
        Polynomial = (Own.SplitKeyPolynomial)payload.SplitKeyPolynomial.GetValueOrDefault(),
        PrimeFieldSize = payload.PrimeFieldSize?.AsBigInteger(),
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
    };

    private static Wire.CreateSplitKeyResponse Created(CreateSplitKeyResponse response, KmipCall call)
    {
        call.Results.MadeParts(response.Ids);
        return new() { UniqueIdentifiers = [.. response.Ids.Select(Identifiers.ToWire)] };
    }

    private static JoinSplitKeyRequest Join(Wire.JoinSplitKeyRequest payload, KmipCall call) => new()
    {
        ObjectType = (Own.ObjectType)payload.ObjectType,
        PartIds = [.. payload.UniqueIdentifiers.Select(id => Identifiers.Resolve(id, call))],
        SecretDataType = (Own.SecretDataType)payload.SecretDataType.GetValueOrDefault(),
        Attributes = AttributeTranslator.ToSet(payload.Attributes),
        Templates = AttributeTranslator.Templates(payload.Attributes),
    };

    private static Wire.JoinSplitKeyResponse Joined(JoinSplitKeyResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.JoinSplitKey, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }
}
